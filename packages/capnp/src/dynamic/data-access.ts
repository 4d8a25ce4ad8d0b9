// Fields of the data section. Every default is XOR'ed, so that a new struct, all zero, holds it.

import { CapnpTypeError } from "../errors.js";
import {
  float,
  int8,
  int16,
  int32,
  int64,
  readFloat32,
  readFloat64,
  setBit,
  uint8,
  uint16,
  uint32,
  uint64,
  writeFloat32,
  writeFloat64,
  writeInt64,
  writeUint64,
} from "../numbers.js";
import type { Access } from "./access.js";
import type { DynamicStructBuilder, DynamicStructReader, DynamicValue } from "./dynamic-struct.js";
import type { EnumSchema } from "./enum-schema.js";

type Read = (struct: DynamicStructReader) => DynamicValue;
type Write = (struct: DynamicStructBuilder, value: unknown) => void;

function access(read: Read, write: Write, fallback: DynamicValue): Access {
  return {
    read,
    write,
    has: () => true,
    clear: (struct) => write(struct, fallback),
    build: undefined,
    init: undefined,
  };
}

export function voidAccess(): Access {
  const write: Write = (_struct, value) => {
    if (value !== undefined && value !== null) {
      throw new CapnpTypeError(`a Void must be undefined or null, got ${typeof value}`);
    }
  };
  return access(() => undefined, write, undefined);
}

export function boolAccess(bit: number, fallback: boolean): Access {
  const at = bit >>> 3;
  const mask = 1 << (bit & 7);
  const read: Read = (struct) =>
    struct.$dataByteLength > at
      ? ((struct.$view.getUint8(struct.$at + at) & mask) !== 0) !== fallback
      : fallback;
  const write: Write = (struct, value) => {
    if (typeof value !== "boolean") {
      throw new CapnpTypeError(`a Bool must be true or false, got ${typeof value}`);
    }
    setBit(struct.$view, struct.$at + at, mask, value !== fallback);
  };
  return access(read, write, fallback);
}

function number(value: unknown): number {
  if (typeof value === "number") return value;
  throw new CapnpTypeError(`an integer of up to 32 bits must be a number, got ${typeof value}`);
}

/** A 64-bit integer may be given as a number, where that is exact. */
export function bigint(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  throw new CapnpTypeError(
    `a 64-bit integer must be a bigint or a safe integer, got ${String(value)}`,
  );
}

export function int8Access(at: number, fallback: number): Access {
  const read: Read = (struct) =>
    struct.$dataByteLength > at ? struct.$view.getInt8(struct.$at + at) ^ fallback : fallback;
  const write: Write = (struct, value) =>
    struct.$view.setInt8(struct.$at + at, int8(number(value)) ^ fallback);
  return access(read, write, fallback);
}

export function uint8Access(at: number, fallback: number): Access {
  const read: Read = (struct) =>
    struct.$dataByteLength > at ? struct.$view.getUint8(struct.$at + at) ^ fallback : fallback;
  const write: Write = (struct, value) =>
    struct.$view.setUint8(struct.$at + at, uint8(number(value)) ^ fallback);
  return access(read, write, fallback);
}

export function int16Access(at: number, fallback: number): Access {
  const end = at + 2;
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? struct.$view.getInt16(struct.$at + at, true) ^ fallback
      : fallback;
  const write: Write = (struct, value) =>
    struct.$view.setInt16(struct.$at + at, int16(number(value)) ^ fallback, true);
  return access(read, write, fallback);
}

export function uint16Access(at: number, fallback: number): Access {
  const end = at + 2;
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? struct.$view.getUint16(struct.$at + at, true) ^ fallback
      : fallback;
  const write: Write = (struct, value) =>
    struct.$view.setUint16(struct.$at + at, uint16(number(value)) ^ fallback, true);
  return access(read, write, fallback);
}

