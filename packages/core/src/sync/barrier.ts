// A point that several threads or processes pass together.

import { type Bytes, checkBytes, checkOptions } from "../arguments.js";
import { ArgumentRangeError } from "../errors.js";
import type { Mapping } from "../mapping/mapping.js";
import { barrierLayout, kinds, monitorLayout } from "./layout.js";
import { type Attempt, Monitor } from "./monitor.js";
import { slotFlag } from "./owner-table.js";
import { Place } from "./place.js";
import { blockingTerms, checkTerms } from "./terms.js";
import type { WaitOptions } from "./wait-options.js";

const partiesIndex = barrierLayout.parties / 4;
const roundIndex = barrierLayout.round / 4;
const diedIndex = barrierLayout.died / 4;

/** What {@link Barrier} must be told. */
export interface BarrierOptions {
  /** How many pass together: 1 to 24. All who use it must say the same. */
  readonly parties: number;
}

/** How a barrier was passed. */
export interface Passage {
  /** True for one of those who pass together: the one that came last. */
  readonly last: boolean;
  /** One that waited has died before the others had come; another came in its place. */
  readonly ownerDied: boolean;
}

/**
 * A barrier in mapped memory: who comes waits until `parties` are there; then all go on, and it is
 * ready for the next round. Memory that is all zero is a new one.
 *
 * Who gives up (by time, signal, close) or dies while it waits counts no more: the others wait for
 * someone in its place. Of one that dies before it comes nothing is known: give the others a time.
 *
 * @example
 * ```ts
 * import { Mapping } from "@tidemark/core";
 * import { Barrier } from "@tidemark/core/sync";
 *
 * const mapping = Mapping.anonymous(4096, { sharing: "shared" });
 * const barrier = new Barrier(mapping, 0, { parties: 2 });
 * const [first, second] = await Promise.all([barrier.wait(), barrier.wait()]);
 * console.log(first.last, second.last); // prints false true
 * mapping.close();
 * ```
 */
export class Barrier {
  /** Bytes of memory that a barrier takes. */
  static readonly byteLength: number = monitorLayout.byteLength;

  readonly #place: Place;
  readonly #monitor: Monitor;
  readonly #arrivals: Arrivals;
  readonly #waiting: string;

