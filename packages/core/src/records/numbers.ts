// Fields that are one number: integers and floats as C has them, little-endian on every machine.

import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { type DirectAccess, FieldType } from "./field.js";
import type { Memory } from "./memory.js";
import { RecordValueError } from "./record-errors.js";

interface NumberShape<T> {
  readonly name: string;
  readonly byteLength: number;
  /** The middle of DataView's method names. */
  readonly kind: string;
  /** What fits, as JavaScript over `value`, and in words. */
  readonly accepts: (value: string) => string;
  readonly range: string;
  readonly type: "number" | "bigint";
  readonly read: (memory: Memory, at: number) => T;
  readonly store: (memory: Memory, at: number, value: T) => void;
  readonly fits: (value: T) => boolean;
}

/** A field that is one number. */
export class NumberField<T extends number | bigint> extends FieldType<T> {
  /** @internal */
  override readonly direct: DirectAccess | undefined;
  /** What the field at `at` holds. */
  override readonly read: (memory: Memory, at: number) => T;
  readonly #shape: NumberShape<T>;

  constructor(shape: NumberShape<T>, direct = true) {
    super({ name: shape.name, byteLength: shape.byteLength, alignment: shape.byteLength });
    this.#shape = shape;
    this.read = shape.read;
    const endianness = shape.byteLength > 1 ? ", true" : "";
    this.direct = direct
      ? {
          read: (memory, at) => `${memory}.get${shape.kind}(${at}${endianness})`,
          accepts: (value) => `typeof ${value} === "${shape.type}" && ${shape.accepts(value)}`,
          write: (memory, at, value) => `${memory}.set${shape.kind}(${at}, ${value}${endianness})`,
        }
      : undefined;
  }

  override write(memory: Memory, at: number, value: T): void {
    this.check(value);
    this.#shape.store(memory, at, value);
  }

