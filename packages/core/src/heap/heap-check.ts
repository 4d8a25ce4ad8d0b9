// Walks all of a heap, and says what is wrong with it.

import { HeapCorruptError } from "./heap-errors.js";
import { blockTag, blockWord, headerWord, leastUnits, unitByteLength } from "./heap-layout.js";
import { firstUnit, type HeapMemory } from "./heap-memory.js";
import { rootsOf } from "./roots.js";
import { classCount, classOf } from "./size-classes.js";

/** Something that is wrong, and where. */
export interface HeapProblem {
  /** Bytes from the heap's start. */
  readonly byteOffset: number;
  readonly problem: string;
}

/** More than these are not listed: one overwritten header makes thousands. */
const mostProblems = 100;

interface Walk {
  readonly memory: HeapMemory;
  readonly problems: HeapProblem[];
  /** Free blocks by unit, and how long each is. */
  readonly free: Map<number, number>;
}

export function checkHeap(memory: HeapMemory): HeapProblem[] {
  const walk: Walk = { memory, problems: [], free: new Map() };
  try {
    if (memory.top < firstUnit || memory.top > memory.limit) {
      tell(walk, headerWord.top >>> 2, `the heap ends at unit ${memory.top}, outside its memory`);
      return walk.problems;
    }
    walkBlocks(walk);
    walkLists(walk);
    for (const root of rootsOf(memory)) void root;
  } catch (error) {
    if (!(error instanceof HeapCorruptError)) throw error;
    walk.problems.push({ byteOffset: error.byteOffset, problem: error.message });
  }
  return walk.problems;
}

function tell({ problems }: Walk, unit: number, problem: string): void {
  if (problems.length < mostProblems) {
    problems.push({ byteOffset: unit * unitByteLength, problem });
  }
}

function walkBlocks(walk: Walk): void {
  const { memory, free } = walk;
  const { top, header } = memory;
  let live = 0;
  let blocks = 0;
  let freeBefore = 0;
  for (let unit = firstUnit; unit < top; ) {
    const units = memory.get(unit, blockWord.units);
    const isFree = memory.isTagged(unit, blockTag.free);
    const isTaken =
      memory.isTagged(unit, blockTag.allocated) || memory.isTagged(unit, blockTag.owned);
    if (!(isFree || isTaken) || units < leastUnits || unit + units > top) {
      tell(walk, unit, "no block begins where one should: what follows cannot be looked at");
      return;
    }
    checkBefore(walk, unit, freeBefore);
    if (isTaken) {
      live += units;
      blocks++;
      const slack = memory.get(unit, blockWord.slack);
      if (slack > (units - 1) * unitByteLength) {
        tell(walk, unit, `a block of ${units} units has ${slack} bytes more than it needs`);
      }
    } else {
      if (freeBefore > 0) tell(walk, unit, "two free blocks side by side were not joined");
      free.set(unit, units);
    }
    freeBefore = isFree ? units : 0;
    unit += units;
  }
  checkBefore(walk, top, freeBefore);
  if (!memory.isTagged(top, blockTag.end)) tell(walk, top, "the mark of the end is overwritten");
  const counted = [
    ["units are allocated", headerWord.live, live],
    ["blocks are allocated", headerWord.blocks, blocks],
  ] as const;
  for (const [what, word, count] of counted) {
    if (header[word] === count) continue;
    tell(walk, word >>> 2, `the header says that ${header[word]} ${what}, there are ${count}`);
  }
}

function checkBefore(walk: Walk, unit: number, freeBefore: number): void {
  const before = walk.memory.get(unit, blockWord.before);
  if (before === freeBefore) return;
  tell(walk, unit, `a block says ${before} units before it are free, there are ${freeBefore}`);
}

function walkLists(walk: Walk): void {
  const { memory, free } = walk;
  const { header } = memory;
  const left = new Map(free);
  for (let index = 0; index < classCount; index++) {
    const head = header[headerWord.heads + index] as number;
    const group = index >>> 5;
    const bit = ((header[headerWord.classes + group] as number) >>> (index & 31)) & 1;
    if ((bit === 1) !== (head !== 0)) {
      tell(walk, (headerWord.classes + group) >>> 2, `class ${index} is marked ${bit}, wrongly`);
    }
    let previous = 0;
    for (let unit = head; unit !== 0; unit = memory.get(unit, blockWord.next)) {
      const units = left.get(unit);
      // What was seen is not in the map any more, so that no ring is followed for ever.
      if (units === undefined || classOf(units) !== index) {
        tell(walk, unit, `the list of class ${index} leads to what is no free block of its size`);
        break;
      }
      if (memory.get(unit, blockWord.previous) !== previous) {
        tell(walk, unit, "a free block does not lead back to the one before it in its list");
      }
      left.delete(unit);
      previous = unit;
    }
  }
  for (let group = 0; group < 32; group++) {
    const marked = ((header[headerWord.groups] as number) >>> group) & 1;
    const some = group < classCount / 32 && header[headerWord.classes + group] !== 0;
    if ((marked === 1) !== some) {
      tell(walk, headerWord.groups >>> 2, `group ${group} is marked ${marked}, wrongly`);
    }
  }
  for (const unit of left.keys()) tell(walk, unit, "a free block is in no list");
}
