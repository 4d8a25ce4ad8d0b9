// Lists of Void and of Bool, read and built.

import { setBit } from "../numbers.js";
import type { ListPlace } from "../places.js";
import { elementSize } from "../wire.js";
import { checkIndex, List } from "./list.js";
import { ListType } from "./list-type.js";
import { setValues } from "./values.js";

/** A List(Void), which has a length and nothing else. */
export class VoidListReader extends List<undefined> {
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

  override get(index: number): undefined {
    checkIndex(index, this.$length);
    return undefined;
  }
}

export class VoidListBuilder extends VoidListReader {}

/** The type List(Void). */
export const VoidList: ListType<VoidListReader, VoidListBuilder> = new ListType(
  elementSize.void,
  VoidListReader,
  VoidListBuilder,
);

/** A List(Bool) that is read. */
export class BoolListReader extends List<boolean> {
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

  override get(index: number): boolean {
    const at = this.$at + (checkIndex(index, this.$length) >>> 3);
    return (this.$view.getUint8(at) & (1 << (index & 7))) !== 0;
  }
}

/** A List(Bool) that is built. */
export class BoolListBuilder extends BoolListReader {
  /** @throws CapnpRangeError past the end */
  set(index: number, value: boolean): void {
    const at = this.$at + (checkIndex(index, this.$length) >>> 3);
    setBit(this.$view, at, 1 << (index & 7), value);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<boolean>): void {
    setValues(this, values);
  }
}

/** The type List(Bool). */
export const BoolList: ListType<BoolListReader, BoolListBuilder> = new ListType(
  elementSize.bit,
  BoolListReader,
  BoolListBuilder,
);
