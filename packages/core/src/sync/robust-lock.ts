// A lock of two words that survives its owner: what Mutex is, and what the other primitives guard
// their fields with. test/sync/model/ has a model of it, checked for exclusion and lost wake-ups.

import { AbortError, ClosedError, MisuseError, TidemarkError } from "../errors.js";
import type { Region } from "../mapping/region.js";
import { placeLayout, stateFlags } from "./layout.js";
import { isDead, ownCheck, ownToken, tokenMask } from "./owner.js";
import type { Place } from "./place.js";
import { leftOf, type Terms } from "./terms.js";
import { TurnQueue } from "./turn-queue.js";
import { longestTurnMs } from "./waiting.js";

const { waiters, died } = stateFlags;

/** Looks at a lock in use before a thread goes to sleep: most are held for less than that takes. */
const spins = 100;

/** One for each lock, mapping and thread. */
const locks = new WeakMap<Region, Map<number, RobustLock>>();

export class RobustLock {
  readonly #place: Place;
  readonly #region: Region;
  readonly #words: Int32Array;
  /** Index of the state word; the check follows. */
  readonly #index: number;
  readonly #turns: TurnQueue;
  /** Whether this thread took it through this mapping. */
  #held = false;
  /** When a dead owner was last looked for by someone who does not wait. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** The lock whose state is at byte `field` of a place. */
  static at(place: Place, field: number): RobustLock {
    const { region } = place;
    const known = locks.get(region);
    if (known === undefined) {
      const fresh = new Map<number, RobustLock>();
      locks.set(region, fresh);
      region.closing.add(() => {
        for (const lock of fresh.values()) lock.#abandon();
      });
    }
    const all = locks.get(region) as Map<number, RobustLock>;
    const byteOffset = place.byteOffset + field;
    const found = all.get(byteOffset);
    // Memory that was emptied may have become a primitive of another kind.
    if (found !== undefined && found.#place.kind === place.kind) return found;
    const lock = new RobustLock(place, field / 4);
    all.set(byteOffset, lock);
    return lock;
  }

  private constructor(place: Place, index: number) {
    this.#place = place;
    this.#region = place.region;
    this.#words = place.words;
    this.#index = index;
    this.#turns = new TurnQueue(place.region);
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** Whether tasks of this thread wait for it. */
  get hasLine(): boolean {
    return this.#turns.busy;
  }

  /** Takes it if it is free: whether an owner died and nobody has repaired; undefined if not. */
  tryAcquire(): boolean | undefined {
    if (this.#region.closed) throw new ClosedError(this.#place.name);
    const seen = Atomics.compareExchange(this.#words, this.#index, 0, ownToken);
    return seen === 0 ? this.#took(false) : this.#tryInUse(seen);
  }

  /** Takes it, waiting on this thread: whether an owner died and nobody has repaired. */
  acquireHere(terms: Terms): boolean {
    for (let spin = 0; spin < spins; spin++) {
      const state = Atomics.load(this.#words, this.#index);
      if ((state & tokenMask) !== 0) continue;
      const taken = this.#take(state, 0);
      if (taken !== undefined) return taken;
    }
    let flags = 0;
    for (;;) {
      const step = this.#step(flags);
      if (typeof step === "boolean") return step;
      if (step === undefined) continue;
      this.#refuseTwice(step);
      const left = this.#leftOf(terms);
      const end = this.#place.waitHere(this.#index, step, Math.min(left, longestTurnMs));
      flags = waiters;
      if (end === "timed-out" && this.#steal(step)) return true;
    }
  }

  /** Takes it, waiting for a promise. */
  async acquire(terms: Terms): Promise<boolean> {
    if (!terms.queue) this.#refuseTwice(Atomics.load(this.#words, this.#index));
    const leave = await this.#turns.enter(terms);
    try {
      return await this.#acquireInTurn(terms);
    } catch (error) {
      this.#passOn();
      throw error;
    } finally {
      leave();
    }
  }

  /** Waits until it is not in use by the one who has it now, and does not take it. */
  async whenFree(terms: Terms): Promise<void> {
    if (this.#region.closed) throw new ClosedError(this.#place.name);
    const step = this.#mark(Atomics.load(this.#words, this.#index));
    if (step === undefined) return;
    try {
      const end = await this.#waitFor(step, terms);
      if (end === "owner-died") this.#lookedAt = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.#passOn();
      throw error;
    }
  }

  /** As tryAcquire, by who has waited: others may still do, and must be woken in their turn. */
  tryAcquireAfterWait(): boolean | undefined {
    if (this.#region.closed) throw new ClosedError(this.#place.name);
    const state = Atomics.load(this.#words, this.#index);
    return (state & tokenMask) === 0 ? this.#take(state, waiters) : this.#tryInUse(state);
  }

  async #acquireInTurn(terms: Terms): Promise<boolean> {
    let flags = 0;
    for (;;) {
      if (this.#region.closed) throw new ClosedError(this.#place.name);
      const step = this.#step(flags);
      if (typeof step === "boolean") return step;
      if (step === undefined) continue;
      const end = await this.#waitFor(step, terms);
      flags = waiters;
      if (end === "owner-died" && this.#steal(step)) return true;
    }
  }

  async #waitFor(state: number, terms: Terms): Promise<string> {
    try {
      return await this.#place.waitFor(this.#index, state, {
        timeoutMs: leftOf(terms),
        signal: terms.signal,
        owners: { byteOffset: this.#place.byteOffset + this.#index * 4, count: 1 },
      });
    } catch (error) {
      if (!(error instanceof AbortError)) throw error;
      throw new AbortError(terms.what, terms.signal?.reason);
    }
  }

  /** Gives it back. @throws {@link MisuseError} when this thread does not hold it. */
  release(): void {
    if (!this.#held) throw notHeld(this.#place);
    this.#held = false;
    // ORDER: gone before the lock is free, so that nobody takes it for the next owner's.
    this.#words[this.#index + 1] = 0;
    const seen = Atomics.compareExchange(this.#words, this.#index, ownToken, 0);
    if (seen !== ownToken) this.#releaseInUse(seen);
  }

  /** Says that what it guards was repaired after an owner's death. */
  markConsistent(): void {
    if (!this.#held) throw notHeld(this.#place);
    Atomics.and(this.#words, this.#index, ~died);
  }

  // ---- One step each

  /**
   * Takes it if it is free, as a boolean; else has its owner know that others wait, and gives the
   * state to wait for. Undefined: look again.
   */
  #step(flags: number): boolean | number | undefined {
    const state = Atomics.load(this.#words, this.#index);
    return (state & tokenMask) === 0 ? this.#take(state, flags) : this.#mark(state);
  }

  /** Has the owner know that others wait; undefined when it is another by now. */
  #mark(state: number): number | undefined {
    if ((state & tokenMask) === 0) return undefined;
    if ((state & waiters) !== 0) return state;
    const marked = state | waiters;
    const seen = Atomics.compareExchange(this.#words, this.#index, state, marked);
    return seen === state ? marked : undefined;
  }

  /**
   * Takes it from `state`, in which nobody holds it. `flags`: who has slept does not know whether
   * others still do, and so must wake one when it is done.
   */
  #take(state: number, flags: number): boolean | undefined {
    // Nobody waits for what nobody holds: no state of ours.
    if (state !== 0 && state !== died) throw this.#place.destroyed();
    const taken = ownToken | state | flags;
    if (Atomics.compareExchange(this.#words, this.#index, state, taken) !== state) return undefined;
    return this.#took(state === died);
  }

  /** Takes it from its owner if that is dead, unless someone else was first. */
  #steal(state: number): boolean {
    if (!this.#isDead(state)) return false;
    this.#place.check();
    const taken = ownToken | waiters | died;
    if (Atomics.compareExchange(this.#words, this.#index, state, taken) !== state) return false;
    return this.#took(true);
  }

  #took(ownerDied: boolean): boolean {
    // The scratch page of memory that is gone, or other people's zeros, look free as well.
    if (this.#words[placeLayout.kind / 4] !== this.#place.kind) throw this.#place.destroyed();
    this.#words[this.#index + 1] = ownCheck;
    this.#held = true;
    return ownerDied;
  }

  #tryInUse(seen: number): boolean | undefined {
    if ((seen & tokenMask) === 0) return this.#take(seen, 0);
    const now = performance.now();
    if (now - this.#lookedAt < longestTurnMs) return undefined;
    this.#lookedAt = now;
    return this.#steal(seen) ? true : undefined;
  }

  #isDead(state: number): boolean {
    const check = Atomics.load(this.#words, this.#index + 1);
    // Of one owner: else it was another's, who has given it back meanwhile.
    const isOne =
      Atomics.load(this.#words, this.#index) === state &&
      Atomics.load(this.#words, this.#index + 1) === check;
    return isOne && isDead(state, check);
  }

  #releaseInUse(first: number): void {
    for (let state = first; ; state = Atomics.load(this.#words, this.#index)) {
      if ((state & tokenMask) !== ownToken) throw this.#place.destroyed();
      const freed = state & died;
      if (Atomics.compareExchange(this.#words, this.#index, state, freed) !== state) continue;
      if ((state & waiters) !== 0) this.#place.wake(this.#index, 1);
      return;
    }
  }

  #leftOf(terms: Terms): number {
    try {
      return leftOf(terms);
    } catch (error) {
      this.#passOn();
      throw error;
    }
  }

  /** Who gives up may have been woken: then another must be, now or by the one who has it. */
  #passOn(): void {
    if (this.#region.closed) return;
    for (;;) {
      const state = Atomics.load(this.#words, this.#index);
      if (this.#mark(state) !== undefined) return;
      if ((state & tokenMask) !== 0) continue;
      this.#place.wake(this.#index, 1);
      return;
    }
  }

  /** The mapping is being closed with the lock held: to others its owner has died. */
  #abandon(): void {
    if (!this.#held) return;
    this.#held = false;
    const state = Atomics.load(this.#words, this.#index);
    if ((state & tokenMask) !== ownToken) return;
    Atomics.or(this.#words, this.#index, died);
    this.#words[this.#index + 1] = 0;
    try {
      this.#releaseInUse(state | died);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
    }
  }

  #refuseTwice(state: number): void {
    if ((state & tokenMask) !== ownToken) return;
    // Not one of our number that is dead.
    const check = Atomics.load(this.#words, this.#index + 1);
    if (check !== 0 && check !== ownCheck) return;
    throw new MisuseError(
      `${this.#place.name} is held by this thread already, which would wait for itself: ` +
        "unlock it first, or let tasks of one thread wait with lock({ queue: true })",
    );
  }
}

/** Why something cannot be done by who does not hold a lock. */
export function notHeld({ name, closed }: Place): Error {
  if (closed) return new ClosedError(name);
  return new MisuseError(`${name} is not held through this guard: it was unlocked already`);
}
