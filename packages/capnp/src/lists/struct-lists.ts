// Lists of structs, read and built.

import { allocate, checkStructListLength } from "../allocate.js";
import { getStructList } from "../build-list.js";
import { copySections } from "../copy.js";
import type { PointerDefault } from "../defaults.js";
import { erase, eraseStruct } from "../erase.js";
import { CapnpRangeError } from "../errors.js";
import {
  type ListPlace,
  listPlace,
  type StructBuilderPlace,
  type StructPlace,
  structBuilderPlace,
  structPlace,
} from "../places.js";
import { publish, storeHalves } from "../publish.js";
import { readList } from "../read-list.js";
import { isNull } from "../read-struct.js";
import type { Segment } from "../segment.js";
import { StructBuilder, type StructReader, type StructType } from "../struct.js";
import { elementSize, maxListLength, pointerKind, wordByteLength } from "../wire.js";
import { checkIndex, List, wrongIndex } from "./list.js";
import type { AnyListType } from "./list-type.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const listKind = pointerKind.list;
const compositeSize = elementSize.composite;
const place = listPlace;
const longest = maxListLength;
const builder = structBuilderPlace;
const readerPlace = structPlace;

/** A list of structs that is read. */
export class StructListReader<R extends StructReader> extends List<R> {
  /** @internal */ declare readonly $Reader: new (
    place: StructPlace,
  ) => R;

  constructor(place: ListPlace, Reader: new (place: StructPlace) => R) {
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
    this.$Reader = Reader;
  }

  /** The element at `index`: the `cursor` moved there when one is given, or a new reader. */
  override get(index: number, cursor?: R): R {
    const place = this.$place(checkIndex(index, this.$length));
    return cursor === undefined ? new this.$Reader(place) : cursor.$move(place);
  }

  /** A reader to be passed to {@link get} over and over; it stands nowhere yet. */
  cursor(): R {
    return new this.$Reader(this.$place(0));
  }

  /** Iterates with one reader, which moves from element to element: keep nothing of it. */
  *walk(): Generator<R> {
    const cursor = this.cursor();
    for (let index = 0; index < this.$length; index++) yield this.get(index, cursor);
  }

  /** @internal */
  $place(index: number): StructPlace {
    if (readerPlace.$segment !== this.$segment) {
      readerPlace.$segment = this.$segment;
      readerPlace.$view = this.$view;
    }
    readerPlace.$at = this.$at + index * this.$step;
    readerPlace.$dataByteLength = this.$dataByteLength;
    readerPlace.$pointerCount = this.$pointerCount;
    readerPlace.$nesting = this.$nesting;
    return readerPlace;
  }
}

/** A list of structs that is built. */
export class StructListBuilder<B extends StructBuilder> extends List<B> {
  /** @internal */ declare readonly $Builder: new (
    place: StructBuilderPlace,
  ) => B;

  constructor(place: ListPlace, Builder: new (place: StructBuilderPlace) => B) {
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
    this.$Builder = Builder;
  }

  /** The element at `index`: the `cursor` moved there when one is given, or a new builder. */
  override get(index: number, cursor?: B): B {
    if (index >>> 0 !== index || index >= this.$length) throw wrongIndex(index, this.$length);
    const at = this.$at + index * this.$step;
    if (cursor === undefined || cursor.$segment !== this.$segment) return this.$make(at, cursor);
    cursor.$at = at;
    cursor.$pointersAt = at + this.$dataByteLength;
    cursor.$pointerCount = this.$pointerCount;
    return cursor;
  }

  /** A builder to be passed to {@link get} over and over; it stands nowhere yet. */
  cursor(): B {
    return this.$make(this.$at, undefined);
  }

  /** Iterates with one builder, which moves from element to element: keep nothing of it. */
  *walk(): Generator<B> {
    const cursor = this.cursor();
    for (let index = 0; index < this.$length; index++) yield this.get(index, cursor);
  }

