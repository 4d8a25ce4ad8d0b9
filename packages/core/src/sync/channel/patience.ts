// Waiting for what a channel cannot do now: spinning first, then asleep until someone says that it
// may be possible. Who waits also looks after those who died, now and then.

import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TimeoutError } from "../../errors.js";
import type { CheckedWait } from "../wait-options.js";
import { longestTurnMs } from "../waiting.js";
import type { ChannelMemory } from "./channel-memory.js";
import { notNow } from "./not-now.js";

/** What is to be done when it can be. */
export interface Errand<T> {
  /** For errors: "message", "room for 100 bytes". */
  readonly what: string;
  /** Does it, or gives a number of {@link notNow}. */
  attempt(): T;
  /** Whether an attempt may succeed now: for spinning. */
  isLikely(): boolean;
  /** The field where who waits says so, and whose turn it needs. */
  readonly wanted: number;
  readonly turn: number;
}

/** How long one sleeps without looking after those who died. */
const napMs = Math.min(25, longestTurnMs);
/** The same for who holds up no thread. */
const asyncNapMs = 40;
/** A turn that someone has for longer than a spin lasts is one whose holder does not run. */
const busyNapMs = 1;
/** So many calls that need not wait follow one another without giving others a turn. */
const longestStreak = 512;

export class Patience {
  readonly #memory: ChannelMemory;
  readonly #tend: () => void;
  readonly #spinMs: number;
  /** How long spinning is worth while: less when it was in vain. */
  #nextSpinMs: number;
  #lastLook = 0;
  #glances = 0;
  #streak = 0;

  constructor(memory: ChannelMemory, tend: () => void, spinMs: number) {
    this.#memory = memory;
    this.#tend = tend;
    this.#spinMs = spinMs;
    this.#nextSpinMs = spinMs;
  }

  /** Does the errand on this thread, waiting as long as that takes. @throws {@link TimeoutError} */
  here<T>(errand: Errand<T>, timeoutMs: number): T {
    const start = performance.now();
    for (;;) {
      let found = errand.attempt();
      if (isPending(found) && timeoutMs > 0 && this.#spin(errand, timeoutMs)) {
        found = errand.attempt();
      }
      if (isPending(found)) found = this.#announce(errand);
      if (!isPending(found)) return found;
      const leftMs = this.#leftMs(errand, start, timeoutMs);
      const place = this.#placeToWait(errand, found);
      const ms = Math.min(leftMs, place.ms, napMs);
      this.#memory.waitHere(place.word, place.value, ms);
      this.#look(napMs);
    }
  }

  /** The same without holding up the thread. */
  async promise<T>(errand: Errand<T>, wait: CheckedWait): Promise<T> {
    const start = performance.now();
    for (;;) {
      let found = errand.attempt();
      if (isPending(found)) found = this.#announce(errand);
      if (!isPending(found)) {
        // A loop of calls that never wait must not keep everything else from happening.
        if (++this.#streak % longestStreak === 0) await nextTurn();
        return found;
      }
      const leftMs = this.#leftMs(errand, start, wait.timeoutMs);
      const place = this.#placeToWait(errand, found);
      await this.#memory.waitFor(place.word, place.value, {
        timeoutMs: Math.min(leftMs, place.ms, asyncNapMs),
        signal: wait.signal,
      });
      this.#look(asyncNapMs);
    }
  }

  /** Looks after those who died, when it is time, for those who only ever try. */
  glance(): void {
    if (++this.#glances % 64 === 0) this.#look(napMs);
  }

  /** Says that someone waits, and tries once more: who makes it possible later will see that. */
  #announce<T>(errand: Errand<T>): T {
    // ORDER: before the attempt. One that comes too late for it is one that sees this.
    Atomics.store(this.#memory.words, errand.wanted, 1);
    return errand.attempt();
  }

  /** Which word to wait for, while it is which value, and for how long. */
  #placeToWait(
    errand: Errand<unknown>,
    found: number,
  ): { readonly word: number; readonly value: number; readonly ms: number } {
    if (found !== notNow.busy) {
      return { word: errand.wanted, value: 1, ms: asyncNapMs };
    }
    const holder = Atomics.load(this.#memory.words, errand.turn);
    // Nobody is woken when a turn is given back: that is once for each message.
    const ms = holder === 0 ? 0 : busyNapMs;
    return { word: errand.turn, value: holder, ms };
  }

  #leftMs(errand: Errand<unknown>, start: number, timeoutMs: number): number {
    const leftMs = timeoutMs - (performance.now() - start);
    if (leftMs > 0) return leftMs;
    throw new TimeoutError(`the channel had no ${errand.what} within ${timeoutMs} ms`);
  }

  #spin(errand: Errand<unknown>, timeoutMs: number): boolean {
    if (this.#spinMs === 0) return false;
    const end = performance.now() + Math.min(this.#nextSpinMs, timeoutMs);
    do {
      for (let turn = 0; turn < 50; turn++) {
        if (!errand.isLikely()) continue;
        this.#nextSpinMs = this.#spinMs;
        return true;
      }
    } while (performance.now() < end);
    this.#nextSpinMs = Math.max(this.#nextSpinMs / 2, this.#spinMs / 16);
    return false;
  }

  #look(everyMs: number): void {
    const now = performance.now();
    if (now - this.#lastLook < everyMs - 1) return;
    this.#lastLook = now;
    this.#memory.checkAll();
    this.#tend();
  }
}

/** Whether an attempt is to be repeated. */
function isPending(found: unknown): found is number {
  return found === notNow.empty || found === notNow.busy;
}

/** How long to spin where nothing else was asked for: not at all on the only processor. */
export const defaultSpinMicros: number = availableParallelism() > 1 ? 20 : 0;
