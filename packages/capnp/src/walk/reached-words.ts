// Which words of a message were reached: a bit for each, but for stretches that all were, or none.

/** Words that one block of bits tells of. */
const blockWords = 2 ** 15;
const blockHalves = blockWords / 32;

/** Stands for a block of which every word was reached. */
const full = new Uint32Array(0);

/**
 * The words of one segment. A message is mostly walked in the order of its words, so that few
 * blocks are partly reached at a time; at the worst, bits take a 64th of the message.
 */
export class ReachedWords {
  readonly #blocks: (Uint32Array | undefined)[] = [];
  readonly #counts: number[] = [];
  /** How many there are. */
  count = 0;

  /** Adds the words from `first` on; false when one of them was there: some may be added then. */
  add(first: number, words: number): boolean {
    let at = first;
    let left = words;
    while (left > 0) {
      const from = at % blockWords;
      const count = Math.min(left, blockWords - from);
      if (!this.#addTo((at - from) / blockWords, from, count)) return false;
      at += count;
      left -= count;
    }
    this.count += words;
    return true;
  }

  #addTo(index: number, from: number, count: number): boolean {
    let block = this.#blocks[index];
    if (block === full) return false;
    if (block === undefined) {
      while (this.#blocks.length <= index) {
        this.#blocks.push(undefined);
        this.#counts.push(0);
      }
      if (count === blockWords) {
        this.#blocks[index] = full;
        return true;
      }
      block = new Uint32Array(blockHalves);
      this.#blocks[index] = block;
    }
    if (!setBits(block, from, from + count - 1)) return false;
    const reached = (this.#counts[index] as number) + count;
    this.#counts[index] = reached;
    if (reached === blockWords) this.#blocks[index] = full;
    return true;
  }
}

/** Sets the bits from the first to the last; false when one of them was set. */
function setBits(block: Uint32Array, first: number, last: number): boolean {
  const begin = first >>> 5;
  const end = last >>> 5;
  let mask = -1 << (first & 31);
  for (let index = begin; index <= end; index++) {
    if (index === end) mask &= -1 >>> (31 - (last & 31));
    const bits = block[index] as number;
    if ((bits & mask) !== 0) return false;
    block[index] = bits | mask;
    mask = -1;
  }
  return true;
}
