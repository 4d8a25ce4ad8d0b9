// The free blocks by class of size: doubly linked lists, and bits that say which are not empty.
// All of it can be made again from the blocks (recovery.ts).

import { blockWord, headerWord } from "./heap-layout.js";
import type { HeapMemory } from "./heap-memory.js";
import { classCount, classesPerGroup, classFitting, classOf, groupCount } from "./size-classes.js";

/** Forgets all free blocks. */
export function clearLists({ header }: HeapMemory): void {
  header[headerWord.groups] = 0;
  header.fill(0, headerWord.classes, headerWord.classes + groupCount);
  header.fill(0, headerWord.heads, headerWord.heads + classCount);
}

export function insertFree(memory: HeapMemory, unit: number, units: number): void {
  const { header } = memory;
  const found = classOf(units);
  const head = headerWord.heads + found;
  const next = header[head] as number;
  memory.set(unit, blockWord.next, next);
  memory.set(unit, blockWord.previous, 0);
  if (next !== 0) {
    memory.freeUnits(next);
    memory.set(next, blockWord.previous, unit);
  }
  header[head] = unit;
  const group = found >>> 5;
  header[headerWord.groups] = (header[headerWord.groups] as number) | (1 << group);
  const bits = headerWord.classes + group;
  header[bits] = (header[bits] as number) | (1 << (found & 31));
}

export function removeFree(memory: HeapMemory, unit: number, units: number): void {
  const { header } = memory;
  const next = memory.get(unit, blockWord.next);
  const previous = memory.get(unit, blockWord.previous);
  if (next !== 0) {
    memory.freeUnits(next);
    memory.set(next, blockWord.previous, previous);
  }
  if (previous !== 0) {
    memory.freeUnits(previous);
    memory.set(previous, blockWord.next, next);
    return;
  }
  const found = classOf(units);
  const head = headerWord.heads + found;
  if (header[head] !== unit) throw memory.corrupt(unit, "is a free block that no list begins with");
  header[head] = next;
  if (next !== 0) return;
  const group = found >>> 5;
  const bits = headerWord.classes + group;
  const left = (header[bits] as number) & ~(1 << (found & 31));
  header[bits] = left;
  if (left === 0) header[headerWord.groups] = (header[headerWord.groups] as number) & ~(1 << group);
}

/** A free block of at least so many units, or 0. Takes constant time. */
export function findFree(memory: HeapMemory, units: number): number {
  const { header } = memory;
  const fitting = classFitting(units);
  if (fitting < classCount) {
    let group = fitting >>> 5;
    let bits = (header[headerWord.classes + group] as number) & (-1 << (fitting & 31));
    if (bits === 0) {
      const groups = group >= 31 ? 0 : (header[headerWord.groups] as number) & (-2 << group);
      if (groups !== 0) {
        group = lowestBit(groups);
        bits = group < groupCount ? (header[headerWord.classes + group] as number) : 0;
      }
    }
    if (bits !== 0) {
      const found = group * classesPerGroup + lowestBit(bits);
      return header[headerWord.heads + found] as number;
    }
  }
  // Of the class that it would be kept in, the first may happen to be long enough.
  const near = header[headerWord.heads + classOf(units)] as number;
  return near !== 0 && memory.freeUnits(near) >= units ? near : 0;
}

/**
 * The same, where {@link findFree} has found none and there is no more memory: looks at all blocks
 * of the one class in which some are long enough and others are not.
 */
export function searchFree(memory: HeapMemory, units: number): number {
  let most = memory.top;
  let unit = memory.header[headerWord.heads + classOf(units)] as number;
  while (unit !== 0 && memory.freeUnits(unit) < units) {
    unit = memory.get(unit, blockWord.next);
    if (most-- === 0) throw memory.corrupt(unit, "is in a list of free blocks that has no end");
  }
  return unit;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
