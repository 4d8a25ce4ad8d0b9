// Lists of texts and of data, read and built.

import type { ListPlace } from "../places.js";
import { readData, readText } from "../read-blob.js";
import { elementSize } from "../wire.js";
import { initData, writeData, writeText } from "../write-blob.js";
import { List, pointerOf } from "./list.js";
import { ListType } from "./list-type.js";
import { setValues } from "./values.js";

/** A List(Text) that is read. */
export class TextListReader extends List<string> {
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

  override get(index: number): string {
    return readText(this.$segment, pointerOf(this, index));
  }
}

/** A List(Text) that is built. */
export class TextListBuilder extends TextListReader {
  /** @throws CapnpRangeError past the end */
  set(index: number, value: string): void {
    writeText(this.$segment, pointerOf(this, index), value);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<string>): void {
    setValues(this, values);
  }
}

/** The type List(Text). */
export const TextList: ListType<TextListReader, TextListBuilder> = new ListType(
  elementSize.pointer,
  TextListReader,
  TextListBuilder,
);

/** A List(Data) that is read. */
export class DataListReader extends List<Uint8Array> {
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

  /** The bytes, where they are. */
  override get(index: number): Uint8Array {
    return readData(this.$segment, pointerOf(this, index));
  }
}

/** A List(Data) that is built. */
export class DataListBuilder extends DataListReader {
  /** @throws CapnpRangeError past the end */
  set(index: number, value: Uint8Array): void {
    writeData(this.$segment, pointerOf(this, index), value);
  }

  /** Makes an element of so many bytes of zero, and gives them, to be filled. */
  init(index: number, byteLength: number): Uint8Array {
    return initData(this.$segment, pointerOf(this, index), byteLength);
  }

  /** Sets all elements, of which there must be as many as values. */
  setAll(values: ArrayLike<Uint8Array>): void {
    setValues(this, values);
  }
}

/** The type List(Data). */
export const DataList: ListType<DataListReader, DataListBuilder> = new ListType(
  elementSize.pointer,
  DataListReader,
  DataListBuilder,
);
