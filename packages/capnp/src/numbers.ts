// Checks the values that setters get: what does not fit would be stored as another number.

import { CapnpError, CapnpRangeError, CapnpTypeError } from "./errors.js";

/** The value, when an Int8 can hold it. @throws CapnpRangeError */
export function int8(value: number): number {
  return (value << 24) >> 24 === value ? value : refuse("Int8", value);
}

/** The value, when an Int16 can hold it. @throws CapnpRangeError */
export function int16(value: number): number {
  return (value << 16) >> 16 === value ? value : refuse("Int16", value);
}

/** The value, when an Int32 can hold it. @throws CapnpRangeError */
export function int32(value: number): number {
  return (value | 0) === value ? value : refuse("Int32", value);
}

/** The value, when a UInt8 can hold it. @throws CapnpRangeError */
export function uint8(value: number): number {
  return (value & 0xff) === value ? value : refuse("UInt8", value);
}

/** The value, when a UInt16 can hold it. @throws CapnpRangeError */
export function uint16(value: number): number {
  return (value & 0xffff) === value ? value : refuse("UInt16", value);
}

/** The value, when a UInt32 can hold it. @throws CapnpRangeError */
export function uint32(value: number): number {
  return value >>> 0 === value ? value : refuse("UInt32", value);
}

/** The value, when an Int64 can hold it. @throws CapnpRangeError */
export function int64(value: bigint): bigint {
  return BigInt.asIntN(64, value) === value ? value : refuse("Int64", value);
}

/** The value, when a UInt64 can hold it. @throws CapnpRangeError */
export function uint64(value: bigint): bigint {
  return BigInt.asUintN(64, value) === value ? value : refuse("UInt64", value);
}

const ranges = {
  Int8: "a whole number from -128 to 127",
  Int16: "a whole number from -32768 to 32767",
  Int32: "a whole number from -2147483648 to 2147483647",
  UInt8: "a whole number from 0 to 255",
  UInt16: "a whole number from 0 to 65535",
  UInt32: "a whole number from 0 to 4294967295",
  Int64: "a bigint from -2n ** 63n to 2n ** 63n - 1n",
  UInt64: "a bigint from 0n to 2n ** 64n - 1n",
} as const;

function refuse(type: keyof typeof ranges, value: number | bigint): never {
  throw new CapnpRangeError(`${type} must be ${ranges[type]}, got ${String(value)}`);
}

const halfRange = 2 ** 32;

/** An Int64 as a number. @throws CapnpError `ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER` */
export function readInt64(view: DataView, at: number): number {
  const value = view.getInt32(at + 4, true) * halfRange + view.getUint32(at, true);
  return Number.isSafeInteger(value) ? value : refuseUnsafe(view.getBigInt64(at, true));
}

/** A UInt64 as a number. @throws CapnpError `ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER` */
export function readUint64(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * halfRange + view.getUint32(at, true);
  return Number.isSafeInteger(value) ? value : refuseUnsafe(view.getBigUint64(at, true));
}

/** Stores an Int64. @throws CapnpRangeError for what is not a safe integer */
export function writeInt64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) refuseNumber(value, "");
  view.setInt32(at, value | 0, true);
  view.setInt32(at + 4, Math.floor(value / halfRange), true);
}

/** Stores a UInt64. @throws CapnpRangeError for what is not a safe integer from 0 */
export function writeUint64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) refuseNumber(value, " from 0");
  view.setUint32(at, value | 0, true);
  view.setUint32(at + 4, Math.floor(value / halfRange), true);
}

function refuseNumber(value: number, from: string): never {
  throw new CapnpRangeError(
    `a 64-bit integer must be a safe integer${from}, or be given as a bigint, got ${String(value)}`,
  );
}

function refuseUnsafe(value: bigint): never {
  throw new CapnpError(
    "ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER",
    `${value} is more than a number holds exactly: read it as a bigint`,
  );
}

/** Stores one bit of a byte. */
export function setBit(view: DataView, at: number, mask: number, value: boolean): void {
  const byte = view.getUint8(at);
  view.setUint8(at, value ? byte | mask : byte & ~mask);
}

/** A Float32 or Float64. @throws CapnpTypeError for what is not a number */
export function float(value: number): number {
  if (typeof value === "number") return value;
  throw new CapnpTypeError(`a floating point field must be a number, got ${typeof value}`);
}

/** A bigint as a number. @throws CapnpError `ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER` */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : refuseUnsafe(value);
}

// Where a float's bits are, to be combined with those of its default.
const scratch = new DataView(new ArrayBuffer(8));

/** A Float32 whose default has these bits. */
export function readFloat32(view: DataView, at: number, mask: number): number {
  scratch.setInt32(0, view.getInt32(at, true) ^ mask, true);
  return scratch.getFloat32(0, true);
}

/** Stores a Float32 whose default has these bits. */
export function writeFloat32(view: DataView, at: number, value: number, mask: number): void {
  scratch.setFloat32(0, float(value), true);
  view.setInt32(at, scratch.getInt32(0, true) ^ mask, true);
}

/** A Float64 whose default has these bits: the lower half, then the upper one. */
export function readFloat64(view: DataView, at: number, lower: number, upper: number): number {
  scratch.setInt32(0, view.getInt32(at, true) ^ lower, true);
  scratch.setInt32(4, view.getInt32(at + 4, true) ^ upper, true);
  return scratch.getFloat64(0, true);
}

/** Stores a Float64 whose default has these bits: the lower half, then the upper one. */
export function writeFloat64(
  view: DataView,
  at: number,
  value: number,
  lower: number,
  upper: number,
): void {
  scratch.setFloat64(0, float(value), true);
  view.setInt32(at, scratch.getInt32(0, true) ^ lower, true);
  view.setInt32(at + 4, scratch.getInt32(4, true) ^ upper, true);
}
