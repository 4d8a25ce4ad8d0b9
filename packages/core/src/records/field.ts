// What a field of a record is: how long, how aligned, how it is read and written.

import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import type { Memory } from "./memory.js";

/** Where a {@link Located} is. Symbols, so that they never meet the name of a field. */
export const memoryOf: unique symbol = Symbol("memory");
export const placeOf: unique symbol = Symbol("place");

/** An object that stands at a place in memory, and can be moved: records, arrays, flags. */
export interface Located {
  [memoryOf]: Memory;
  /** From the window's first byte. */
  [placeOf]: number;
}

export type LocatedClass<T> = new (memory: Memory, at: number) => T & Located;

export const Located: LocatedClass<object> = class implements Located {
  [memoryOf]: Memory;
  [placeOf]: number;

  constructor(memory: Memory, at: number) {
    this[memoryOf] = memory;
    this[placeOf] = at;
  }
};

/** A line of a layout's table. */
export interface LayoutRow {
  /** `"position.x"`; of the first element for arrays of records; empty for padding. */
  readonly name: string;
  readonly type: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * A type of field: what {@link record} is given for each name. `Value` is what reading gives,
 * `Input` what may be written.
 */
export abstract class FieldType<Value, Input = Value> {
  /** As layouts show it: `"uint32"`, `"array(float64, 3)"`. */
  readonly name: string;
  readonly byteLength: number;
  /** What C aligns it to, in bytes. */
  readonly alignment: number;
  /** What its place must be a multiple of, even when packed: more than 1 for atomics. */
  readonly requiredAlignment: number = 1;
  /** @internal For fields whose value is an object that stands in memory: its class. */
  readonly located: LocatedClass<Value> | undefined = undefined;
  /** @internal How generated code reads and checks it directly. */
  readonly direct: DirectAccess | undefined = undefined;

  constructor(shape: {
    readonly name: string;
    readonly byteLength: number;
    readonly alignment: number;
  }) {
    this.name = shape.name;
    this.byteLength = shape.byteLength;
    this.alignment = shape.alignment;
  }

  /** What the field at `at` holds. */
  abstract read(memory: Memory, at: number): Value;

  /** @throws ArgumentTypeError, ArgumentRangeError for what the field cannot hold. */
  abstract write(memory: Memory, at: number, value: Input): void;

  /** Throws the error for a value that cannot be written. */
  refuse(value: unknown): never {
    throw new ArgumentTypeError(`a field of type ${this.name} cannot hold ${shown(value)}`);
  }

  /** What a value is without its memory: for printing, copying, JSON. */
  toPlain(value: Value): unknown {
    return value;
  }

  /** The rows of its parts, for the table of a layout. */
  rows(_name: string, _byteOffset: number): readonly LayoutRow[] {
    return [];
  }
}

/** JavaScript for one access, as text. */
export interface DirectAccess {
  /** An expression that reads from `memory` at `at`. */
  read(memory: string, at: string): string;
  /** An expression that is true of the values that fit. */
  accepts(value: string): string;
  /** A statement that writes a value that fits. */
  write(memory: string, at: string, value: string): string;
}

/** What reading a field of this type gives. */
export type ValueOf<F> = F extends FieldType<infer Value, infer _> ? Value : never;

/** What may be written to a field of this type. */
// biome-ignore lint/suspicious/noExplicitAny: only the second is of interest.
export type InputOf<F> = F extends FieldType<any, infer Input> ? Input : never;

/** Checks that a caller's value is a type of field. */
// biome-ignore lint/suspicious/noExplicitAny: which values it has is for the caller to know.
export function checkFieldType(name: string, value: unknown): FieldType<any> {
  if (value instanceof FieldType) return value;
  throw new ArgumentTypeError(
    `${name} must be a type of field, such as int32 or text(16), got ${shown(value)}`,
  );
}

/** Checks a count of elements or bytes in a description. */
export function checkCount(name: string, value: unknown, most: number): number {
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`${name} must be a number, got ${shown(value)}`);
  }
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new ArgumentRangeError(
    `${name} must be a whole number from 1 to ${most}, got ${shown(value)}`,
  );
}
