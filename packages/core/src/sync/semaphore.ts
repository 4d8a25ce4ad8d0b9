// A number of permits, shared by threads and processes; those of the dead come back.

import { type Bytes, checkBytes, checkOptions } from "../arguments.js";
import { ArgumentRangeError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { Hold, HoldGuard } from "./hold-guard.js";
import { kinds, monitorLayout, semaphoreLayout } from "./layout.js";
import { Monitor } from "./monitor.js";
import { Place } from "./place.js";
import { blockingTerms, checkTerms, type Terms } from "./terms.js";
import type { WaitOptions } from "./wait-options.js";

const limitIndex = semaphoreLayout.limit / 4;
const extraIndex = semaphoreLayout.extra / 4;
const diedIndex = semaphoreLayout.died / 4;
const most = 0x3fff_ffff;

/** Options of a {@link Semaphore}. */
export interface SemaphoreOptions {
  /** The permits there are in the beginning. All who use it must say the same. Default 0. */
  readonly permits?: number | undefined;
}

/**
 * Permits in mapped memory, which threads (up to 24 at a time) acquire and give back. Memory that
 * is all zero is one with all its permits free.
 *
 * A permit whose holder ends without giving it back comes back, and `ownerDied` is true for those
 * who acquire from then on, until one calls `markConsistent()`. To pass on a permit for each thing
 * that is ready, the one side calls `release()`, the other acquires and calls `consume()`.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { Semaphore } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const connections = new Semaphore(mapping, 0, { permits: 4 });
 * const permit = await connections.acquire({ timeoutMs: 1000 });
 * console.log(connections.available); // prints 3
 * permit.release();
 * mapping.close();
 * ```
 */
export class Semaphore {
  /** Bytes of memory that a semaphore takes. */
  static readonly byteLength: number = monitorLayout.byteLength;

  readonly #place: Place;
  readonly #monitor: Monitor;
  readonly #permits: Permits;
  readonly #acquiring: string;

  /**
   * @param byteOffset of the mapping: a multiple of 8.
   * @throws as {@link Mutex}; {@link ArgumentRangeError} when others use it with another number of
   * permits.
   */
  constructor(mapping: Mapping, byteOffset: Bytes, options?: SemaphoreOptions) {
    const { permits = 0 } = checkOptions("options", options, ["permits"]);
    const limit = checkCount("options.permits", permits, 0);
    this.#place = new Place(kinds.semaphore, mapping, byteOffset, Semaphore.byteLength);
    this.#monitor = Monitor.at(this.#place);
    this.#permits = Permits.of(this.#monitor);
    this.#acquiring = `acquiring a permit of ${this.#place.name}`;
    const { words } = this.#place;
    const before = Atomics.compareExchange(words, limitIndex, 0, limit + 1) || limit + 1;
    if (before !== limit + 1) {
      throw new ArgumentRangeError(
        `options.permits must be ${before - 1}, as for others who use ${this.#place.name}, ` +
          `got ${limit}`,
      );
    }
  }

  /** Permits that are free now. */
  get available(): number {
    return this.#monitor.run(() => this.#permits.available);
  }

  /**
   * Acquires a permit.
   *
   * @throws {@link TimeoutError}; {@link AbortError}; {@link ClosedError} when the mapping is
   * closed, also while waiting; {@link DestroyedError} when its memory was overwritten or is gone.
   */
  async acquire(options?: WaitOptions): Promise<Permit> {
    const terms: Terms = checkTerms(this.#acquiring, options);
    const leave = await this.#monitor.line.enter(terms);
    try {
      return await this.#monitor.waitFor(terms, (sweep) => this.#permits.take(sweep));
    } finally {
      leave();
    }
  }

  /** The same, waiting on this thread. @param timeoutMs default: for ever. */
  acquireSync(timeoutMs?: number): Permit {
    const terms = blockingTerms(this.#acquiring, timeoutMs);
    return this.#monitor.waitHere(terms, (sweep) => this.#permits.take(sweep));
  }

  /** Acquires a permit if one is free; else gives undefined. */
  tryAcquire(): Permit | undefined {
    return this.#monitor.try((sweep) => this.#permits.take(sweep));
  }

  /**
   * Adds permits that were not there before.
   *
   * @throws {@link ArgumentRangeError} beyond 2^30 - 1 in all.
   */
  release(count = 1): void {
    const added = checkCount("count", count, 1);
    this.#monitor.run(() => this.#permits.add(added));
  }
}

/** A permit that was acquired. Give it back with {@link Permit.release} or `using`. */
export class Permit extends HoldGuard {
  /**
   * Gives the permit back.
   *
   * @throws {@link MisuseError} when that was done already; {@link ClosedError} when the mapping is
   * closed (which has given it back).
   */
  release(): void {
    this.end("given-back");
  }

  /** Takes the permit out for good: it was the sign of something that is used up now. */
  consume(): void {
    this.end("used-up");
  }

  /** Says that what the permits stand for was looked at, and repaired where it had to be. */
  markConsistent(): void {
    this.mark();
  }
}

/** What this thread has of a semaphore, through one mapping. */
class Permits {
  static readonly #all = new WeakMap<Monitor, Permits>();
  readonly #monitor: Monitor;
  #held = 0;

  static of(monitor: Monitor): Permits {
    const permits = Permits.#all.get(monitor) ?? new Permits(monitor);
    Permits.#all.set(monitor, permits);
    return permits;
  }

  private constructor(monitor: Monitor) {
    this.#monitor = monitor;
    monitor.onClosing = () => this.#abandon();
  }

  get available(): number {
    const { table, place } = this.#monitor;
    let count = Atomics.load(place.words, limitIndex) - 1 + Atomics.load(place.words, extraIndex);
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) count -= table.count(slot);
    return count;
  }

  take(sweep: boolean): Permit | undefined {
    const { table } = this.#monitor;
    if (sweep) this.#sweep();
    if (this.available <= 0) return undefined;
    const own = table.own(0);
    const slot = own ?? table.free(0);
    if (slot === undefined) return undefined;
    if (own === undefined) table.take(slot, 0);
    else table.add(slot, 1);
    this.#held++;
    const hold = new Hold(this.#monitor, diedIndex, (how) => {
      this.#held--;
      // ORDER: used up before it is given back: a death in between uses up no more than one.
      if (how === "used-up") Atomics.sub(this.#monitor.place.words, extraIndex, 1);
      table.add(slot, -1);
      this.#monitor.changed();
    });
    return new Permit(hold);
  }

  add(count: number): void {
    const extra = Atomics.load(this.#monitor.place.words, extraIndex);
    const all = Atomics.load(this.#monitor.place.words, limitIndex) - 1 + extra + count;
    if (all > most) {
      throw new ArgumentRangeError(`count must leave at most ${most} permits in all, not ${all}`);
    }
    Atomics.store(this.#monitor.place.words, extraIndex, extra + count);
    this.#monitor.changed();
  }

  #sweep(): void {
    const { table, place } = this.#monitor;
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) {
      if (!table.isDead(slot)) continue;
      Atomics.store(place.words, diedIndex, 1);
      table.clear(slot);
      this.#monitor.changed();
    }
  }

  /** The mapping is being closed: to others this thread has died. */
  #abandon(): void {
    if (this.#held === 0) return;
    this.#monitor.run(() => {
      const { table, place } = this.#monitor;
      const slot = table.own(0);
      if (slot === undefined) return;
      Atomics.store(place.words, diedIndex, 1);
      table.add(slot, -this.#held);
      this.#monitor.changed();
    });
  }
}

function checkCount(name: string, value: unknown, least: number): number {
  return checkBytes(name, value, { least, most, unit: "permits" });
}
