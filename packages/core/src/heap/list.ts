// A doubly linked list in a heap, which several processes change.

import { type Bytes, checkBytes, shown } from "../arguments.js";
import { ArgumentTypeError } from "../errors.js";
import { allocateBlock, begin, finish, freeBlock } from "./allocator.js";
import { type Heap, type HeapInside, insideOf } from "./heap.js";
import { HeapOffsetError } from "./heap-errors.js";
import { blockTag, headerWord, unitByteLength } from "./heap-layout.js";
import { firstUnit, type HeapMemory, type WordChange } from "./heap-memory.js";

//   A list, from its block's first word: the header, then
//   16      20      24      28
//   | LIST  | first | last  | elements |
const listWord = { magic: 4, first: 5, last: 6, count: 7 } as const;
const listMagic = 0x5453494c;
const listByteLength = 16;

//   An element, from its block's first word: the header, then
//   16      20      24      28      32
//   | next  | prev. | list  | zero  | what it holds …
const nodeWord = { next: 4, previous: 5, list: 6 } as const;
/** From the block's first byte. */
const contentAt = 2 * unitByteLength;

/** What {@link List.visit} calls; giving false ends the visit. */
export type ListVisitor = (bytes: Uint8Array, byteOffset: number) => unknown;

/**
 * A list in a heap: its elements are bytes, each of its own length, in the order in which they were
 * added. Threads and processes may change it at once; each change is made as a whole, also when a
 * process is killed. Elements are named by their offsets.
 *
 * @example
 * ```ts
 * const list = List.create(heap);
 * heap.setRoot("names", list.byteOffset);
 * list.add(Buffer.from("Ada"));
 * list.visit((bytes) => console.log(Buffer.from(bytes).toString()));
 * ```
 */
export class List {
  readonly #inside: HeapInside;
  readonly #memory: HeapMemory;
  readonly #unit: number;

  /** @internal Use {@link List.create} or {@link List.open}. */
  constructor(inside: HeapInside, unit: number) {
    if (!Number.isInteger(unit))
      throw new ArgumentTypeError("a list is made by List.create or open");
    this.#inside = inside;
    this.#memory = inside.memory;
    this.#unit = unit;
  }

  /** Makes an empty list. @throws {@link HeapFullError}. */
  static create(heap: Heap): List {
    const inside = insideOf(heap);
    const { memory } = inside;
    inside.enter();
    try {
      const request = { byteLength: listByteLength, alignment: 16, tag: blockTag.owned };
      const unit = allocateBlock(memory, request);
      memory.set(unit, listWord.first, 0);
      memory.set(unit, listWord.last, 0);
      memory.set(unit, listWord.count, 0);
      memory.set(unit, listWord.magic, listMagic);
      finish(memory);
      return new List(inside, unit);
    } finally {
      inside.leave();
    }
  }

  /** The list at an offset. @throws {@link HeapOffsetError} when there is none. */
  static open(heap: Heap, byteOffset: Bytes): List {
    const inside = insideOf(heap);
    const offset = checkBytes("byteOffset", byteOffset);
    const list = new List(inside, Math.floor(offset / unitByteLength) - 1);
    inside.enter();
    try {
      if (offset % unitByteLength !== 0) throw list.#missing(offset);
      list.#check();
    } finally {
      inside.leave();
    }
    return list;
  }

