// Many readers or one writer, between threads and processes, surviving the death of either.

import type { Bytes } from "../arguments.js";
import { MisuseError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { Hold, HoldGuard } from "./hold-guard.js";
import { kinds, monitorLayout, rwLockLayout } from "./layout.js";
import { type Attempt, Monitor } from "./monitor.js";
import { slotFlag } from "./owner-table.js";
import { Place } from "./place.js";
import { blockingTerms, checkTerms, type LockOptions, type Terms } from "./terms.js";

const writer = 0;
const readers = 1;
const died = rwLockLayout.died / 4;

/**
 * A lock in mapped memory that either any number of readers (of up to 23 threads at a time; further
 * ones wait) or one writer can hold. A writer that waits keeps new readers out, so that it comes to
 * its turn. Memory that is all zero is an unlocked one.
 *
 * A reader that ends without unlocking is forgotten. After a writer that does, `ownerDied` is true
 * for everyone until a writer calls `markConsistent()`.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { RwLock } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const lock = new RwLock(mapping, 0);
 * const writing = await lock.writeLock({ timeoutMs: 1000 });
 * mapping.bytes(RwLock.byteLength, 5).fill(7);
 * writing.unlock();
 * const reading = lock.readLockSync();
 * console.log(mapping.bytes(RwLock.byteLength, 5));
 * reading.unlock();
 * mapping.close();
 * ```
 */
export class RwLock {
  /** Bytes of memory that a read-write lock takes. */
  static readonly byteLength: number = monitorLayout.byteLength;

  readonly #place: Place;
  readonly #monitor: Monitor;
  readonly #holds: Holds;

  /**
   * @param byteOffset of the mapping: a multiple of 8.
   * @throws as {@link Mutex}.
   */
  constructor(mapping: Mapping, byteOffset: Bytes) {
    this.#place = new Place(kinds.rwLock, mapping, byteOffset, RwLock.byteLength);
    this.#monitor = Monitor.at(this.#place);
    this.#holds = Holds.of(this.#monitor);
  }

  /**
   * Takes the lock for reading. A task that holds it for reading and awaits it again waits behind
   * writers that wait for the first: do not.
   *
   * @throws {@link MisuseError} when this thread holds it for writing (see
   * {@link LockOptions.queue}); {@link TimeoutError}; {@link AbortError}; {@link ClosedError};
   * {@link DestroyedError}.
   */
  async readLock(options?: LockOptions): Promise<ReadGuard> {
    const terms = checkTerms(`reading under ${this.#place.name}`, options);
    if (!terms.queue) this.#refuse(() => this.#holds.isWriting);
    return await this.#wait(terms, this.#holds.reading(false));
  }

  /** The same, waiting on this thread. @param timeoutMs default: for ever. */
  readLockSync(timeoutMs?: number): ReadGuard {
    const terms = blockingTerms(`reading under ${this.#place.name}`, timeoutMs);
    this.#refuse(() => this.#holds.isWriter);
    return this.#monitor.waitHere(terms, this.#holds.reading(true));
  }

  /** Takes the lock for reading if no writer has it or waits for it; else gives undefined. */
  tryReadLock(): ReadGuard | undefined {
    return this.#monitor.try(this.#holds.reading(true));
  }

  /**
   * Takes the lock for writing.
   *
   * @throws {@link MisuseError} when this thread holds it for reading or writing (see
   * {@link LockOptions.queue}); {@link TimeoutError}; {@link AbortError}; {@link ClosedError};
   * {@link DestroyedError}.
   */
  async writeLock(options?: LockOptions): Promise<WriteGuard> {
    const terms = checkTerms(`writing under ${this.#place.name}`, options);
    if (!terms.queue) this.#refuse(() => this.#holds.isWriting || this.#holds.isReader);
    const claim = new Claim();
    try {
      return await this.#wait(terms, this.#holds.writing(claim));
    } finally {
      this.#holds.giveUp(claim);
    }
  }

  /** The same, waiting on this thread. @param timeoutMs default: for ever. */
  writeLockSync(timeoutMs?: number): WriteGuard {
    const terms = blockingTerms(`writing under ${this.#place.name}`, timeoutMs);
    this.#refuse(() => this.#holds.isWriter || this.#holds.isReader);
    const claim = new Claim();
    try {
      return this.#monitor.waitHere(terms, this.#holds.writing(claim));
    } finally {
      this.#holds.giveUp(claim);
    }
  }

  /** Takes the lock for writing if it is free; else gives undefined. */
  tryWriteLock(): WriteGuard | undefined {
    return this.#monitor.try(this.#holds.writing(undefined));
  }

  async #wait<T>(terms: Terms, attempt: Attempt<T>): Promise<T> {
    const leave = await this.#monitor.line.enter(terms);
    try {
      return await this.#monitor.waitFor(terms, attempt);
    } finally {
      leave();
    }
  }

  #refuse(isHeld: () => boolean): void {
    this.#place.check();
    if (!isHeld()) return;
    throw new MisuseError(
      `${this.#place.name} is held by this thread already, or waited for by one of its tasks, ` +
        "which would wait for itself: unlock it first, or let tasks of one thread wait with " +
        "{ queue: true }",
    );
  }
}

