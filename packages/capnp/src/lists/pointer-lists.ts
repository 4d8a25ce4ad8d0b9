// Lists of lists, and of anything else that pointers lead to, read and built.

import { getList, initList } from "../build-list.js";
import { setList } from "../copy.js";
import type { PointerDefault } from "../defaults.js";
import type { ListPlace } from "../places.js";
import type { PointerType } from "../pointer-type.js";
import { readList } from "../read-list.js";
import type { Segment } from "../segment.js";
import { shortenList } from "../shorten-list.js";
import { elementSize } from "../wire.js";
import { List, pointerOf } from "./list.js";
import type { AnyListType } from "./list-type.js";

/** A list of pointers that is read: each leads to what the type says. */
export class PointerListReader<R> extends List<R> {
  /** @internal */ declare readonly $type: PointerType<R, unknown>;

  constructor(place: ListPlace, type: PointerType<R, unknown>) {
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
    this.$type = type;
  }

  override get(index: number): R {
    return this.$type.read(this.$segment, pointerOf(this, index), this.$nesting);
  }
}

/** A list of pointers that is built. */
export class PointerListBuilder<B> extends List<B> {
  /** @internal */ declare readonly $type: PointerType<unknown, B>;

  constructor(place: ListPlace, type: PointerType<unknown, B>) {
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
    this.$type = type;
  }

  /** What the element leads to, to be built on. */
  override get(index: number): B {
    return this.$type.build(this.$segment, pointerOf(this, index));
  }

  /** Makes the element a list of so many zeros. */
  init(index: number, length: number): B {
    const type = this.$type as AnyListType<unknown, B>;
    return type.init(this.$segment, pointerOf(this, index), length);
  }

  /** Drops the last elements of the list at `index`, which must not have been set. */
  shorten(index: number, length: number): void {
    shortenList(this.$segment, pointerOf(this, index), length);
  }

  /** Lets the element lead to a copy of a list. */
  set(index: number, value: List<unknown>): void {
    setList(this.$segment, pointerOf(this, index), value);
  }
}

/** The type of a list of pointers. */
export class PointerListType<R, B>
  implements AnyListType<PointerListReader<R>, PointerListBuilder<B>>
{
  readonly element: PointerType<R, B>;

  constructor(element: PointerType<R, B>) {
    this.element = element;
  }

  read(
    segment: Segment,
    pointerAt: number,
    nesting: number,
    otherwise?: PointerDefault,
  ): PointerListReader<R> {
    const place = readList(segment, pointerAt, nesting, elementSize.pointer, otherwise);
    return new PointerListReader(place, this.element);
  }

  build(segment: Segment, pointerAt: number, otherwise?: PointerDefault): PointerListBuilder<B> {
    const place = getList(segment, pointerAt, elementSize.pointer, otherwise);
    return new PointerListBuilder(place, this.element);
  }

  init(segment: Segment, pointerAt: number, length: number): PointerListBuilder<B> {
    const place = initList(segment, pointerAt, length, elementSize.pointer);
    return new PointerListBuilder(place, this.element);
  }
}
