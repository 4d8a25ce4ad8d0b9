// What the next one does when a process died while it changed a heap: finishes or undoes the
// change, and makes lists and counts anew from the blocks.

import { clearLists, insertFree } from "./free-lists.js";
import { blockTag, blockWord, headerWord, leastUnits } from "./heap-layout.js";
import { firstUnit, type HeapMemory } from "./heap-memory.js";

/** Takes time in proportion to the number of blocks. */
export function recover(memory: HeapMemory): void {
  const { header } = memory;
  memory.replay();
  const busy = header[headerWord.busy] as number;
  // Of a change that was not finished: what it allocated is nobody's; what it was to free, once
  // that was decided, goes.
  const undone = busy > 1 ? busy : 0;
  const gone = busy > 1 ? 0 : (header[headerWord.freeing] as number);
  header[headerWord.busy] = Math.max(busy, 1);
  const { top } = memory;
  if (top < firstUnit || top > memory.limit) throw memory.corrupt(0, "says where no heap can end");
  clearLists(memory);
  let live = 0;
  let blocks = 0;
  let freeStart = 0;
  let freeUnits = 0;
  for (let unit = firstUnit; unit < top; ) {
    const units = checkedUnits(memory, unit);
    const isFree = memory.isTagged(unit, blockTag.free);
    if (isFree || unit === undone || unit === gone) {
      if (!isFree) memory.setTag(unit, blockTag.free);
      if (freeUnits === 0) freeStart = unit;
      freeUnits += units;
      memory.set(freeStart, blockWord.units, freeUnits);
    } else {
      live += units;
      blocks++;
      memory.set(unit, blockWord.before, freeUnits);
      if (freeUnits > 0) insertFree(memory, freeStart, freeUnits);
      freeUnits = 0;
    }
    unit += units;
  }
  memory.writeEnd(top);
  memory.set(top, blockWord.before, freeUnits);
  if (freeUnits > 0) insertFree(memory, freeStart, freeUnits);
  header[headerWord.live] = live;
  header[headerWord.blocks] = blocks;
  header[headerWord.freeing] = 0;
  // ORDER: until here, whoever comes next would do it all again.
  header[headerWord.busy] = 0;
}

/** The units of a block in the chain. */
function checkedUnits(memory: HeapMemory, unit: number): number {
  const units = memory.get(unit, blockWord.units);
  const known =
    memory.isTagged(unit, blockTag.free) ||
    memory.isTagged(unit, blockTag.allocated) ||
    memory.isTagged(unit, blockTag.owned);
  if (known && units >= leastUnits && unit + units <= memory.top) return units;
  throw memory.corrupt(unit, "should be a block's header, and is none");
}
