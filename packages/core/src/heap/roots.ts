// Offsets with names: where a program finds its data again. Each is a block, in one chain.

import { allocateBlock, begin, finish, freeBlock } from "./allocator.js";
import { blockTag, headerWord, unitByteLength } from "./heap-layout.js";
import { firstUnit, type HeapMemory } from "./heap-memory.js";

//   A root, from its block's first word: the header, then
//   16      20      24            32
//   | next  | bytes | offset      | the name, in UTF-8 …
const rootWord = { next: 4, nameByteLength: 5, offsetLow: 6, offsetHigh: 7 } as const;
const nameAt = 32;

/** The longest name, in bytes of UTF-8. */
export const longestName = 1024;

interface Root {
  readonly unit: number;
  /** The word that leads to it. */
  readonly from: readonly [unit: number, word: number];
  readonly name: string;
  readonly byteOffset: number;
}

const headPlace: readonly [number, number] = [headerWord.roots >>> 2, headerWord.roots & 3];

/** All roots. The chain is as long as there are blocks at the most. */
export function* rootsOf(memory: HeapMemory): Generator<Root> {
  let from = headPlace;
  let most = memory.header[headerWord.blocks] as number;
  for (let unit = memory.get(...from); unit !== 0; unit = memory.get(...from)) {
    const known = unit >= firstUnit && unit < memory.top && memory.isTagged(unit, blockTag.owned);
    const length = known ? memory.get(unit, rootWord.nameByteLength) : 0;
    if (!known || length > longestName || most-- <= 0) {
      throw memory.corrupt(from[0], "leads to a root that is none");
    }
    const name = Buffer.from(memory.bytes(unit * unitByteLength + nameAt, length)).toString();
    const low = memory.get(unit, rootWord.offsetLow);
    const byteOffset = low + memory.get(unit, rootWord.offsetHigh) * 2 ** 32;
    yield { unit, from, name, byteOffset };
    from = [unit, rootWord.next];
  }
}

function findRoot(memory: HeapMemory, name: string): Root | undefined {
  for (const root of rootsOf(memory)) if (root.name === name) return root;
  return undefined;
}

export function getRoot(memory: HeapMemory, name: string): number | undefined {
  return findRoot(memory, name)?.byteOffset;
}

/** Gives a name to an offset, at once for whoever looks, now or after a crash. */
export function setRoot(memory: HeapMemory, name: string, byteOffset: number): void {
  const low = byteOffset >>> 0;
  const high = Math.floor(byteOffset / 2 ** 32);
  const known = findRoot(memory, name);
  if (known !== undefined) {
    begin(memory);
    memory.commit([
      [known.unit, rootWord.offsetLow, low],
      [known.unit, rootWord.offsetHigh, high],
    ]);
    finish(memory);
    return;
  }
  const text = Buffer.from(name);
  const byteLength = nameAt - unitByteLength + text.byteLength;
  const unit = allocateBlock(memory, { byteLength, alignment: 16, tag: blockTag.owned });
  memory.set(unit, rootWord.next, memory.get(...headPlace));
  memory.set(unit, rootWord.nameByteLength, text.byteLength);
  memory.set(unit, rootWord.offsetLow, low);
  memory.set(unit, rootWord.offsetHigh, high);
  memory.bytes(unit * unitByteLength + nameAt, text.byteLength).set(text);
  memory.commit([
    [...headPlace, unit],
    [headerWord.busy >>> 2, headerWord.busy & 3, 1],
  ]);
  finish(memory);
}

/** False when there was none. */
export function deleteRoot(memory: HeapMemory, name: string): boolean {
  const known = findRoot(memory, name);
  if (known === undefined) return false;
  begin(memory);
  memory.commit([
    [...known.from, memory.get(known.unit, rootWord.next)],
    [headerWord.freeing >>> 2, headerWord.freeing & 3, known.unit],
  ]);
  freeBlock(memory, known.unit);
  finish(memory);
  return true;
}
