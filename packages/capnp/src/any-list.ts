// AnyList: a list whose type the program knows, not the schema.

import { AnyPointerBuilder } from "./any-pointer.js";
import { follow } from "./follow.js";
import type { AnyListType } from "./lists/list-type.js";
import type { PointerType } from "./pointer-type.js";
import { readList } from "./read-list.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { type ElementSize, elementSize } from "./wire.js";

/** A list of unknown type that is read: how large and how many its elements are. */
export class AnyListReader {
  readonly #segment: Segment;
  readonly #pointerAt: number;
  readonly #nesting: number;
  /** What the pointer says of the elements. */
  readonly elementSize: ElementSize;
  readonly length: number;

  /** @throws MalformedMessageError when the pointer leads to something else */
  constructor(segment: Segment, pointerAt: number, nesting: number) {
    this.#segment = segment;
    this.#pointerAt = pointerAt;
    this.#nesting = nesting;
    const isEmpty = isNull(segment, pointerAt);
    const found = isEmpty ? elementSize.void : follow(segment, pointerAt).upper & 7;
    this.elementSize = found as ElementSize;
    this.length = readList(segment, pointerAt, nesting, this.elementSize).$length;
  }

  /** The same list as one of a type. @throws MalformedMessageError when it cannot be one */
  as<R>(type: AnyListType<R, unknown>): R {
    return type.read(this.#segment, this.#pointerAt, this.#nesting);
  }
}

/** The type of any list. It is built as an AnyPointer: `initList(type, length)`. */
export const AnyList: PointerType<AnyListReader, AnyPointerBuilder> = {
  read(segment, pointerAt, nesting) {
    return new AnyListReader(segment, pointerAt, nesting);
  },
  build(segment, pointerAt) {
    return new AnyPointerBuilder(segment, pointerAt);
  },
};
