// What generated classes stand on: a struct that is read, one that is built, and their type.

import { getStruct, initStruct } from "./build-struct.js";
import type { PointerDefault } from "./defaults.js";
import { CapnpError } from "./errors.js";
import { StructListType } from "./lists/struct-lists.js";
import { type StructBuilderPlace, type StructPlace, structPlace } from "./places.js";
import type { PointerType } from "./pointer-type.js";
import { noPointer, readStruct } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const place = structPlace;

/**
 * A struct that is read. The fields are set by the constructors of the generated classes, one by
 * one in each: were it done here, every class of a program would pass through the same few
 * instructions, and V8 would give up optimizing them (measured: five times slower).
 */
export abstract class StructReader implements StructPlace {
  /** @internal */ declare $segment: Segment;
  /** @internal */ declare $view: DataView;
  /** @internal */ declare $at: number;
  /** @internal */ declare $dataByteLength: number;
  /** @internal */ declare $pointerCount: number;
  /** @internal */ declare $nesting: number;

  /** The byte offset of a pointer in the segment, or that of none where the struct has fewer. */
  $pointer(index: number): number {
    return index < this.$pointerCount ? this.$at + this.$dataByteLength + index * word : noPointer;
  }

  /** Lets this reader stand somewhere else: a cursor. */
  $move(place: StructPlace): this {
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
    return this;
  }
}

/** A struct that is built; as large as its type says at least. See {@link StructReader}. */
export abstract class StructBuilder implements StructBuilderPlace {
  /** @internal */ declare $segment: Segment;
  /** @internal */ declare $view: DataView;
  /** @internal */ declare $at: number;
  /** @internal */ declare $pointersAt: number;
  /** @internal */ declare $pointerCount: number;

  /** Lets this builder stand somewhere else: a cursor. */
  $move(place: StructBuilderPlace): this {
    this.$segment = place.$segment;
    this.$view = place.$segment.view;
    this.$at = place.$at;
    this.$pointersAt = place.$pointersAt;
    this.$pointerCount = place.$pointerCount;
    return this;
  }

  /** What is built here, as a place to read from. */
  $reading(): StructPlace {
    if (place.$segment !== this.$segment) {
      place.$segment = this.$segment;
      place.$view = this.$view;
    }
    place.$at = this.$at;
    place.$dataByteLength = this.$pointersAt - this.$at;
    place.$pointerCount = this.$pointerCount;
    place.$nesting = this.$segment.message.nestingLimit;
    return place;
  }
}

/**
 * Makes a generated builder's class a {@link StructBuilder}. It does not extend it: a constructor
 * that calls another one is twice as long, and V8 compiles only so much into one function.
 */
export function deriveBuilder(Builder: { readonly prototype: object }): void {
  Object.setPrototypeOf(Builder.prototype, StructBuilder.prototype);
}

/** What a struct type is made of. */
export interface StructTypeParts<R, B> {
  readonly id: bigint;
  readonly name: string;
  readonly dataByteLength: number;
  readonly pointerCount: number;
  readonly Reader: new (place: StructPlace) => R;
  readonly Builder: new (place: StructBuilderPlace) => B;
}

/** A struct type: what generated code exports under the type's name. */
export class StructType<R extends StructReader, B extends StructBuilder>
  implements PointerType<R, B>
{
  /** The 64-bit id of the schema. */
  readonly id: bigint;
  /** The name in the schema, with those of the structs around it: `Person.PhoneNumber`. */
  readonly name: string;
  /** Bytes of the data section, whole words. */
  readonly dataByteLength: number;
  readonly pointerCount: number;
  readonly Reader: new (
    place: StructPlace,
  ) => R;
  readonly Builder: new (
    place: StructBuilderPlace,
  ) => B;
  /** The type of a list of these structs. */
  readonly list: StructListType<R, B>;

  constructor(parts: StructTypeParts<R, B>) {
    this.id = parts.id;
    this.name = parts.name;
    this.dataByteLength = parts.dataByteLength;
    this.pointerCount = parts.pointerCount;
    this.Reader = parts.Reader;
    this.Builder = parts.Builder;
    this.list = new StructListType(this);
  }

  read(segment: Segment, pointerAt: number, nesting: number, otherwise?: PointerDefault): R {
    return new this.Reader(readStruct(segment, pointerAt, nesting, otherwise));
  }

  build(segment: Segment, pointerAt: number, otherwise?: PointerDefault): B {
    const { dataByteLength, pointerCount } = this;
    return new this.Builder(getStruct(segment, pointerAt, dataByteLength, pointerCount, otherwise));
  }

  /** Lets a pointer lead to a new struct of this type. */
  init(segment: Segment, pointerAt: number): B {
    return new this.Builder(initStruct(segment, pointerAt, this.dataByteLength, this.pointerCount));
  }
}

/** The error of asking a union for a member that it does not hold. */
export function wrongMember(union: string, member: string, which: number): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_UNION_MEMBER",
    `${union} does not hold ${member}, but the member of discriminant ${which}: ` +
      "ask which() first, or set the member",
  );
}
