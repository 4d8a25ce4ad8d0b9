// Numbers that are given out once each, in order, to threads and processes alike.

import { type Bytes, checkBytes } from "../arguments.js";
import { ResourceLimitError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { kinds, placeLayout, sequenceLayout } from "./layout.js";
import { Place } from "./place.js";

const greatest = Number.MAX_SAFE_INTEGER;

/**
 * A counter in mapped memory that gives out 1, 2, 3, … without a server. Memory that is all zero is
 * a new one.
 *
 * Every number is given out once, among all threads and processes; a number that is asked for after
 * another one was given out is greater than that; none is left out, but those that a process got
 * and did not use before it died. In a file, it goes on after a restart where the file's pages had
 * come to, which without `mapping.flush()` may be some numbers back after a loss of power.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { Sequence } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const ids = new Sequence(mapping, 0);
 * console.log(ids.next(), ids.next()); // prints 1 2
 * // 3 to 102 are ours:
 * console.log(ids.reserve(100)); // prints 3
 * mapping.close();
 * ```
 */
export class Sequence {
  /** Bytes of memory that a sequence takes. */
  static readonly byteLength: number = sequenceLayout.byteLength;

  readonly #place: Place;
  readonly #words: Int32Array;
  readonly #last: BigInt64Array;

  /**
   * @param byteOffset of the mapping: a multiple of 8.
   * @throws as {@link Mutex}.
   */
  constructor(mapping: Mapping, byteOffset: Bytes) {
    this.#place = new Place(kinds.sequence, mapping, byteOffset, Sequence.byteLength);
    const { words } = this.#place;
    this.#words = words;
    this.#last = new BigInt64Array(words.buffer, words.byteOffset + sequenceLayout.last, 1);
  }

  /**
   * The next number.
   *
   * @throws {@link ClosedError}; {@link DestroyedError} when its memory was overwritten or is gone;
   * {@link ResourceLimitError} after 2^53 - 1.
   */
  next(): number {
    if (this.#place.closed || this.#words[placeLayout.kind / 4] !== kinds.sequence) {
      this.#place.check();
    }
    const last = Number(Atomics.add(this.#last, 0, 1n));
    if (last < 0) throw this.#place.destroyed();
    if (last >= greatest) throw this.#exhausted(1);
    return last + 1;
  }

  /**
   * The next `count` numbers at once, all of them the caller's: gives the first.
   *
   * @throws as {@link Sequence.next}; {@link ArgumentRangeError}.
   */
  reserve(count: number): number {
    const taken = checkBytes("count", count, { least: 1, most: 2 ** 32, unit: "numbers" });
    this.#place.check();
    const last = Number(Atomics.add(this.#last, 0, BigInt(taken)));
    if (!(last >= 0)) throw this.#place.destroyed();
    if (last + taken > greatest) throw this.#exhausted(taken);
    return last + 1;
  }

  /** The latest number that was given out; 0 when none was. */
  get last(): number {
    this.#place.check();
    return Math.min(Number(Atomics.load(this.#last, 0)), greatest);
  }

  #exhausted(count: number): ResourceLimitError {
    // Stays at the end: what was added is taken away again.
    Atomics.sub(this.#last, 0, BigInt(count));
    return new ResourceLimitError(
      `${this.#place.name} has come to its end (${greatest}): start a new one in other memory`,
    );
  }
}
