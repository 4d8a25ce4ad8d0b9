// Mutual exclusion between threads and processes, which survives the death of who holds it.

import type { Bytes } from "../arguments.js";
import { MisuseError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { kinds, mutexLayout } from "./layout.js";
import { Place } from "./place.js";
import { notHeld, RobustLock } from "./robust-lock.js";
import { blockingTerms, checkTerms, type LockOptions } from "./terms.js";

/**
 * A lock in mapped memory that one thread at a time can hold, among all threads and processes that
 * map it. Memory that is all zero is an unlocked mutex.
 *
 * When the thread that holds it ends without unlocking (its process was killed, has crashed or
 * exited, the worker was terminated, the system was restarted, the mapping was closed), the next
 * one gets it within 100 ms, and its guard says so: `ownerDied`. Until someone calls
 * `markConsistent()`, every later guard says the same.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { Mutex } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const mutex = new Mutex(mapping, 0);
 * const counter = new Int32Array(mapping.buffer, Mutex.byteLength, 1);
 * const guard = await mutex.lock();
 * counter[0] = (counter[0] ?? 0) + 1;
 * guard.unlock();
 * mapping.close();
 * ```
 */
export class Mutex {
  /** Bytes of memory that a mutex takes. */
  static readonly byteLength: number = mutexLayout.byteLength;

  readonly #place: Place;
  readonly #lock: RobustLock;
  readonly #locking: string;

  /**
   * @param byteOffset of the mapping: a multiple of 8.
   * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError} for a wrong place;
   * {@link ClosedError}; {@link DestroyedError} when the memory holds something else;
   * {@link UnsupportedError} when processes of another PID namespace use it.
   */
  constructor(mapping: Mapping, byteOffset: Bytes) {
    this.#place = new Place(kinds.mutex, mapping, byteOffset, Mutex.byteLength);
    this.#lock = RobustLock.at(this.#place, mutexLayout.state);
    this.#locking = `locking ${this.#place.name}`;
  }

  /**
   * Takes the lock when it is its turn. The event loop stays free.
   *
   * @throws {@link MisuseError} when this thread holds it (see {@link LockOptions.queue});
   * {@link TimeoutError}; {@link AbortError}; {@link ClosedError} when the mapping is closed, also
   * while waiting; {@link DestroyedError} when its memory was overwritten or is gone.
   */
  async lock(options?: LockOptions): Promise<MutexGuard> {
    const terms = checkTerms(this.#locking, options);
    // Tasks of this thread that came first go first.
    const free = this.#lock.hasLine ? undefined : this.#lock.tryAcquire();
    const ownerDied = free ?? (await this.#lock.acquire(terms));
    return new MutexGuard(this.#lock, this.#place, ownerDied);
  }

  /**
   * Takes the lock, and waits for it on this thread.
   *
   * @param timeoutMs default: for ever.
   * @throws as {@link Mutex.lock}.
   */
  lockSync(timeoutMs?: number): MutexGuard {
    const terms = blockingTerms(this.#locking, timeoutMs);
    const ownerDied = this.#lock.tryAcquire() ?? this.#lock.acquireHere(terms);
    return new MutexGuard(this.#lock, this.#place, ownerDied);
  }

  /** Takes the lock if it is free or its owner has died; else gives undefined. Never waits. */
  tryLock(): MutexGuard | undefined {
    const ownerDied = this.#lock.tryAcquire();
    return ownerDied === undefined ? undefined : new MutexGuard(this.#lock, this.#place, ownerDied);
  }
}

/** Gives the lock of a guard back while a condition is waited for. */
export let suspendGuard: (guard: MutexGuard) => RobustLock;
/** The guard holds it again. */
export let resumeGuard: (guard: MutexGuard, ownerDied: boolean) => void;

/** A mutex that is held. Give it back with {@link MutexGuard.unlock} or `using`. */
export class MutexGuard {
  readonly #lock: RobustLock;
  readonly #place: Place;
  #held = true;
  #ownerDied: boolean;

  static {
    suspendGuard = (guard) => {
      guard.unlock();
      return guard.#lock;
    };
    resumeGuard = (guard, ownerDied) => {
      guard.#held = true;
      guard.#ownerDied = ownerDied;
    };
  }

  /** @internal */
  constructor(lock: RobustLock, place: Place, ownerDied: boolean) {
    if (!(lock instanceof RobustLock)) {
      throw new MisuseError("a guard is made by locking its mutex");
    }
    this.#lock = lock;
    this.#place = place;
    this.#ownerDied = ownerDied;
  }

  /**
   * An owner died with the mutex locked, and nobody has called {@link MutexGuard.markConsistent}
   * since: what it guards may be half-written.
   */
  get ownerDied(): boolean {
    return this.#ownerDied;
  }

  /** Whether the mutex is still held through this guard. */
  get held(): boolean {
    return this.#held && this.#lock.isHeld;
  }

  /** Says that what the mutex guards was looked at, and repaired where it had to be. */
  markConsistent(): void {
    if (!this.#held) throw notHeld(this.#place);
    this.#lock.markConsistent();
    this.#ownerDied = false;
  }

  /**
   * Gives the mutex back.
   *
   * @throws {@link MisuseError} when it was unlocked already; {@link ClosedError} when its mapping
   * is closed (which has given it back).
   */
  unlock(): void {
    if (!this.#held) throw notHeld(this.#place);
    this.#held = false;
    this.#lock.release();
  }

  /** Gives the mutex back, unless that was done. */
  [Symbol.dispose](): void {
    if (this.#held && this.#lock.isHeld) this.unlock();
  }
}