  /**
   * Replaces the element at `index` by a copy of a struct.
   * @throws CapnpRangeError past the end, or where the struct, from a newer version, is larger
   */
  set(index: number, value: StructReader | StructBuilder): void {
    const at = this.$at + checkIndex(index, this.$length) * this.$step;
    const { $dataByteLength, $pointerCount, $segment } = this;
    const place = value instanceof StructBuilder ? value.$reading() : value;
    const { $segment: source, $at: sourceAt, $nesting: nesting } = place;
    if (source === $segment && sourceAt === at) return;
    if (place.$dataByteLength > $dataByteLength || place.$pointerCount > $pointerCount) {
      throw new CapnpRangeError("the struct is larger than the elements of the list");
    }
    const { $dataByteLength: data, $pointerCount: count } = place;
    eraseStruct($segment, at, $dataByteLength, $pointerCount);
    copySections($segment, at, source, sourceAt, data, count, nesting);
  }

  /** @internal A builder at a position: a new one, or the cursor from another segment. */
  $make(at: number, cursor: B | undefined): B {
    builder.$segment = this.$segment;
    builder.$at = at;
    builder.$pointersAt = at + this.$dataByteLength;
    builder.$pointerCount = this.$pointerCount;
    return cursor === undefined ? new this.$Builder(builder) : cursor.$move(builder);
  }
}

/** The type of a list of structs. */
export class StructListType<R extends StructReader, B extends StructBuilder>
  implements AnyListType<StructListReader<R>, StructListBuilder<B>>
{
  readonly element: StructType<R, B>;

  constructor(element: StructType<R, B>) {
    this.element = element;
  }

  read(
    segment: Segment,
    pointerAt: number,
    nesting: number,
    otherwise?: PointerDefault,
  ): StructListReader<R> {
    const place = readList(segment, pointerAt, nesting, compositeSize, otherwise);
    return new StructListReader(place, this.element.Reader);
  }

  build(segment: Segment, pointerAt: number, otherwise?: PointerDefault): StructListBuilder<B> {
    const { dataByteLength, pointerCount, Builder } = this.element;
    const place = getStructList(segment, pointerAt, dataByteLength, pointerCount, otherwise);
    return new StructListBuilder(place, Builder);
  }

  /**
   * All that it takes is written out here: V8 then calls it, where shorter parts would be compiled
   * into the code that fills the list, which leaves less of what it may take for the setters.
   */
  init(segment: Segment, pointerAt: number, length: number): StructListBuilder<B> {
    const { dataByteLength, pointerCount, Builder } = this.element;
    const step = dataByteLength + pointerCount * word;
    const upper = (length * step) | compositeSize;
    const { halves } = segment;
    let target = segment;
    let at = segment.byteLength;
    const isOdd = length >>> 0 !== length || length > longest;
    if (isOdd || at + word + length * step > segment.capacity) {
      checkStructListLength(length, step >>> 3);
      const room = allocate(segment, word + length * step);
      target = room.segment;
      at = room.at;
    } else {
      segment.byteLength = at + word + length * step;
    }
    if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
    // ORDER: the tag before the pointer, which would lead to a list that reads as damaged.
    if (target === segment && halves !== undefined) {
      halves[at >>> 2] = length << 2;
      halves[(at >>> 2) + 1] = (dataByteLength >>> 3) | (pointerCount << 16);
      halves[pointerAt >>> 2] = ((at - pointerAt - word) >>> 1) | listKind;
      halves[(pointerAt >>> 2) + 1] = upper;
    } else {
      storeHalves(target, at, length << 2, (dataByteLength >>> 3) | (pointerCount << 16));
      publish(segment, pointerAt, target, at, listKind, upper);
    }
    place.$segment = target;
    place.$view = target.view;
    place.$at = at + word;
    place.$size = compositeSize;
    place.$length = length;
    place.$step = step;
    place.$dataByteLength = dataByteLength;
    place.$pointerCount = pointerCount;
    place.$nesting = target.message.nestingLimit;
    return new StructListBuilder(place, Builder);
  }
}
