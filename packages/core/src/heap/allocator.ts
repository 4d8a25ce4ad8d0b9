// Takes blocks and gives them back. Its caller holds the heap's lock.
//
// Whatever is half done when a process dies, the blocks from the first to the end stay a chain:
// each step is one store that makes a chain of another one. Lists, counts and neighbours' sizes
// are made again from it (recovery.ts). A block that is being allocated is named by `busy`, and is
// nobody's until that word is 0 again.

import { findFree, insertFree, removeFree, searchFree } from "./free-lists.js";
import { HeapFullError } from "./heap-errors.js";
import { blockTag, blockWord, headerWord, leastUnits, unitByteLength } from "./heap-layout.js";
import { firstUnit, type HeapMemory } from "./heap-memory.js";

/** The heap's memory grows by a 16th of itself, within these bounds, in units. */
const leastGrowth = 2 ** 12;
const mostGrowth = 2 ** 22;

/** What is to be allocated. */
export interface Request {
  readonly byteLength: number;
  /** In bytes, a power of two from 16 on. */
  readonly alignment: number;
  readonly tag: number;
}

/** Units of the block that holds so many bytes. */
export function unitsFor(byteLength: number): number {
  return Math.max(leastUnits, Math.ceil(byteLength / unitByteLength) + 1);
}

/** Says that the heap is being changed: from here to {@link finish} a crash is repaired. */
export function begin({ header }: HeapMemory): void {
  header[headerWord.freeing] = 0;
  header[headerWord.busy] = 1;
}

/** The change is made, as one. */
export function finish({ header }: HeapMemory): void {
  // ORDER: what was allocated is its caller's from here on, and so this comes last.
  header[headerWord.busy] = 0;
}

/**
 * Allocates a block, which is kept only when {@link finish} follows. Begins the change itself, once
 * it is sure to have room.
 */
export function allocateBlock(memory: HeapMemory, request: Request): number {
  const units = unitsFor(request.byteLength);
  const aligned = request.alignment > unitByteLength;
  const spare = aligned ? request.alignment / unitByteLength + leastUnits : 0;
  let unit = findFree(memory, units + spare);
  if (unit === 0) unit = extend(memory, units + spare);
  else begin(memory);
  const all = memory.freeUnits(unit);
  removeFree(memory, unit, all);
  if (aligned) unit = splitFront(memory, unit, request.alignment);
  splitBack(memory, unit, units);

  const { header } = memory;
  const taken = memory.get(unit, blockWord.units);
  memory.set(unit, blockWord.slack, (taken - 1) * unitByteLength - request.byteLength);
  // ORDER: named before it is tagged: a tagged block that is not named is someone's.
  header[headerWord.busy] = unit;
  memory.setTag(unit, request.tag);
  memory.set(unit + taken, blockWord.before, 0);
  header[headerWord.live] = (header[headerWord.live] as number) + taken;
  header[headerWord.blocks] = (header[headerWord.blocks] as number) + 1;
  return unit;
}

/** Splits off what is in front of an aligned place, which stays free. */
function splitFront(memory: HeapMemory, unit: number, alignment: number): number {
  const all = memory.get(unit, blockWord.units);
  const step = alignment / unitByteLength;
  // The block's bytes begin a unit after its header.
  let start = Math.ceil((unit + 1) / step) * step - 1;
  if (start === unit) return unit;
  if (start - unit < leastUnits) start += step;
  memory.writeFree(start, all - (start - unit));
  // ORDER: the new block is whole before the old one ends where it begins.
  memory.set(unit, blockWord.units, start - unit);
  memory.set(start, blockWord.before, start - unit);
  insertFree(memory, unit, start - unit);
  return start;
}

/** Splits off what is more than enough, which stays free. */
function splitBack(memory: HeapMemory, unit: number, units: number): void {
  const all = memory.get(unit, blockWord.units);
  const rest = all - units;
  if (rest < leastUnits) return;
  memory.writeFree(unit + units, rest);
  // ORDER: as above.
  memory.set(unit, blockWord.units, units);
  memory.set(unit + all, blockWord.before, rest);
  insertFree(memory, unit + units, rest);
}

