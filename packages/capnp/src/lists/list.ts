// What all lists have in common, read or built.

import { CapnpRangeError } from "../errors.js";
import type { ListPlace } from "../places.js";
import type { Segment } from "../segment.js";
import type { ElementSize } from "../wire.js";

/** A list whose elements are got as `T`. Its fields are set by each class's own constructor. */
export abstract class List<T> implements ListPlace, Iterable<T> {
  /** @internal */ declare $segment: Segment;
  /** @internal */ declare $view: DataView;
  /** @internal */ declare $at: number;
  /** @internal */ declare $size: ElementSize;
  /** @internal */ declare $length: number;
  /** @internal */ declare $step: number;
  /** @internal */ declare $dataByteLength: number;
  /** @internal */ declare $pointerCount: number;
  /** @internal */ declare $nesting: number;

  /** How many elements there are. */
  get length(): number {
    return this.$length;
  }

  /**
   * The element at `index`, from 0.
   * @throws CapnpRangeError past the end
   */
  abstract get(index: number): T;

  /** All elements in an array. */
  toArray(): T[] {
    const elements: T[] = [];
    for (let index = 0; index < this.$length; index++) elements.push(this.get(index));
    return elements;
  }

  /** The elements, one after another. */
  [Symbol.iterator](): IterableIterator<T> {
    return new ListIterator(this);
  }
}

class ListIterator<T> implements IterableIterator<T> {
  readonly #list: List<T>;
  #index = 0;

  constructor(list: List<T>) {
    this.#list = list;
  }

  next(): IteratorResult<T> {
    const list = this.#list;
    if (this.#index >= list.$length) return { done: true, value: undefined };
    return { done: false, value: list.get(this.#index++) };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** The index, checked to be that of an element. */
export function checkIndex(index: number, length: number): number {
  if (index >>> 0 === index && index < length) return index;
  throw wrongIndex(index, length);
}

/** Apart, like all that makes errors: what is short is compiled into its callers. */
export function wrongIndex(index: number, length: number): CapnpRangeError {
  return new CapnpRangeError(
    `the index of a list of ${length} must be a whole number from 0 to ${length - 1}, ` +
      `got ${String(index)}`,
  );
}

/** The byte offset of a list's pointer: behind the data, in structs that stand for pointers. */
export function pointerOf(list: ListPlace, index: number): number {
  const { $at, $dataByteLength, $step } = list;
  return $at + $dataByteLength + checkIndex(index, list.$length) * $step;
}
