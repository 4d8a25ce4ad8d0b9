// Waiting, with a mutex given back meanwhile, until another thread or process says that something
// has changed.

import { type Bytes, checkBytes, shown } from "../arguments.js";
import { AbortError, ArgumentTypeError, TidemarkError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { conditionLayout, kinds } from "./layout.js";
import { MutexGuard, resumeGuard, suspendGuard } from "./mutex.js";
import { Place } from "./place.js";
import { blockingTerms, checkTerms, foreverTerms, leftOf, type Terms } from "./terms.js";
import type { WaitOptions } from "./wait-options.js";
import { longestTurnMs } from "./waiting.js";

const notices = conditionLayout.notices / 4;
const most = 0x7fff_ffff;

/**
 * A condition in mapped memory, to wait for under a {@link Mutex}. Memory that is all zero is a new
 * one.
 *
 * A wait may end without a notice, as with every condition of this kind: so wait in a loop that
 * looks whether what it waits for is there. After a wait the mutex is held again, and the guard's
 * `ownerDied` says whether an owner died meanwhile. One that waits and dies is forgotten; the
 * notice it may have got is one for another.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { Condition, Mutex } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const mutex = new Mutex(mapping, 0);
 * const changed = new Condition(mapping, 64);
 * const state = new Int32Array(mapping.buffer, 128, 1);
 *
 * async function consume(): Promise<void> {
 *   const guard = await mutex.lock({ queue: true });
 *   while (state[0] === 0) await changed.wait(guard);
 *   guard.unlock();
 * }
 * const consumed = consume();
 * const guard = await mutex.lock({ queue: true });
 * state[0] = 1;
 * changed.notify();
 * guard.unlock();
 * await consumed;
 * mapping.close();
 * ```
 */
export class Condition {
  /** Bytes of memory that a condition takes. */
  static readonly byteLength: number = conditionLayout.byteLength;

  readonly #place: Place;
  readonly #waiting: string;

  /**
   * @param byteOffset of the mapping: a multiple of 8.
   * @throws as {@link Mutex}.
   */
  constructor(mapping: Mapping, byteOffset: Bytes) {
    this.#place = new Place(kinds.condition, mapping, byteOffset, Condition.byteLength);
    this.#waiting = `waiting for ${this.#place.name}`;
  }

  /**
   * Gives the mutex of `guard` back, waits for a notice, and takes the mutex again, however the
   * wait ended: also after a {@link TimeoutError} and an {@link AbortError} the guard holds it.
   *
   * @throws {@link MisuseError} when the guard does not hold its mutex; {@link TimeoutError};
   * {@link AbortError}; {@link ClosedError} and {@link DestroyedError}, when the memory is gone.
   */
  async wait(guard: MutexGuard, options?: WaitOptions): Promise<void> {
    const terms = checkTerms(this.#waiting, options);
    const seen = this.#enter(guard);
    const lock = suspendGuard(guard);
    const trouble = await this.#waitFor(seen, terms);
    resumeGuard(guard, lock.tryAcquire() ?? (await lock.acquire(foreverTerms(this.#waiting))));
    if (trouble !== undefined) throw trouble;
  }

  /** The same, waiting on this thread. @param timeoutMs default: for ever. */
  waitSync(guard: MutexGuard, timeoutMs?: number): void {
    const terms = blockingTerms(this.#waiting, timeoutMs);
    const seen = this.#enter(guard);
    const lock = suspendGuard(guard);
    const trouble = this.#waitHere(seen, terms);
    resumeGuard(guard, lock.tryAcquire() ?? lock.acquireHere(foreverTerms(this.#waiting)));
    if (trouble !== undefined) throw trouble;
  }

  /** Wakes `count` of those that wait (or more, which the loop of each will notice). */
  notify(count = 1): void {
    const woken = checkBytes("count", count, { least: 1, most, unit: "waiters" });
    this.#place.check();
    Atomics.add(this.#place.words, notices, 1);
    this.#place.wake(notices, woken);
  }

  /** Wakes all that wait. */
  notifyAll(): void {
    this.notify(most);
  }

  #enter(guard: unknown): number {
    if (!(guard instanceof MutexGuard)) {
      throw new ArgumentTypeError(`guard must be one of a mutex, got ${shown(guard)}`);
    }
    this.#place.check();
    // ORDER: read while the mutex is held: a notice after it was given back is seen.
    return Atomics.load(this.#place.words, notices);
  }

  async #waitFor(seen: number, terms: Terms): Promise<TidemarkError | undefined> {
    const { signal } = terms;
    try {
      while (Atomics.load(this.#place.words, notices) === seen) {
        const end = await this.#place.waitFor(notices, seen, { timeoutMs: leftOf(terms), signal });
        if (end === "woken") break;
      }
      return undefined;
    } catch (error) {
      if (error instanceof AbortError) return new AbortError(terms.what, signal?.reason);
      return troubleOf(error);
    }
  }

  #waitHere(seen: number, terms: Terms): TidemarkError | undefined {
    try {
      while (Atomics.load(this.#place.words, notices) === seen) {
        const turnMs = Math.min(leftOf(terms), longestTurnMs);
        if (this.#place.waitHere(notices, seen, turnMs) === "woken") break;
      }
      return undefined;
    } catch (error) {
      return troubleOf(error);
    }
  }
}

function troubleOf(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  throw error;
}
