// Lists of integers up to 32 bits, read and built.

import { int8, int16, int32, uint8, uint16, uint32 } from "../numbers.js";
import type { ListPlace } from "../places.js";
import { elementSize } from "../wire.js";
import { checkIndex, List } from "./list.js";
import { ListType } from "./list-type.js";
import { setValues, typedArrayOver } from "./values.js";

/** A List(Int8) that is read. */
export class Int8ListReader extends List<number> {
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
    return this.$view.getInt8(this.$at + checkIndex(index, this.$length) * this.$step);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Int8Array | undefined {
    return typedArrayOver(this, Int8Array);
  }
}

/** A List(Int8) that is built. */
export class Int8ListBuilder extends Int8ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setInt8(at, int8(value));
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(Int8). */
export const Int8List: ListType<Int8ListReader, Int8ListBuilder> = new ListType(
  elementSize.byte,
  Int8ListReader,
  Int8ListBuilder,
);

/** A List(Int16) that is read. */
export class Int16ListReader extends List<number> {
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
    return this.$view.getInt16(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Int16Array | undefined {
    return typedArrayOver(this, Int16Array);
  }
}

/** A List(Int16) that is built. */
export class Int16ListBuilder extends Int16ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setInt16(at, int16(value), true);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(Int16). */
export const Int16List: ListType<Int16ListReader, Int16ListBuilder> = new ListType(
  elementSize.twoBytes,
  Int16ListReader,
  Int16ListBuilder,
);

/** A List(Int32) that is read. */
export class Int32ListReader extends List<number> {
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
    return this.$view.getInt32(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Int32Array | undefined {
    return typedArrayOver(this, Int32Array);
  }
}

/** A List(Int32) that is built. */
export class Int32ListBuilder extends Int32ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setInt32(at, int32(value), true);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(Int32). */
export const Int32List: ListType<Int32ListReader, Int32ListBuilder> = new ListType(
  elementSize.fourBytes,
  Int32ListReader,
  Int32ListBuilder,
);

/** A List(UInt8) that is read. */
export class Uint8ListReader extends List<number> {
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
    return this.$view.getUint8(this.$at + checkIndex(index, this.$length) * this.$step);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Uint8Array | undefined {
    return typedArrayOver(this, Uint8Array);
  }
}

/** A List(UInt8) that is built. */
export class Uint8ListBuilder extends Uint8ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setUint8(at, uint8(value));
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(UInt8). */
export const Uint8List: ListType<Uint8ListReader, Uint8ListBuilder> = new ListType(
  elementSize.byte,
  Uint8ListReader,
  Uint8ListBuilder,
);

/** A List(UInt16) that is read. */
export class Uint16ListReader extends List<number> {
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
    return this.$view.getUint16(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Uint16Array | undefined {
    return typedArrayOver(this, Uint16Array);
  }
}

/** A List(UInt16) that is built. */
export class Uint16ListBuilder extends Uint16ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setUint16(at, uint16(value), true);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(UInt16). */
export const Uint16List: ListType<Uint16ListReader, Uint16ListBuilder> = new ListType(
  elementSize.twoBytes,
  Uint16ListReader,
  Uint16ListBuilder,
);

/** A List(UInt32) that is read. */
export class Uint32ListReader extends List<number> {
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
    return this.$view.getUint32(this.$at + checkIndex(index, this.$length) * this.$step, true);
  }

  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Uint32Array | undefined {
    return typedArrayOver(this, Uint32Array);
  }
}

/** A List(UInt32) that is built. */
export class Uint32ListBuilder extends Uint32ListReader {
  /** @throws CapnpRangeError for an index or a value that does not fit */
  set(index: number, value: number): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    this.$view.setUint32(at, uint32(value), true);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<number>): void {
    setValues(this, values);
  }
}

/** The type List(UInt32). */
export const Uint32List: ListType<Uint32ListReader, Uint32ListBuilder> = new ListType(
  elementSize.fourBytes,
  Uint32ListReader,
  Uint32ListBuilder,
);

/** A list of enumerants that is read. */
export interface EnumListReader<E extends number> extends List<E> {
  /** The elements where they are, or undefined where the machine cannot see them as an array. */
  typedArray(): Uint16Array | undefined;
}

/** A list of enumerants that is built. */
export interface EnumListBuilder<E extends number> extends EnumListReader<E> {
  /** Sets the element at `index`. @throws CapnpRangeError past the end */
  set(index: number, value: E): void;
  /** Sets all elements: as many values as there are elements. */
  setAll(values: ArrayLike<E>): void;
}

/** The type of a list of enumerants: that of a List(UInt16), whose values are called E. */
export function enumList<E extends number>(): ListType<EnumListReader<E>, EnumListBuilder<E>> {
  return Uint16List as unknown as ListType<EnumListReader<E>, EnumListBuilder<E>>;
}