export function enumAccess(at: number, fallback: number, schema: EnumSchema): Access {
  const end = at + 2;
  const read: Read = (struct) =>
    schema.nameOf(
      struct.$dataByteLength >= end
        ? struct.$view.getUint16(struct.$at + at, true) ^ fallback
        : fallback,
    );
  const write: Write = (struct, value) =>
    struct.$view.setUint16(struct.$at + at, schema.numberOf(value) ^ fallback, true);
  return access(read, write, fallback);
}

export function int32Access(at: number, fallback: number): Access {
  const end = at + 4;
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? struct.$view.getInt32(struct.$at + at, true) ^ fallback
      : fallback;
  const write: Write = (struct, value) =>
    struct.$view.setInt32(struct.$at + at, int32(number(value)) ^ fallback, true);
  return access(read, write, fallback);
}

export function uint32Access(at: number, fallback: number): Access {
  const end = at + 4;
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? (struct.$view.getUint32(struct.$at + at, true) ^ fallback) >>> 0
      : fallback;
  const write: Write = (struct, value) =>
    struct.$view.setUint32(struct.$at + at, uint32(number(value)) ^ fallback, true);
  return access(read, write, fallback);
}

export function int64Access(at: number, fallback: bigint): Access {
  const end = at + 8;
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? struct.$view.getBigInt64(struct.$at + at, true) ^ fallback
      : fallback;
  const write: Write = (struct, value) => {
    if (fallback === 0n && Number.isSafeInteger(value)) {
      // Most numbers, without a bigint in between.
      writeInt64(struct.$view, struct.$at + at, value as number);
    } else struct.$view.setBigInt64(struct.$at + at, int64(bigint(value)) ^ fallback, true);
  };
  return access(read, write, fallback);
}

export function uint64Access(at: number, fallback: bigint): Access {
  const end = at + 8;
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? struct.$view.getBigUint64(struct.$at + at, true) ^ fallback
      : fallback;
  const write: Write = (struct, value) => {
    if (fallback === 0n && Number.isSafeInteger(value)) {
      writeUint64(struct.$view, struct.$at + at, value as number);
    } else struct.$view.setBigUint64(struct.$at + at, uint64(bigint(value)) ^ fallback, true);
  };
  return access(read, write, fallback);
}

const scratch = new DataView(new ArrayBuffer(8));

export function float32Access(at: number, fallback: number): Access {
  const end = at + 4;
  scratch.setFloat32(0, fallback, true);
  const mask = scratch.getInt32(0, true);
  if (mask === 0) {
    const readPlain: Read = (struct) =>
      struct.$dataByteLength >= end ? struct.$view.getFloat32(struct.$at + at, true) : 0;
    const writePlain: Write = (struct, value) =>
      struct.$view.setFloat32(struct.$at + at, float(value as number), true);
    return access(readPlain, writePlain, 0);
  }
  const read: Read = (struct) =>
    struct.$dataByteLength >= end ? readFloat32(struct.$view, struct.$at + at, mask) : fallback;
  const write: Write = (struct, value) =>
    writeFloat32(struct.$view, struct.$at + at, value as number, mask);
  return access(read, write, fallback);
}

export function float64Access(at: number, fallback: number): Access {
  const end = at + 8;
  scratch.setFloat64(0, fallback, true);
  const lower = scratch.getInt32(0, true);
  const upper = scratch.getInt32(4, true);
  if (lower === 0 && upper === 0) {
    const readPlain: Read = (struct) =>
      struct.$dataByteLength >= end ? struct.$view.getFloat64(struct.$at + at, true) : 0;
    const writePlain: Write = (struct, value) =>
      struct.$view.setFloat64(struct.$at + at, float(value as number), true);
    return access(readPlain, writePlain, 0);
  }
  const read: Read = (struct) =>
    struct.$dataByteLength >= end
      ? readFloat64(struct.$view, struct.$at + at, lower, upper)
      : fallback;
  const write: Write = (struct, value) =>
    writeFloat64(struct.$view, struct.$at + at, value as number, lower, upper);
  return access(read, write, fallback);
}
