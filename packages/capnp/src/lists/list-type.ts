// The type of a list of values: generated code and generic code make and find lists with it.

import { getList, initList } from "../build-list.js";
import type { PointerDefault } from "../defaults.js";
import type { ListPlace } from "../places.js";
import type { PointerType } from "../pointer-type.js";
import { readList } from "../read-list.js";
import type { Segment } from "../segment.js";
import type { ElementSize } from "../wire.js";

/** What a list type can do besides: a new list has a length. */
export interface AnyListType<R, B> extends PointerType<R, B> {
  /** A new list, its elements zero. @throws CapnpRangeError for a length that cannot be */
  init(segment: Segment, pointerAt: number, length: number): B;
}

/** A list type whose elements are of one fixed size. */
export class ListType<R, B> implements AnyListType<R, B> {
  readonly elementSize: ElementSize;
  readonly Reader: new (
    place: ListPlace,
  ) => R;
  readonly Builder: new (
    place: ListPlace,
  ) => B;

  constructor(
    size: ElementSize,
    Reader: new (place: ListPlace) => R,
    Builder: new (place: ListPlace) => B,
  ) {
    this.elementSize = size;
    this.Reader = Reader;
    this.Builder = Builder;
  }

  read(segment: Segment, pointerAt: number, nesting: number, otherwise?: PointerDefault): R {
    return new this.Reader(readList(segment, pointerAt, nesting, this.elementSize, otherwise));
  }

  build(segment: Segment, pointerAt: number, otherwise?: PointerDefault): B {
    return new this.Builder(getList(segment, pointerAt, this.elementSize, otherwise));
  }

  init(segment: Segment, pointerAt: number, length: number): B {
    return new this.Builder(initList(segment, pointerAt, length, this.elementSize));
  }
}
