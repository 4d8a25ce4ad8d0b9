// What RwLock, Semaphore and Barrier stand on: a lock around a few fields, an event that others
// wait for, and a table of who is in. A death anywhere leaves fields that are right: each change is
// the store of one word, and whoever finds the lock of the dead has everyone look again.

import { AbortError, TidemarkError } from "../errors.js";
import type { Region } from "../mapping/region.js";
import { monitorLayout } from "./layout.js";
import { OwnerTable } from "./owner-table.js";
import type { Place } from "./place.js";
import { RobustLock } from "./robust-lock.js";
import { foreverTerms, leftOf, type Terms } from "./terms.js";
import { TurnQueue } from "./turn-queue.js";
import { longestTurnMs, type WaitEnd, type WaitTerms } from "./waiting.js";

const event = monitorLayout.event / 4;
const sleepers = monitorLayout.sleepers / 4;
const everyone = 0x7fff_ffff;

/** What is tried under the lock. `sweep`: look for the dead, too. Undefined: not yet. */
export type Attempt<T> = (sweep: boolean) => T | undefined;

/** What an attempt gave, and the event to wait for without a result. */
type Tried<T> = readonly [result: T | undefined, event: number];

/** One for each primitive, mapping and thread. */
const monitors = new WeakMap<Region, Map<number, Monitor>>();

export class Monitor {
  readonly place: Place;
  readonly table: OwnerTable;
  readonly line: TurnQueue;
  readonly #lock: RobustLock;
  readonly #watched: WaitTerms["owners"];
  readonly #forever: Terms;
  #changed = false;
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** What becomes, at the close, of what this thread has in the table through this mapping. */
  onClosing: () => void = () => undefined;

  /** The monitor of a place: the same one for every object there. */
  static at(place: Place): Monitor {
    const { region } = place;
    const all = monitors.get(region) ?? new Map<number, Monitor>();
    monitors.set(region, all);
    const found = all.get(place.byteOffset);
    // Memory that was emptied may have become a primitive of another kind.
    if (found?.place.kind === place.kind) return found;
    const monitor = new Monitor(place);
    all.set(place.byteOffset, monitor);
    return monitor;
  }

  private constructor(place: Place) {
    this.place = place;
    this.table = new OwnerTable(place);
    this.line = new TurnQueue(place.region);
    this.#forever = foreverTerms(`using ${place.name}`);
    const byteOffset = place.byteOffset + monitorLayout.slots;
    this.#watched = { byteOffset, count: monitorLayout.slotCount };
    // Before the lock's own: what is done at the close is done under it.
    place.region.closing.add(() => this.#close());
    this.#lock = RobustLock.at(place, monitorLayout.state);
  }

  /** Has those look again that wait: to be said where something changed for others. */
  changed(): void {
    this.#changed = true;
  }

  /** Runs `body` under the lock. */
  run<T>(body: () => T): T {
    this.#enterHere();
    let result: T;
    try {
      result = body();
    } finally {
      this.#leave(false);
    }
    return result;
  }

  /** One attempt; the dead are looked for now and then. */
  try<T>(attempt: Attempt<T>): T | undefined {
    return this.run(() => {
      const first = attempt(false);
      const now = performance.now();
      if (first !== undefined || now - this.#sweptAt < longestTurnMs) return first;
      this.#sweptAt = now;
      return attempt(true);
    });
  }

  /** Attempts until one succeeds, waiting on this thread. */
  waitHere<T>(terms: Terms, attempt: Attempt<T>): T {
    let sweep = false;
    for (;;) {
      this.#enterHere();
      const [result, seen]: Tried<T> = this.#attempt(attempt, sweep);
      if (result !== undefined) return result;
      const turnMs = Math.min(leftOf(terms), longestTurnMs);
      sweep = this.place.waitHere(event, seen, turnMs) === "timed-out";
    }
  }

  /** Attempts until one succeeds, waiting for a promise. */
  async waitFor<T>(terms: Terms, attempt: Attempt<T>): Promise<T> {
    let sweep = false;
    for (;;) {
      // The lock is never held over an await: other code of this thread would meet it.
      let ownerDied = this.#lock.tryAcquire();
      while (ownerDied === undefined) {
        await this.#lock.whenFree(terms);
        ownerDied = this.#lock.tryAcquireAfterWait();
      }
      this.#entered(ownerDied);
      const [result, seen]: Tried<T> = this.#attempt(attempt, sweep);
      if (result !== undefined) return result;
      sweep = (await this.#waitFor(seen, terms)) !== "woken";
    }
  }

  async #waitFor(seen: number, terms: Terms): Promise<WaitEnd> {
    const timeoutMs = leftOf(terms);
    const { signal } = terms;
    try {
      return await this.place.waitFor(event, seen, { timeoutMs, signal, owners: this.#watched });
    } catch (error) {
      if (!(error instanceof AbortError)) throw error;
      throw new AbortError(terms.what, signal?.reason);
    }
  }

  // ---- The lock

  #enterHere(): void {
    this.#entered(this.#lock.tryAcquire() ?? this.#lock.acquireHere(this.#forever));
  }

  #entered(ownerDied: boolean): void {
    // Whoever died in here may have changed something, and woken nobody.
    this.#changed = ownerDied;
    if (ownerDied) this.#lock.markConsistent();
  }

  /** Tries, and leaves; without a result it is known that someone waits for the event. */
  #attempt<T>(attempt: Attempt<T>, sweep: boolean): Tried<T> {
    let result: T | undefined;
    let sleeps = false;
    let seen: number;
    try {
      result = attempt(sweep);
      sleeps = result === undefined;
    } finally {
      seen = this.#leave(sleeps);
    }
    return [result, seen];
  }

  #leave(sleeps: boolean): number {
    const { words } = this.place;
    let wakes = false;
    if (this.#changed) {
      Atomics.add(words, event, 1);
      wakes = Atomics.exchange(words, sleepers, 0) !== 0;
    }
    if (sleeps) Atomics.store(words, sleepers, 1);
    const seen = Atomics.load(words, event);
    this.#lock.release();
    if (wakes) this.place.wake(event, everyone);
    return seen;
  }

  #close(): void {
    try {
      this.onClosing();
    } catch (error) {
      // Its memory is gone or overwritten: nobody is left to be told.
      if (!(error instanceof TidemarkError)) throw error;
    }
  }
}