  /** Refuses what the field cannot hold. */
  check(value: T): void {
    if (typeof value !== this.#shape.type || !this.#shape.fits(value)) this.refuse(value);
  }

  override refuse(value: unknown): never {
    const { name, type, range } = this.#shape;
    if (typeof value !== type) {
      throw new ArgumentTypeError(`a field of type ${name} holds a ${type}, got ${shown(value)}`);
    }
    throw new ArgumentRangeError(`a field of type ${name} holds ${range}, got ${shown(value)}`);
  }
}

function integer(
  name: string,
  kind: string,
  byteLength: number,
  how: {
    readonly accepts: (value: string) => string;
    readonly least: number;
    readonly most: number;
    readonly read: (memory: Memory, at: number) => number;
    readonly store: (memory: Memory, at: number, value: number) => void;
  },
): NumberField<number> {
  const { least, most } = how;
  return new NumberField({
    ...how,
    name,
    kind,
    byteLength,
    range: `whole numbers from ${least} to ${most}`,
    type: "number",
    fits: (value) => Number.isInteger(value) && value >= least && value <= most,
  });
}

/** A whole number of 8 bits: -128 to 127. */
export const int8: NumberField<number> = integer("int8", "Int8", 1, {
  accepts: (value) => `${value} << 24 >> 24 === ${value}`,
  least: -0x80,
  most: 0x7f,
  read: (memory, at) => memory.getInt8(at),
  store: (memory, at, value) => memory.setInt8(at, value),
});

/** A whole number of 8 bits: 0 to 255. */
export const uint8: NumberField<number> = integer("uint8", "Uint8", 1, {
  accepts: (value) => `(${value} & 0xff) === ${value}`,
  least: 0,
  most: 0xff,
  read: (memory, at) => memory.getUint8(at),
  store: (memory, at, value) => memory.setUint8(at, value),
});

/** A whole number of 16 bits: -32,768 to 32,767. */
export const int16: NumberField<number> = integer("int16", "Int16", 2, {
  accepts: (value) => `${value} << 16 >> 16 === ${value}`,
  least: -0x8000,
  most: 0x7fff,
  read: (memory, at) => memory.getInt16(at, true),
  store: (memory, at, value) => memory.setInt16(at, value, true),
});

/** A whole number of 16 bits: 0 to 65,535. */
export const uint16: NumberField<number> = integer("uint16", "Uint16", 2, {
  accepts: (value) => `(${value} & 0xffff) === ${value}`,
  least: 0,
  most: 0xffff,
  read: (memory, at) => memory.getUint16(at, true),
  store: (memory, at, value) => memory.setUint16(at, value, true),
});

/** A whole number of 32 bits: -2,147,483,648 to 2,147,483,647. */
export const int32: NumberField<number> = integer("int32", "Int32", 4, {
  accepts: (value) => `(${value} | 0) === ${value}`,
  least: -0x8000_0000,
  most: 0x7fff_ffff,
  read: (memory, at) => memory.getInt32(at, true),
  store: (memory, at, value) => memory.setInt32(at, value, true),
});

/** A whole number of 32 bits: 0 to 4,294,967,295. */
export const uint32: NumberField<number> = integer("uint32", "Uint32", 4, {
  accepts: (value) => `${value} >>> 0 === ${value}`,
  least: 0,
  most: 0xffff_ffff,
  read: (memory, at) => memory.getUint32(at, true),
  store: (memory, at, value) => memory.setUint32(at, value, true),
});

/** 64 bits, as a bigint. See {@link int64Number} for numbers. */
export const int64: NumberField<bigint> = new NumberField({
  name: "int64",
  kind: "BigInt64",
  byteLength: 8,
  accepts: (value) => `BigInt.asIntN(64, ${value}) === ${value}`,
  range: "bigints from -2n ** 63n to 2n ** 63n - 1n",
  type: "bigint",
  read: (memory, at) => memory.getBigInt64(at, true),
  store: (memory, at, value) => memory.setBigInt64(at, value, true),
  fits: (value) => BigInt.asIntN(64, value) === value,
});

/** 64 bits without a sign, as a bigint. See {@link uint64Number} for numbers. */
export const uint64: NumberField<bigint> = new NumberField({
  name: "uint64",
  kind: "BigUint64",
  byteLength: 8,
  accepts: (value) => `BigInt.asUintN(64, ${value}) === ${value}`,
  range: "bigints from 0n to 2n ** 64n - 1n",
  type: "bigint",
  read: (memory, at) => memory.getBigUint64(at, true),
  store: (memory, at, value) => memory.setBigUint64(at, value, true),
  fits: (value) => BigInt.asUintN(64, value) === value,
});

/** 4 bytes of IEEE 754. Numbers are rounded to it, as everywhere. */
export const float32: NumberField<number> = new NumberField({
  name: "float32",
  kind: "Float32",
  byteLength: 4,
  accepts: () => "true",
  range: "numbers",
  type: "number",
  read: (memory, at) => memory.getFloat32(at, true),
  store: (memory, at, value) => memory.setFloat32(at, value, true),
  fits: () => true,
});

/** 8 bytes of IEEE 754: what a JavaScript number is. */
export const float64: NumberField<number> = new NumberField({
  name: "float64",
  kind: "Float64",
  byteLength: 8,
  accepts: () => "true",
  range: "numbers",
  type: "number",
  read: (memory, at) => memory.getFloat64(at, true),
  store: (memory, at, value) => memory.setFloat64(at, value, true),
  fits: () => true,
});

const two32 = 2 ** 32;

/**
 * The memory of {@link int64}, as a number: faster than a bigint, and without garbage. Reading what
 * no number can hold exactly throws a {@link RecordValueError}.
 */
export const int64Number: NumberField<number> = wideNumber("int64", (memory, at) => {
  return memory.getInt32(at + 4, true) * two32 + memory.getUint32(at, true);
});

/** The memory of {@link uint64}, as a number; see {@link int64Number}. */
export const uint64Number: NumberField<number> = wideNumber("uint64", (memory, at) => {
  return memory.getUint32(at + 4, true) * two32 + memory.getUint32(at, true);
});

function wideNumber(
  name: "int64" | "uint64",
  halves: (memory: Memory, at: number) => number,
): NumberField<number> {
  const least = name === "int64" ? Number.MIN_SAFE_INTEGER : 0;
  return new NumberField<number>(
    {
      name,
      kind: "",
      byteLength: 8,
      accepts: () => "",
      range: `whole numbers from ${least} to 2 ** 53 - 1`,
      type: "number",
      read: (memory, at) => {
        const value = halves(memory, at);
        if (Number.isSafeInteger(value)) return value;
        throw new RecordValueError(
          `a field of type ${name} holds 0x${memory.getBigUint64(at, true).toString(16)}, ` +
            `which no number holds exactly: describe it as ${name}, whose values are bigints`,
        );
      },
      store: (memory, at, value) => {
        memory.setUint32(at, value >>> 0, true);
        memory.setInt32(at + 4, Math.floor(value / two32), true);
      },
      fits: (value) => Number.isSafeInteger(value) && value >= least,
    },
    false,
  );
}