  /** Where the list is: for {@link Heap.setRoot}, and for {@link List.open} elsewhere. */
  get byteOffset(): number {
    return (this.#unit + 1) * unitByteLength;
  }

  /** The number of elements. */
  get length(): number {
    this.#inside.enter();
    try {
      this.#check();
      return this.#memory.get(this.#unit, listWord.count);
    } finally {
      this.#inside.leave();
    }
  }

  /**
   * Adds an element at the end, with these bytes; gives its offset. It is seen when it is whole.
   *
   * @throws {@link HeapFullError}; {@link HeapOffsetError} when the list was freed.
   */
  add(bytes: Uint8Array): number {
    if (!(bytes instanceof Uint8Array)) {
      throw new ArgumentTypeError(`bytes must be a Uint8Array, got ${shown(bytes)}`);
    }
    const memory = this.#memory;
    const list = this.#unit;
    this.#inside.enter();
    try {
      this.#check();
      const byteLength = contentAt - unitByteLength + bytes.byteLength;
      const unit = allocateBlock(memory, { byteLength, alignment: 16, tag: blockTag.owned });
      const last = memory.get(list, listWord.last);
      memory.set(unit, nodeWord.next, 0);
      memory.set(unit, nodeWord.previous, last);
      memory.set(unit, nodeWord.list, list);
      const content = unit * unitByteLength + contentAt;
      memory.bytes(content, bytes.byteLength).set(bytes);
      const link: WordChange =
        last === 0 ? [list, listWord.first, unit] : [this.#node(last), nodeWord.next, unit];
      memory.commit([
        link,
        [list, listWord.last, unit],
        [list, listWord.count, memory.get(list, listWord.count) + 1],
        [headerWord.busy >>> 2, headerWord.busy & 3, 1],
      ]);
      finish(memory);
      return content;
    } finally {
      this.#inside.leave();
    }
  }

  /**
   * Removes an element, and frees its memory.
   *
   * @throws {@link HeapOffsetError} when no element of the list is there (any more).
   */
  remove(byteOffset: Bytes): void {
    const offset = checkBytes("byteOffset", byteOffset);
    this.#inside.enter();
    try {
      this.#check();
      const unit = offset / unitByteLength - 2;
      if (!Number.isInteger(unit) || !this.#isNode(unit)) {
        throw new HeapOffsetError(
          offset,
          `no element of the list at byte ${this.byteOffset} is at byte ${offset} (any more)`,
        );
      }
      this.#unlink(unit);
    } finally {
      this.#inside.leave();
    }
  }

  /** Removes the first element, and gives a copy of its bytes; undefined when there is none. */
  takeFirst(): Uint8Array | undefined {
    this.#inside.enter();
    try {
      this.#check();
      const unit = this.#memory.get(this.#unit, listWord.first);
      if (unit === 0) return undefined;
      const bytes = Uint8Array.from(this.#content(this.#node(unit)));
      this.#unlink(unit);
      return bytes;
    } finally {
      this.#inside.leave();
    }
  }

  /**
   * Calls a function with the bytes of each element, in order: a view of the memory itself. The
   * heap is locked meanwhile, so the function must not use it (that is a `MisuseError`), and others
   * wait.
   */
  visit(visitor: ListVisitor): void {
    if (typeof visitor !== "function") {
      throw new ArgumentTypeError(`visitor must be a function, got ${shown(visitor)}`);
    }
    const memory = this.#memory;
    this.#inside.enter();
    try {
      this.#check();
      let left = memory.get(this.#unit, listWord.count);
      let unit = memory.get(this.#unit, listWord.first);
      for (; unit !== 0; unit = memory.get(unit, nodeWord.next)) {
        if (left-- === 0)
          throw memory.corrupt(this.#unit, "is a list with more elements than it says");
        this.#node(unit);
        const more = visitor(this.#content(unit), unit * unitByteLength + contentAt);
        if (more === false) return;
      }
    } finally {
      this.#inside.leave();
    }
  }

  /** Removes all elements, and the list itself. A crash on the way leaves a shorter list. */
  free(): void {
    const memory = this.#memory;
    this.#inside.enter();
    try {
      this.#check();
      for (;;) {
        const unit = memory.get(this.#unit, listWord.first);
        if (unit === 0) break;
        this.#unlink(this.#node(unit));
      }
      begin(memory);
      freeBlock(memory, this.#unit);
      finish(memory);
    } finally {
      this.#inside.leave();
    }
  }

  #content(unit: number): Uint8Array {
    const memory = this.#memory;
    const byteLength = memory.takenByteLength(unit) - (contentAt - unitByteLength);
    if (byteLength < 0) throw memory.corrupt(unit, "is an element of a list that is too short");
    return memory.bytes(unit * unitByteLength + contentAt, byteLength);
  }

  #unlink(unit: number): void {
    const memory = this.#memory;
    const list = this.#unit;
    const next = memory.get(unit, nodeWord.next);
    const previous = memory.get(unit, nodeWord.previous);
    const forward: WordChange =
      previous === 0 ? [list, listWord.first, next] : [this.#node(previous), nodeWord.next, next];
    const back: WordChange =
      next === 0
        ? [list, listWord.last, previous]
        : [this.#node(next), nodeWord.previous, previous];
    begin(memory);
    memory.commit([
      forward,
      back,
      [list, listWord.count, memory.get(list, listWord.count) - 1],
      [headerWord.freeing >>> 2, headerWord.freeing & 3, unit],
    ]);
    freeBlock(memory, unit);
    finish(memory);
  }

  #isNode(unit: number): boolean {
    const memory = this.#memory;
    return (
      unit >= firstUnit &&
      unit < memory.top &&
      memory.isTagged(unit, blockTag.owned) &&
      memory.get(unit, nodeWord.list) === this.#unit &&
      unit !== this.#unit
    );
  }

  #node(unit: number): number {
    if (this.#isNode(unit)) return unit;
    throw this.#memory.corrupt(unit, "should be an element of a list, and is none");
  }

  #check(): void {
    const memory = this.#memory;
    const unit = this.#unit;
    const found =
      unit >= firstUnit &&
      unit < memory.top &&
      memory.isTagged(unit, blockTag.owned) &&
      memory.get(unit, listWord.magic) === listMagic;
    if (!found) throw this.#missing(this.byteOffset);
  }

  #missing(byteOffset: number): HeapOffsetError {
    return new HeapOffsetError(
      byteOffset,
      `no list of ${this.#memory.name} is at byte ${byteOffset}: it was freed, or never made`,
    );
  }
}