/** A read-write lock that is held for reading. */
export class ReadGuard extends HoldGuard {
  /**
   * Gives the lock back.
   *
   * @throws {@link MisuseError} when that was done already; {@link ClosedError} when the mapping is
   * closed (which has given it back).
   */
  unlock(): void {
    this.end("given-back");
  }
}

/** A read-write lock that is held for writing. */
export class WriteGuard extends ReadGuard {
  /** Says that what the lock guards was looked at, and repaired where it had to be. */
  markConsistent(): void {
    this.mark();
  }
}

/** The claim of one writer that waits: no new readers come, and no other writer. */
class Claim {
  isMade = false;
}

/** What this thread has of a lock, through one mapping. */
class Holds {
  static readonly #all = new WeakMap<Monitor, Holds>();
  readonly #monitor: Monitor;
  #reads = 0;
  #writes = false;
  #claim: Claim | undefined;

  static of(monitor: Monitor): Holds {
    const holds = Holds.#all.get(monitor) ?? new Holds(monitor);
    Holds.#all.set(monitor, holds);
    return holds;
  }

  private constructor(monitor: Monitor) {
    this.#monitor = monitor;
    monitor.onClosing = () => this.#abandon();
  }

  /** This thread has it for writing, or one of its tasks waits for that. */
  get isWriter(): boolean {
    return this.#monitor.table.isOwn(writer);
  }

  get isWriting(): boolean {
    return this.isWriter && (this.#monitor.table.token(writer) & slotFlag) !== 0;
  }

  get isReader(): boolean {
    return this.#monitor.table.own(readers) !== undefined;
  }

  /** `again`: a thread that reads already may read again although a writer waits. */
  reading(again: boolean): Attempt<ReadGuard> {
    return (sweep) => {
      const { table } = this.#monitor;
      if (sweep) this.#sweep();
      const own = table.own(readers);
      const token = table.token(writer);
      const isOpen = token === 0 || (again && own !== undefined && (token & slotFlag) === 0);
      if (!isOpen) return undefined;
      const slot = own ?? table.free(readers);
      if (slot === undefined) return undefined;
      if (own === undefined) table.take(slot, 0);
      else table.add(slot, 1);
      this.#reads++;
      const release = (): void => {
        this.#reads--;
        table.add(slot, -1);
      };
      return new ReadGuard(this.#hold(release));
    };
  }

  writing(claim: Claim | undefined): Attempt<WriteGuard> {
    return (sweep) => {
      const { table } = this.#monitor;
      if (sweep) this.#sweep();
      if (claim?.isMade !== true) {
        if (table.token(writer) !== 0) return undefined;
        if (claim === undefined && !this.#isEmpty()) return undefined;
        table.take(writer, 0);
        if (claim !== undefined) claim.isMade = true;
        this.#claim = claim;
      }
      if (!this.#isEmpty()) return undefined;
      table.setFlag(writer);
      if (claim !== undefined) claim.isMade = false;
      this.#claim = undefined;
      this.#writes = true;
      const release = (): void => {
        this.#writes = false;
        table.clear(writer);
      };
      return new WriteGuard(this.#hold(release));
    };
  }

  /** The writer that has made this claim waits no more. */
  giveUp(claim: Claim): void {
    if (!claim.isMade || this.#monitor.place.closed) return;
    claim.isMade = false;
    this.#claim = undefined;
    this.#monitor.run(() => {
      this.#monitor.table.clear(writer);
      this.#monitor.changed();
    });
  }

  #hold(release: () => void): Hold {
    return new Hold(this.#monitor, died, () => {
      release();
      this.#monitor.changed();
    });
  }

  #isEmpty(): boolean {
    const { table } = this.#monitor;
    for (let slot = readers; slot < monitorLayout.slotCount; slot++) {
      if (table.token(slot) !== 0) return false;
    }
    return true;
  }

  #sweep(): void {
    const { table, place } = this.#monitor;
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) {
      if (!table.isDead(slot)) continue;
      // ORDER: said before the writer is gone: whoever takes its place must know.
      const wrote = slot === writer && (table.token(slot) & slotFlag) !== 0;
      if (wrote) Atomics.store(place.words, died, 1);
      table.clear(slot);
      this.#monitor.changed();
    }
  }

  /** The mapping is being closed: to others this thread has died. */
  #abandon(): void {
    if (this.#reads === 0 && !this.#writes && this.#claim === undefined) return;
    this.#monitor.run(() => {
      const { table, place } = this.#monitor;
      if (this.#writes) Atomics.store(place.words, died, 1);
      if (this.#writes || this.#claim !== undefined) table.clear(writer);
      const slot = table.own(readers);
      if (slot !== undefined && this.#reads > 0) table.add(slot, -this.#reads);
      this.#monitor.changed();
    });
  }
}