  /**
   * @param byteOffset of the mapping: a multiple of 8.
   * @throws as {@link Mutex}; {@link ArgumentRangeError} when others use it with another number of
   * parties.
   */
  constructor(mapping: Mapping, byteOffset: Bytes, options: BarrierOptions) {
    const asked = checkOptions("options", options, ["parties"]);
    const parties = checkBytes("options.parties", asked.parties, {
      least: 1,
      most: monitorLayout.slotCount,
      unit: "parties",
    });
    this.#place = new Place(kinds.barrier, mapping, byteOffset, Barrier.byteLength);
    this.#monitor = Monitor.at(this.#place);
    this.#arrivals = Arrivals.of(this.#monitor);
    this.#waiting = `waiting at ${this.#place.name}`;
    const before = Atomics.compareExchange(this.#place.words, partiesIndex, 0, parties) || parties;
    if (before !== parties) {
      throw new ArgumentRangeError(
        `options.parties must be ${before}, as for others who use ${this.#place.name}, ` +
          `got ${parties}`,
      );
    }
  }

  /**
   * Comes to the barrier, and waits for the others.
   *
   * @throws {@link TimeoutError}; {@link AbortError}; {@link ClosedError} when the mapping is
   * closed, also while waiting; {@link DestroyedError} when its memory was overwritten or is gone.
   */
  async wait(options?: WaitOptions): Promise<Passage> {
    const terms = checkTerms(this.#waiting, options);
    const arrival = new Arrival();
    try {
      return await this.#monitor.waitFor(terms, this.#arrivals.passing(arrival));
    } catch (error) {
      return this.#arrivals.leave(arrival, error);
    }
  }

  /** The same, waiting on this thread. @param timeoutMs default: for ever. */
  waitSync(timeoutMs?: number): Passage {
    const terms = blockingTerms(this.#waiting, timeoutMs);
    const arrival = new Arrival();
    try {
      return this.#monitor.waitHere(terms, this.#arrivals.passing(arrival));
    } catch (error) {
      return this.#arrivals.leave(arrival, error);
    }
  }

  /** Passes if all the others wait already; else gives undefined, and has not come. */
  tryWait(): Passage | undefined {
    return this.#monitor.try(this.#arrivals.passingLast());
  }
}

/** That someone has come, and to which round. */
class Arrival {
  round: number | undefined;
}

/** What this thread has of a barrier, through one mapping. */
class Arrivals {
  static readonly #all = new WeakMap<Monitor, Arrivals>();
  readonly #monitor: Monitor;
  readonly #waiting = new Set<Arrival>();

  static of(monitor: Monitor): Arrivals {
    const arrivals = Arrivals.#all.get(monitor) ?? new Arrivals(monitor);
    Arrivals.#all.set(monitor, arrivals);
    return arrivals;
  }

  private constructor(monitor: Monitor) {
    this.#monitor = monitor;
    monitor.onClosing = () => {
      for (const arrival of this.#waiting) this.#withdraw(arrival);
    };
  }

  /** Comes with the first attempt; passes when the round is over. */
  passing(arrival: Arrival): Attempt<Passage> {
    return (sweep) => {
      if (sweep) this.#sweep();
      const round = this.#word(roundIndex);
      if (arrival.round !== undefined) {
        if (arrival.round === round) return undefined;
        this.#waiting.delete(arrival);
        return this.#passage(arrival.round, false);
      }
      const passage = this.#passIfLast();
      if (passage !== undefined) return passage;
      if (!this.#come()) return undefined;
      arrival.round = round;
      this.#waiting.add(arrival);
      return undefined;
    };
  }

  passingLast(): Attempt<Passage> {
    return (sweep) => {
      if (sweep) this.#sweep();
      return this.#passIfLast();
    };
  }

  /** The wait has failed: counts no more, unless the round was over before. */
  leave(arrival: Arrival, error: unknown): Passage {
    if (arrival.round === undefined || this.#monitor.place.closed) throw error;
    if (this.#withdraw(arrival)) throw error;
    return this.#passage(arrival.round, false);
  }

  #withdraw(arrival: Arrival): boolean {
    return this.#monitor.run(() => {
      this.#waiting.delete(arrival);
      const slot = this.#own();
      if (arrival.round !== this.#word(roundIndex) || slot === undefined) return false;
      this.#monitor.table.add(slot, -1);
      return true;
    });
  }

  #passIfLast(): Passage | undefined {
    const round = this.#word(roundIndex);
    if (this.#count() + 1 < this.#word(partiesIndex)) return undefined;
    // Enough have come; but have they stayed?
    this.#sweep();
    if (this.#count() + 1 < this.#word(partiesIndex)) return undefined;
    // With this one store the round is over, and all slots are free.
    Atomics.add(this.#monitor.place.words, roundIndex, 1);
    this.#monitor.changed();
    return this.#passage(round, true);
  }

  #count(): number {
    let count = 0;
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) {
      if (this.#isOfRound(slot)) count += this.#monitor.table.count(slot);
      // Left from the round before: in the next one it would count again.
      else this.#monitor.table.clear(slot);
    }
    return count;
  }

  /** Takes a slot, or counts this thread's own. */
  #come(): boolean {
    const { table } = this.#monitor;
    const own = this.#own();
    if (own !== undefined) {
      table.add(own, 1);
      return true;
    }
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) {
      if (this.#isOfRound(slot)) continue;
      table.take(slot, this.#flag());
      return true;
    }
    return false;
  }

  #own(): number | undefined {
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) {
      if (this.#isOfRound(slot) && this.#monitor.table.isOwn(slot)) return slot;
    }
    return undefined;
  }

  #isOfRound(slot: number): boolean {
    const token = this.#monitor.table.token(slot);
    return token !== 0 && (token & slotFlag) === this.#flag();
  }

  /** What a slot of the current round has in its token. */
  #flag(): number {
    return (this.#word(roundIndex) & 1) === 0 ? 0 : slotFlag;
  }

  #sweep(): void {
    const { table, place } = this.#monitor;
    for (let slot = 0; slot < monitorLayout.slotCount; slot++) {
      if (!table.isDead(slot)) continue;
      if (this.#isOfRound(slot)) {
        Atomics.store(place.words, diedIndex, (this.#word(roundIndex) + 1) | 0);
        this.#monitor.changed();
      }
      table.clear(slot);
    }
  }

  #passage(round: number, last: boolean): Passage {
    return { last, ownerDied: this.#word(diedIndex) === ((round + 1) | 0) };
  }

  #word(index: number): number {
    return Atomics.load(this.#monitor.place.words, index);
  }
}
