// Lists of 64-bit integers and of floating point numbers, read and built.

import {
  float,
  int64,
  readInt64,
  readUint64,
  uint64,
  writeInt64,
  writeUint64,
} from "../numbers.js";
import type { ListPlace } from "../places.js";
import { elementSize } from "../wire.js";
import { checkIndex, List } from "./list.js";
import { ListType } from "./list-type.js";
import { setValues, typedArrayOver } from "./values.js";

/** A List(Int64) that is read. */
export class Int64ListReader extends List<bigint> {
  constructor(place: ListPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$size = place.$size;
    this.$length = place.$length;
    this.$step = place.$step;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  override get(index: number): bigint {
    return this.$view.getBigInt64(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The element as a number. @throws CapnpError `ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER` */
  getNumber(index: number): number {
    return readInt64(this.$view, this.$at + checkIndex(index, this.$length) * this.$step);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): BigInt64Array | undefined {
    return typedArrayOver(this, BigInt64Array);
  }
}

/** A List(Int64) that is built. */
export class Int64ListBuilder extends Int64ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: bigint): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setBigInt64(at, int64(value), true);
  }

  /** Sets an element to a safe integer. */
  setNumber(index: number, value: number): void {
    writeInt64(this.$view, this.$at + checkIndex(index, this.$length) * this.$step, value);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<bigint>): void {
    setValues(this, values);
  }
}

/** The type List(Int64). */
export const Int64List: ListType<Int64ListReader, Int64ListBuilder> = new ListType(
  elementSize.eightBytes,
  Int64ListReader,
  Int64ListBuilder,
);

/** A List(UInt64) that is read. */
export class Uint64ListReader extends List<bigint> {
  constructor(place: ListPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$size = place.$size;
    this.$length = place.$length;
    this.$step = place.$step;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  override get(index: number): bigint {
    return this.$view.getBigUint64(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The element as a number. @throws CapnpError `ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER` */
  getNumber(index: number): number {
    return readUint64(this.$view, this.$at + checkIndex(index, this.$length) * this.$step);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): BigUint64Array | undefined {
    return typedArrayOver(this, BigUint64Array);
  }
}

/** A List(UInt64) that is built. */
export class Uint64ListBuilder extends Uint64ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: bigint): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setBigUint64(at, uint64(value), true);
  }

  /** Sets an element to a safe integer. */
  setNumber(index: number, value: number): void {
    writeUint64(this.$view, this.$at + checkIndex(index, this.$length) * this.$step, value);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<bigint>): void {
    setValues(this, values);
  }
}

/** The type List(UInt64). */
export const Uint64List: ListType<Uint64ListReader, Uint64ListBuilder> = new ListType(
  elementSize.eightBytes,
  Uint64ListReader,
  Uint64ListBuilder,
);

/** A List(Float32) that is read. */
export class Float32ListReader extends List<number> {
  constructor(place: ListPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$size = place.$size;
    this.$length = place.$length;
    this.$step = place.$step;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  override get(index: number): number {
    return this.$view.getFloat32(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Float32Array | undefined {
    return typedArrayOver(this, Float32Array);
  }
}

/** A List(Float32) that is built. */
export class Float32ListBuilder extends Float32ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setFloat32(at, float(value), true);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(Float32). */
export const Float32List: ListType<Float32ListReader, Float32ListBuilder> = new ListType(
  elementSize.fourBytes,
  Float32ListReader,
  Float32ListBuilder,
);

/** A List(Float64) that is read. */
export class Float64ListReader extends List<number> {
  constructor(place: ListPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$size = place.$size;
    this.$length = place.$length;
    this.$step = place.$step;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  override get(index: number): number {
    return this.$view.getFloat64(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Float64Array | undefined {
    return typedArrayOver(this, Float64Array);
  }
}

/** A List(Float64) that is built. */
export class Float64ListBuilder extends Float64ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setFloat64(at, float(value), true);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(Float64). */
export const Float64List: ListType<Float64ListReader, Float64ListBuilder> = new ListType(
  elementSize.eightBytes,
  Float64ListReader,
  Float64ListBuilder,
);
