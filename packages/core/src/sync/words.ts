// What Atomics.wait and Atomics.notify are inside a process, for words of mapped memory, between
// processes as well: to build other things from.

import { type Bytes, checkBytes, shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { checkMapping } from "./place.js";
import { blockingTerms, checkTerms, leftOf } from "./terms.js";
import type { WaitOptions } from "./wait-options.js";
import { longestTurnMs, waitFor, waitHere, wake as wakeWord } from "./waiting.js";

const what = "waiting for a word";

/**
 * Waits while the 32-bit word at `byteOffset` is `value`. May also end for no reason: look at the
 * word again. Whoever changes it calls {@link wake} afterwards.
 *
 * @param byteOffset of the mapping: a multiple of 4.
 * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError}; {@link TimeoutError};
 * {@link AbortError}; {@link ClosedError} when the mapping is closed, also while waiting;
 * {@link DestroyedError} when the memory is gone.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { waitWhile, wake } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const words = new Int32Array(mapping.buffer);
 * const waiting = waitWhile(mapping, 0, 0, { timeoutMs: 1000 });
 * Atomics.store(words, 0, 1);
 * wake(mapping, 0);
 * await waiting;
 * mapping.close();
 * ```
 */
export async function waitWhile(
  mapping: Mapping,
  byteOffset: Bytes,
  value: number,
  options?: WaitOptions,
): Promise<void> {
  const terms = checkTerms(what, options);
  const offset = checkWord(mapping, byteOffset);
  const checked = checkValue(value);
  const { signal } = terms;
  const end = await waitFor(mapping, offset, checked, { timeoutMs: leftOf(terms), signal });
  if (end === "timed-out") leftOf(terms);
}

/** The same, waiting on this thread. @param timeoutMs default: for ever. */
export function waitWhileSync(
  mapping: Mapping,
  byteOffset: Bytes,
  value: number,
  timeoutMs?: number,
): void {
  const terms = blockingTerms(what, timeoutMs);
  const offset = checkWord(mapping, byteOffset);
  const checked = checkValue(value);
  for (;;) {
    const turnMs = Math.min(leftOf(terms), longestTurnMs);
    if (waitHere(mapping, offset, checked, turnMs) === "woken") return;
  }
}

/** Wakes up to `count` that wait for a word (default all), in any thread or process. */
export function wake(mapping: Mapping, byteOffset: Bytes, count = 0x7fff_ffff): void {
  const offset = checkWord(mapping, byteOffset);
  wakeWord(mapping, offset, checkBytes("count", count, { most: 0x7fff_ffff, unit: "waiters" }));
}

function checkWord(mapping: Mapping, byteOffset: Bytes): number {
  const region = checkMapping(mapping);
  if (region.lead % 4 !== 0) {
    throw new ArgumentRangeError(
      `mapping must start at a multiple of 4 in its file, got ${region.spec.byteOffset}`,
    );
  }
  const most = region.spec.byteLength - 4;
  return checkBytes("byteOffset", byteOffset, { most, multipleOf: 4 });
}

function checkValue(value: unknown): number {
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`value must be a number, got ${shown(value)}`);
  }
  const word = value | 0;
  if (word === value || word >>> 0 === value) return word;
  throw new ArgumentRangeError(
    `value must be a whole number from -2^31 to 2^32 - 1, as a 32-bit word is, got ${value}`,
  );
}
