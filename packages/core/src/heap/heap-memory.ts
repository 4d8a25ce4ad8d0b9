// The words of a heap, wherever in its memory; changing several of them as one.

import { GrowingFile } from "../growth/growing-file.js";
import { type Mapping, regionOf } from "../mapping/mapping.js";
import type { Region } from "../mapping/region.js";
import { HeapCorruptError } from "./heap-errors.js";
import {
  blockTag,
  blockWord,
  headerWord,
  leastUnits,
  logEntryWords,
  mostLogEntries,
  mostUnits,
  tagMix,
  unitByteLength,
  wordsPerUnit,
} from "./heap-layout.js";

/** Units of a window: 1 GiB, so that places in it are small integers. */
const windowUnits = 2 ** 26;
const windowMask = windowUnits - 1;
/** A window goes on a little, so that the first words of a block are all in the same. */
const windowOverlap = 64;

/** The first unit after the header's page. */
export const firstUnit: number = 4096 / unitByteLength;

/** One word to change: of a unit, which word, its new value. */
export type WordChange = readonly [unit: number, word: number, value: number];

export class HeapMemory {
  readonly mapping: Mapping;
  readonly region: Region;
  readonly name: string;
  /** The header's words. */
  readonly header: Uint32Array;
  /** Units that the memory has room for, without the one for the end's mark. */
  readonly limit: number;
  readonly #windows: Uint32Array[] = [];
  /** Units of a growing file that are known to be there. */
  #ensured = 0;

  constructor(mapping: Mapping) {
    this.mapping = mapping;
    this.region = regionOf(mapping);
    this.name = `the heap in ${this.region.spec.name}`;
    const units = Math.floor(this.region.spec.byteLength / unitByteLength);
    this.limit = Math.min(units, mostUnits) - 1;
    this.header = this.window(0);
  }

  get top(): number {
    return this.header[headerWord.top] as number;
  }

  /** The window that a unit is in. */
  window(unit: number): Uint32Array {
    return this.#windows[unit >>> 26] ?? this.#open(unit >>> 26);
  }

  get(unit: number, word: number): number {
    // Most heaps have one window: a shorter way for its blocks.
    if (unit < windowUnits) return this.header[(unit << 2) + word] as number;
    return this.window(unit)[((unit & windowMask) << 2) + word] as number;
  }

  set(unit: number, word: number, value: number): void {
    if (unit < windowUnits) this.header[(unit << 2) + word] = value;
    else this.window(unit)[((unit & windowMask) << 2) + word] = value;
  }

  /** Bytes from the mapping's start. */
  bytes(byteOffset: number, byteLength: number): Uint8Array {
    return this.region.view({ byteOffset, byteLength });
  }

  /** Makes sure that units up to `end` have room in the file, before they are relied upon. */
  ensure(end: number): void {
    if (end <= this.#ensured || !(this.mapping instanceof GrowingFile)) return;
    this.mapping.ensure(end * unitByteLength);
    this.#ensured = end;
  }

  #open(index: number): Uint32Array {
    const start = index * windowUnits * unitByteLength;
    const rest = Math.floor((this.region.spec.byteLength - start) / 4) * 4;
    const byteLength = Math.min(windowUnits * unitByteLength + windowOverlap, rest);
    const view = this.bytes(start, byteLength);
    const words = new Uint32Array(view.buffer, view.byteOffset, byteLength / 4);
    this.#windows[index] = words;
    return words;
  }

  // ---- Blocks

  isTagged(unit: number, tag: number): boolean {
    return this.get(unit, blockWord.tag) === (tag ^ tagMix(unit)) >>> 0;
  }

  setTag(unit: number, tag: number): void {
    this.set(unit, blockWord.tag, tag ^ tagMix(unit));
  }

  /** Writes the header of a free block. */
  writeFree(unit: number, units: number): void {
    this.set(unit, blockWord.units, units);
    this.set(unit, blockWord.before, 0);
    this.set(unit, blockWord.slack, 0);
    this.setTag(unit, blockTag.free);
  }

  /** Writes the mark of the end. */
  writeEnd(unit: number): void {
    this.set(unit, blockWord.units, 0);
    this.set(unit, blockWord.before, 0);
    this.set(unit, blockWord.slack, 0);
    this.setTag(unit, blockTag.end);
  }

  /** The units of a block that must be free, which a list or a neighbour has led to. */
  freeUnits(unit: number): number {
    if (unit >= firstUnit && unit < this.top && this.isTagged(unit, blockTag.free)) {
      const units = this.get(unit, blockWord.units);
      if (units >= leastUnits && unit + units <= this.top) return units;
    }
    throw this.corrupt(unit, "should be a free block, and is none");
  }

  /** The units of a block that is known to be taken. */
  takenUnits(unit: number): number {
    const units = this.get(unit, blockWord.units);
    const fits = units >= leastUnits && unit + units <= this.top;
    if (fits && this.get(unit, blockWord.slack) <= (units - 1) * unitByteLength) return units;
    throw this.corrupt(unit, "is the header of a block that cannot be so long");
  }

  /** Bytes that a taken block was asked for. */
  takenByteLength(unit: number): number {
    return (this.takenUnits(unit) - 1) * unitByteLength - this.get(unit, blockWord.slack);
  }

  corrupt(unit: number, what: string): HeapCorruptError {
    const byteOffset = unit * unitByteLength;
    return new HeapCorruptError(
      byteOffset,
      `${this.name} is damaged: byte ${byteOffset} ${what}; someone has written there who should ` +
        "not have; check() tells more",
    );
  }

  // ---- Changes

  /**
   * Changes several words as one: whoever opens the heap after a crash finds all changed or none.
   */
  commit(changes: readonly WordChange[]): void {
    const { header } = this;
    let at: number = headerWord.log;
    for (const [unit, word, value] of changes) {
      const index = unit * wordsPerUnit + word;
      header[at] = index >>> 0;
      header[at + 1] = Math.floor(index / 2 ** 32);
      header[at + 2] = value;
      at += logEntryWords;
    }
    // ORDER: the count makes the log valid, and so comes after it; it goes back to 0 after the
    // last change. A process that is killed has made its stores in the order of the program.
    Atomics.store(header, headerWord.logCount, changes.length);
    this.replay();
  }

  /** Makes the changes of the log, again where a process has died while it made them. */
  replay(): void {
    const { header } = this;
    const count = header[headerWord.logCount] as number;
    if (count > mostLogEntries) throw this.corrupt(8, "counts more changes than the log can hold");
    for (let entry = 0; entry < count; entry++) {
      const at = headerWord.log + entry * logEntryWords;
      const index = (header[at] as number) + (header[at + 1] as number) * 2 ** 32;
      const unit = Math.floor(index / wordsPerUnit);
      if (unit > this.limit) throw this.corrupt(at >>> 2, "logs a change outside the heap");
      this.set(unit, index % wordsPerUnit, header[at + 2] as number);
    }
    // ORDER: after the changes.
    Atomics.store(header, headerWord.logCount, 0);
  }
}