/** Makes the last block, or a new one, free and so long; begins the change. */
function extend(memory: HeapMemory, units: number): number {
  const { top, limit, header } = memory;
  const last = memory.get(top, blockWord.before);
  if (last > 0) memory.freeUnits(top - last);
  const needed = Math.max(leastUnits, units - last);
  const wanted = Math.min(Math.max(leastGrowth, top >>> 4), mostGrowth);
  const room = limit - top;
  if (needed > room) {
    const found = searchFree(memory, units);
    if (found === 0) throw full(memory, units);
    begin(memory);
    return found;
  }
  const growth = Math.min(Math.max(needed, wanted), room);
  const end = top + growth;
  memory.ensure(end + 1);
  begin(memory);
  memory.writeEnd(end);
  memory.set(top, blockWord.units, growth);
  memory.set(top, blockWord.slack, 0);
  memory.setTag(top, blockTag.free);
  // ORDER: the block and the mark behind it are whole before they are the heap's.
  header[headerWord.top] = end;
  let unit = top;
  let all = growth;
  if (last > 0) {
    unit = top - last;
    removeFree(memory, unit, last);
    all += last;
    memory.set(unit, blockWord.units, all);
  }
  memory.set(end, blockWord.before, all);
  insertFree(memory, unit, all);
  return unit;
}

function full(memory: HeapMemory, units: number): HeapFullError {
  const live = memory.header[headerWord.live] as number;
  return new HeapFullError(
    `${memory.name} has no room for ${(units - 1) * unitByteLength} bytes in one piece: ` +
      `of ${(memory.limit - firstUnit) * unitByteLength} bytes ${live * unitByteLength} are ` +
      "allocated; free some, or make it in a larger mapping",
  );
}

/** Gives back a block that is known to be taken. The change has begun. */
export function freeBlock(memory: HeapMemory, unit: number): void {
  const { header } = memory;
  const units = memory.takenUnits(unit);
  // ORDER: this store is the whole of it; all that follows could be made again.
  memory.setTag(unit, blockTag.free);
  header[headerWord.live] = (header[headerWord.live] as number) - units;
  header[headerWord.blocks] = (header[headerWord.blocks] as number) - 1;
  const before = memory.get(unit, blockWord.before);
  let start = unit;
  let all = units;
  const next = unit + units;
  if (next < memory.top && memory.isTagged(next, blockTag.free)) {
    const nextUnits = memory.freeUnits(next);
    removeFree(memory, next, nextUnits);
    all += nextUnits;
    memory.set(start, blockWord.units, all);
  }
  if (before !== 0) {
    start = unit - before;
    if (start < firstUnit || memory.freeUnits(start) !== before) {
      throw memory.corrupt(unit, "names a free block before it that is none");
    }
    removeFree(memory, start, before);
    all += before;
    memory.set(start, blockWord.units, all);
  }
  memory.set(start + all, blockWord.before, all);
  insertFree(memory, start, all);
}

/**
 * Makes an allocated block so long where it is, if that is possible. Begins the change, and leaves
 * it to its caller to finish.
 */
export function resizeBlock(memory: HeapMemory, unit: number, byteLength: number): boolean {
  const units = unitsFor(byteLength);
  const had = memory.get(unit, blockWord.units);
  const next = unit + had;
  const isNextFree = next < memory.top && memory.isTagged(next, blockTag.free);
  const nextUnits = isNextFree ? memory.freeUnits(next) : 0;
  if (units > had + nextUnits) return false;
  begin(memory);
  let all = had;
  if (nextUnits > 0) {
    removeFree(memory, next, nextUnits);
    all += nextUnits;
  }
  const rest = all - units;
  const taken = rest >= leastUnits ? units : all;
  if (taken < all) memory.writeFree(unit + taken, rest);
  memory.commit([
    [unit, blockWord.units, taken],
    [unit, blockWord.slack, (taken - 1) * unitByteLength - byteLength],
  ]);
  memory.set(unit + all, blockWord.before, taken < all ? rest : 0);
  if (taken < all) insertFree(memory, unit + taken, rest);
  const { header } = memory;
  header[headerWord.live] = (header[headerWord.live] as number) + taken - had;
  return true;
}
