// Where a heap keeps what it knows of itself, and each block of itself. All 32-bit words,
// little-endian. Places are counted in units of 16 bytes, so that one word reaches 64 GiB.

/** Bytes of a unit. Blocks begin and end where units do. */
export const unitByteLength = 16;
export const wordsPerUnit = 4;

/** The most units that a heap can have: what a word can count. */
export const mostUnits: number = 2 ** 32 - 1;

//   The heap's first page. `lock` is a mutex of `@tidemark/core/sync`.
//   0       8        12      16       20     24    28       32      36       40     44
//   | magic | format | top   | owned  | busy | freeing | live   | blocks | roots | lock at 64 …
//
//   top      the unit where the last block ends: the sentinel's
//   busy     0: nobody changes the heap. 1: someone does. Else the block that is being allocated,
//            which is nobody's if the change is never finished
//   freeing  a block that goes when the change that is being made is made
//   live     units of allocated blocks, headers included
//   log      words that are being changed together: count, then pairs of (word, value)
export const headerWord = {
  magic: 0,
  format: 2,
  top: 3,
  busy: 4,
  freeing: 5,
  live: 6,
  blocks: 7,
  roots: 8,
  lock: 16,
  logCount: 32,
  log: 34,
  /** Which classes of sizes have free blocks: a bit for each group, then words of bits by group. */
  groups: 64,
  classes: 65,
  /** The first free block of each class, or 0. */
  heads: 96,
} as const;

/** The eight bytes at its start, as two words: "TMHEAP\0\1" reads so in a dump. */
export const heapMagic: readonly [number, number] = [0x45484d54, 0x01005041];
export const heapFormat = 1;

/** Changes that the log takes at once; each is a word's index (two words) and its value. */
export const logEntryWords = 3;
export const mostLogEntries = 10;

//   A block: a header of one unit, then what it holds. Offsets that programs have are of the second
//   unit.
//   0       4        8      12      16
//   | units | before | tag  | slack | …
//
//   units   of the block, its header included
//   before  units of the block before it if that is free, else 0
//   tag     what it is; mixed with its place, so that no copy of a header passes for one
//   slack   bytes at its end that were not asked for
//
//   A free block holds the next and the previous free block of its class.
export const blockWord = {
  units: 0,
  before: 1,
  tag: 2,
  slack: 3,
  next: 4,
  previous: 5,
} as const;

/** A block's tag is one of these, exclusive-or {@link tagMix} of its unit. */
export const blockTag = {
  free: 0x66726565,
  /** The program's. */
  allocated: 0x616c6c6f,
  /** A list's or a root's: not the program's to free. */
  owned: 0x6f776e65,
  /** Where the last block ends. */
  end: 0x656e6421,
} as const;

/** The least block: a header, and room for the links of a free one. */
export const leastUnits = 2;

/** Knuth's multiplicative hash: neighbouring places get tags far apart. */
export function tagMix(unit: number): number {
  return Math.imul(unit, 0x9e3779b1) >>> 0;
}
