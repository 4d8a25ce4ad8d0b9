// Many records of one type, one after the other.

import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { specialize } from "./accessors.js";
import { type Located, type LocatedClass, memoryOf, placeOf } from "./field.js";
import { placeIn, type RecordMemory } from "./memory.js";

/** Where an array lies, checked. */
export interface ArrayPlace {
  readonly source: RecordMemory;
  readonly byteOffset: number;
  readonly length: number;
}

/** What arrays and cursors know of their type of record. */
export interface ElementType<T> {
  readonly byteLength: number;
  readonly located: LocatedClass<T>;
  readonly cursorClass: CursorClass<T>;
}

export type CursorClass<T> = new (type: ElementType<T>, place: ArrayPlace) => RecordCursor<T>;

/**
 * Records one after the other. {@link RecordArray.get} gives a record that stays where it is; a
 * {@link RecordArray.cursor}, or `for … of`, moves one record over all of them, without garbage.
 */
export class RecordArray<T> implements Iterable<T> {
  /** Bytes from the memory's start to the first record. */
  readonly byteOffset: number;
  readonly length: number;
  readonly #type: ElementType<T>;
  readonly #source: RecordMemory;

  /** @internal */
  constructor(type: ElementType<T>, place: ArrayPlace) {
    this.#type = type;
    this.#source = place.source;
    this.byteOffset = place.byteOffset;
    this.length = place.length;
  }

  /**
   * Record number `index`, in an object of its own.
   *
   * @throws {@link ArgumentRangeError} for an index outside; {@link ClosedError}.
   */
  get(index: number): T {
    checkIndex(index, this.length);
    const { memory, at } = placeIn(this.#source, this.byteOffset + index * this.#type.byteLength);
    return new this.#type.located(memory, at);
  }

  /** One record to be moved over all of them; it begins at the first. */
  cursor(): RecordCursor<T> {
    return new this.#type.cursorClass(this.#type, {
      source: this.#source,
      byteOffset: this.byteOffset,
      length: this.length,
    });
  }

  /** Gives the same record object each time, moved to the next. */
  [Symbol.iterator](): IterableIterator<T> {
    return new RecordIterator(this.cursor(), this.length);
  }
}

class RecordIterator<T> implements IterableIterator<T> {
  readonly #cursor: RecordCursor<T>;
  readonly #length: number;
  #next = 0;

  constructor(cursor: RecordCursor<T>, length: number) {
    this.#cursor = cursor;
    this.#length = length;
  }

  next(): IteratorResult<T> {
    if (this.#next >= this.#length) return { done: true, value: undefined };
    return { done: false, value: this.#cursor.to(this.#next++) };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/**
 * One record object that is moved from record to record. Objects of its fields (nested records,
 * arrays, flags) move with it when they are asked for again.
 *
 * @example
 * ```ts
 * const cursor = points.cursor();
 * for (let index = 0; index < cursor.length; index++) total += cursor.to(index).x;
 * ```
 */
export interface RecordCursor<T> {
  readonly length: number;
  /** The record, where it was moved last. */
  readonly record: T;
  /**
   * Moves to record number `index`, and gives the record.
   *
   * @throws {@link ArgumentRangeError} for an index outside.
   */
  to(index: number): T;
}

/** The first record, from the first byte of the window that the cursor is in; may be negative. */
const startOf: unique symbol = Symbol("start");
/** The last place in the window where a record of the array fits. */
const lastOf: unique symbol = Symbol("last");

class Cursor<T> implements RecordCursor<T> {
  readonly length: number;
  readonly record: T & Located;
  [startOf] = 0;
  [lastOf] = -1;
  readonly #type: ElementType<T>;
  readonly #place: ArrayPlace;

  constructor(type: ElementType<T>, place: ArrayPlace) {
    this.length = place.length;
    this.#type = type;
    this.#place = place;
    const { memory, at } = placeIn(place.source, place.byteOffset);
    this.record = new type.located(memory, at);
    if (place.length > 0) this.enter(0);
  }

  to(index: number): T {
    checkIndex(index, this.length);
    this.enter(index);
    return this.record;
  }

  /** Moves to a record that may be in another window. */
  enter(index: number): void {
    const { byteLength } = this.#type;
    const { source, byteOffset, length } = this.#place;
    const { memory, at } = placeIn(source, byteOffset + index * byteLength);
    this.record[memoryOf] = memory;
    this.record[placeOf] = at;
    this[startOf] = at - index * byteLength;
    const last = this[startOf] + (length - 1) * byteLength;
    this[lastOf] = Math.min(last, memory.bytes.byteLength - byteLength);
  }
}

/** The cursor of one type of record. */
export function makeCursorClass<T>(byteLength: number): CursorClass<T> {
  const text = `  to(index) {
    if (typeof index !== "number" || !(index >= 0 && index < this.length) || index % 1 !== 0) {
      refuse(index, this.length);
    }
    const at = this[start] + index * ${byteLength};
    const record = this.record;
    // In a window every place is a small integer.
    if (at >= 0 && at <= this[last]) record[place] = at | 0;
    else this.enter(index);
    return record;
  }`;
  const names = { place: placeOf, start: startOf, last: lastOf, refuse: checkIndex };
  return specialize(Cursor, text, names) as CursorClass<T>;
}

function checkIndex(index: unknown, length: number): void {
  if (typeof index !== "number") {
    throw new ArgumentTypeError(`index must be a number, got ${shown(index)}`);
  }
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new ArgumentRangeError(
    length === 0
      ? `the array has no records, got index ${shown(index)}`
      : `index must be a whole number from 0 to ${length - 1}, got ${shown(index)}`,
  );
}
