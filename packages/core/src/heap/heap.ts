// Memory of changing size inside a mapping, for threads and processes that share it.

import { type Bytes, checkBytes, checkFlag, checkOptions, shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { type Mapping, regionOf } from "../mapping/mapping.js";
import { blockingTerms, type Terms } from "../sync/terms.js";
import { allocateBlock, begin, finish, freeBlock, resizeBlock } from "./allocator.js";
import {
  type AllocateOptions,
  checkAllocateOptions,
  checkLength,
  checkMapping,
  checkName,
  plainOptions,
} from "./heap-arguments.js";
import { checkHeap, type HeapProblem } from "./heap-check.js";
import { HeapCorruptError, HeapOffsetError } from "./heap-errors.js";
import {
  blockTag,
  blockWord,
  headerWord,
  heapFormat,
  heapMagic,
  unitByteLength,
} from "./heap-layout.js";
import { type HeapLock, lockOf } from "./heap-lock.js";
import { firstUnit, HeapMemory } from "./heap-memory.js";
import { recover } from "./recovery.js";
import { deleteRoot, getRoot, rootsOf, setRoot } from "./roots.js";

/** What a heap holds, as counts of bytes and of allocations. */
export interface HeapUsage {
  /** The heap's own memory, from its start to the end of its last block. */
  readonly byteLength: number;
  /** Of all allocations, what they need to be kept included. */
  readonly allocatedByteLength: number;
  readonly allocationCount: number;
}

/** One allocation. */
export interface Allocation {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** How long a call waits for other threads and processes, which hold the heap for microseconds. */
const patienceMs = 60_000;

const made = Symbol("made");

/** For the other files of this folder: what a heap has, and how it is locked. */
export interface HeapInside {
  readonly memory: HeapMemory;
  enter(): void;
  leave(): void;
}

const insides = new WeakMap<Heap, HeapInside>();

export function insideOf(heap: Heap): HeapInside {
  const inside = insides.get(heap);
  if (inside !== undefined) return inside;
  throw new ArgumentTypeError(`heap must be a Heap, got ${shown(heap)}`);
}

/**
 * Allocates memory inside a mapping. Allocations are named by offsets from the mapping's start,
 * which are the same in every process and after the file is opened again. In a growing file the
 * heap grows with it; in a fixed mapping it can be full. It takes up the whole mapping (of one
 * longer than 64 GiB, so much of it).
 *
 * Every call takes the heap's lock, waits for it on this thread, and is done or not done as a
 * whole, also when its process is killed: an allocation is there when its call has returned.
 *
 * @example
 * ```ts
 * const file = GrowingFile.create("things.heap");
 * const heap = Heap.create(file);
 * const at = heap.allocate(100);
 * heap.bytes(at).fill(7);
 * heap.setRoot("first", at);
 * file.close();
 * ```
 */
export class Heap {
  readonly #memory: HeapMemory;
  readonly #lock: HeapLock;
  readonly #locking: string;

  /** @internal Use {@link Heap.create} or {@link Heap.open}. */
  constructor(token: symbol, memory: HeapMemory) {
    if (token !== made) throw new ArgumentTypeError("a heap is made by Heap.create or Heap.open");
    this.#memory = memory;
    this.#lock = lockOf(memory);
    this.#locking = `locking ${memory.name}`;
    insides.set(this, {
      memory,
      enter: () => this.#enter(),
      leave: () => this.#lock.release(),
    });
  }

  /**
   * Makes a new, empty heap in a mapping.
   *
   * @throws {@link ArgumentRangeError} when the mapping cannot be written or is shorter than 8 KiB,
   * or holds a heap already and `overwrite` is not set; {@link ClosedError}; {@link FileError} when
   * a growing file finds no room.
   */
  static create(mapping: Mapping, options?: { readonly overwrite?: boolean }): Heap {
    checkMapping(mapping);
    const asked = checkOptions("options", options, ["overwrite"]);
    const overwrite = checkFlag("options.overwrite", asked.overwrite, false);
    const memory = new HeapMemory(mapping);
    memory.ensure(firstUnit + 1);
    const { header } = memory;
    const [first, second] = heapMagic;
    if (
      !overwrite &&
      header[headerWord.magic] === first &&
      header[headerWord.magic + 1] === second
    ) {
      throw new ArgumentRangeError(
        `${regionOf(mapping).spec.name} holds a heap already: use Heap.open, or overwrite: true`,
      );
    }
    header.fill(0, 0, (firstUnit * unitByteLength) / 4);
    header[headerWord.format] = heapFormat;
    header[headerWord.top] = firstUnit;
    memory.writeEnd(firstUnit);
    header[headerWord.magic + 1] = second;
    // ORDER: what has the magic is a heap.
    Atomics.store(header, headerWord.magic, first);
    return new Heap(made, memory);
  }

  /**
   * Opens the heap that a mapping holds; repairs it if a process died while it changed it.
   *
   * @throws {@link HeapCorruptError} when the memory holds no heap, or a damaged one;
   * {@link ArgumentRangeError} when the mapping cannot be written; {@link ClosedError}.
   */
  static open(mapping: Mapping): Heap {
    checkMapping(mapping);
    const memory = new HeapMemory(mapping);
    const { header, name, limit, top } = memory;
    const [first, second] = heapMagic;
    // ORDER: before anything else is believed.
    const magic = Atomics.load(header, headerWord.magic);
    if (magic !== first || header[headerWord.magic + 1] !== second) {
      throw new HeapCorruptError(0, `${regionOf(mapping).spec.name} does not begin with a heap`);
    }
    if (header[headerWord.format] !== heapFormat) {
      const format = header[headerWord.format];
      throw new HeapCorruptError(
        headerWord.format * 4,
        `${name} has format ${format}, this library knows ${heapFormat}`,
      );
    }
    if (top < firstUnit || top > limit) {
      throw new HeapCorruptError(
        headerWord.top * 4,
        `${name} ends at byte ${top * unitByteLength}, which is not in the mapping of ` +
          `${regionOf(mapping).spec.byteLength} bytes: the file was cut short, or is damaged`,
      );
    }
    const heap = new Heap(made, memory);
    heap.#enter();
    heap.#lock.release();
    return heap;
  }

  /** The mapping that the heap is in. */
  get mapping(): Mapping {
    return this.#memory.mapping;
  }

  /**
   * Allocates memory, and gives its offset from the mapping's start.
   *
   * @param byteLength bytes, from 0 on.
   * @throws {@link HeapFullError} when there is no room; {@link FileError} when a growing file
   * finds none on the disk.
   */
  allocate(byteLength: Bytes, options?: AllocateOptions): number {
    const length = checkLength(byteLength);
    const { alignment, zero } =
      options === undefined ? plainOptions : checkAllocateOptions(options);
    const memory = this.#memory;
    this.#enter();
    let unit: number;
    try {
      unit = allocateBlock(memory, { byteLength: length, alignment, tag: blockTag.allocated });
      // A process that dies here has allocated nothing, and so need not have filled it.
      if (zero) memory.bytes((unit + 1) * unitByteLength, length).fill(0);
      finish(memory);
    } finally {
      this.#lock.release();
    }
    return (unit + 1) * unitByteLength;
  }

  /**
   * Gives an allocation back.
   *
   * @throws {@link HeapOffsetError} when it was freed already, or never allocated.
   */
  free(byteOffset: Bytes): void {
    const memory = this.#memory;
    this.#enter();
    try {
      const unit = this.#find(byteOffset);
      begin(memory);
      freeBlock(memory, unit);
      finish(memory);
    } finally {
      this.#lock.release();
    }
  }

  /**
   * Makes an allocation longer or shorter, where it is or elsewhere, and gives its offset from then
   * on. What it held, it holds, up to the new length. When there is no room it stays as it was.
   * Elsewhere its offset is a multiple of 16, whatever it was before.
   *
   * @throws {@link HeapOffsetError}, {@link HeapFullError}, {@link FileError}.
   */
  reallocate(byteOffset: Bytes, byteLength: Bytes): number {
    const length = checkLength(byteLength);
    const memory = this.#memory;
    this.#enter();
    try {
      const unit = this.#find(byteOffset);
      const kept = Math.min(length, memory.takenByteLength(unit));
      if (resizeBlock(memory, unit, length)) {
        finish(memory);
        return (unit + 1) * unitByteLength;
      }
      const request = { byteLength: length, alignment: 16, tag: blockTag.allocated };
      const moved = allocateBlock(memory, request);
      const source = memory.bytes((unit + 1) * unitByteLength, kept);
      memory.bytes((moved + 1) * unitByteLength, kept).set(source);
      // ORDER: until `busy` names it no longer the new one would be undone; from then on the old
      // one goes, whoever does it.
      const { header } = memory;
      Atomics.store(header, headerWord.freeing, unit);
      Atomics.store(header, headerWord.busy, 1);
      freeBlock(memory, unit);
      finish(memory);
      return (moved + 1) * unitByteLength;
    } finally {
      this.#lock.release();
    }
  }

  /**
   * The bytes of an allocation, to read and write. They are a view: after it is freed they are
   * someone else's.
   *
   * @throws {@link HeapOffsetError}.
   */
  bytes(byteOffset: Bytes): Uint8Array {
    this.#enter();
    let byteLength: number;
    try {
      byteLength = this.#memory.takenByteLength(this.#find(byteOffset));
    } finally {
      this.#lock.release();
    }
    return this.#memory.bytes(Number(byteOffset), byteLength);
  }

  /** The bytes that an allocation was asked for. @throws {@link HeapOffsetError}. */
  byteLengthOf(byteOffset: Bytes): number {
    this.#enter();
    try {
      return this.#memory.takenByteLength(this.#find(byteOffset));
    } finally {
      this.#lock.release();
    }
  }

  /** All allocations that are the program's, by offset; not those of lists and roots. */
  allocations(): Allocation[] {
    const memory = this.#memory;
    const found: Allocation[] = [];
    this.#enter();
    try {
      for (let unit = firstUnit; unit < memory.top; ) {
        if (memory.isTagged(unit, blockTag.allocated)) {
          const byteOffset = (unit + 1) * unitByteLength;
          found.push({ byteOffset, byteLength: memory.takenByteLength(unit) });
        }
        const units = memory.get(unit, blockWord.units);
        if (units === 0) throw memory.corrupt(unit, "should be a block's header, and is none");
        unit += units;
      }
    } finally {
      this.#lock.release();
    }
    return found;
  }

  /** How much is allocated. */
  get usage(): HeapUsage {
    this.#enter();
    try {
      const { header, top } = this.#memory;
      return {
        byteLength: (top + 1) * unitByteLength,
        allocatedByteLength: (header[headerWord.live] as number) * unitByteLength,
        allocationCount: header[headerWord.blocks] as number,
      };
    } finally {
      this.#lock.release();
    }
  }

  /**
   * Gives a name to an offset (or any other number from 0 to 2 ** 53 - 1): where a program that
   * opens the heap begins.
   *
   * @param name at most 1,024 bytes of UTF-8.
   * @throws {@link HeapFullError}; {@link ArgumentRangeError}.
   */
  setRoot(name: string, byteOffset: Bytes): void {
    checkName(name);
    const offset = checkBytes("byteOffset", byteOffset);
    this.#enter();
    try {
      setRoot(this.#memory, name, offset);
    } finally {
      this.#lock.release();
    }
  }

  /** The offset of a name; undefined when there is none. */
  getRoot(name: string): number | undefined {
    checkName(name);
    this.#enter();
    try {
      return getRoot(this.#memory, name);
    } finally {
      this.#lock.release();
    }
  }

  /** Forgets a name; what it named stays. False when there is none. */
  deleteRoot(name: string): boolean {
    checkName(name);
    this.#enter();
    try {
      return deleteRoot(this.#memory, name);
    } finally {
      this.#lock.release();
    }
  }

  /** All names and their offsets. */
  roots(): Map<string, number> {
    this.#enter();
    try {
      return new Map([...rootsOf(this.#memory)].map(({ name, byteOffset }) => [name, byteOffset]));
    } finally {
      this.#lock.release();
    }
  }

  /** Walks all of it, and names what is wrong: nothing, in a heap that nobody has written over. */
  check(): HeapProblem[] {
    try {
      this.#enter();
    } catch (error) {
      if (!(error instanceof HeapCorruptError)) throw error;
      return [{ byteOffset: error.byteOffset, problem: error.message }];
    }
    try {
      return checkHeap(this.#memory);
    } finally {
      this.#lock.release();
    }
  }

  /** Takes the lock, and repairs what a process that died has left. */
  #enter(): void {
    const lock = this.#lock;
    const ownerDied = lock.tryAcquire() ?? lock.acquireHere(this.#terms());
    const { header, limit } = this.#memory;
    const isWhole =
      !ownerDied && header[headerWord.busy] === 0 && header[headerWord.logCount] === 0;
    if (isWhole && (header[headerWord.top] as number) <= limit) return;
    try {
      if (isWhole) throw this.#beyond();
      recover(this.#memory);
      lock.markConsistent();
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  #beyond(): HeapCorruptError {
    const { name, top, region } = this.#memory;
    return new HeapCorruptError(
      headerWord.top * 4,
      `${name} ends at byte ${top * unitByteLength}, past this mapping of ` +
        `${region.spec.byteLength} bytes: another process has grown it (open the file as a ` +
        "GrowingFile here, too), or it is damaged",
    );
  }

  #terms(): Terms {
    return blockingTerms(this.#locking, patienceMs);
  }

  /** The block of an offset that a program gives. */
  #find(byteOffset: Bytes): number {
    const memory = this.#memory;
    const offset =
      typeof byteOffset === "number" ? byteOffset : checkBytes("byteOffset", byteOffset);
    const unit = offset / unitByteLength - 1;
    if (Number.isInteger(unit) && unit >= firstUnit && unit < memory.top) {
      if (memory.isTagged(unit, blockTag.allocated)) return unit;
      if (memory.isTagged(unit, blockTag.free)) {
        throw new HeapOffsetError(
          offset,
          `the allocation at byte ${offset} of ${memory.name} was freed already`,
        );
      }
      if (memory.isTagged(unit, blockTag.owned)) {
        throw new HeapOffsetError(
          offset,
          `byte ${offset} of ${memory.name} belongs to a list or a root: it is theirs to free`,
        );
      }
    }
    checkBytes("byteOffset", byteOffset);
    throw new HeapOffsetError(
      offset,
      `no allocation of ${memory.name} begins at byte ${offset}: use what allocate() gave`,
    );
  }
}
