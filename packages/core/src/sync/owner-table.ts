// The slots of a monitor: which threads are in, and how often. Changed under the monitor's lock
// alone; each change that counts is the store of one word, so that a death in between leaves a
// table that is right.

import { MisuseError } from "../errors.js";
import { monitorLayout, ownerLayout } from "./layout.js";
import { checkMask, isDead, ownCheck, ownToken, tokenMask } from "./owner.js";
import type { Place } from "./place.js";

const first = monitorLayout.slots / 4;
const width = ownerLayout.byteLength / 4;
const countShift = 20;
const mostHolds = 0xfff;

/** Bit 30 of a slot's token: what it means is its primitive's business. */
export const slotFlag = 0x4000_0000;

export class OwnerTable {
  readonly #place: Place;
  readonly #words: Int32Array;

  constructor(place: Place) {
    this.#place = place;
    this.#words = place.words;
  }

  /** The token of a slot with its flag; 0 = free. */
  token(slot: number): number {
    return Atomics.load(this.#words, first + slot * width);
  }

  /** How often the thread of a slot is in it. */
  count(slot: number): number {
    return this.token(slot) === 0 ? 0 : this.#check(slot) >>> countShift;
  }

  isOwn(slot: number): boolean {
    return (
      (this.token(slot) & tokenMask) === ownToken && (this.#check(slot) & checkMask) === ownCheck
    );
  }

  /** This thread's slot from `from` on; undefined when it has none. */
  own(from: number): number | undefined {
    for (let slot = from; slot < monitorLayout.slotCount; slot++) {
      if (this.isOwn(slot)) return slot;
    }
    return undefined;
  }

  free(from: number): number | undefined {
    for (let slot = from; slot < monitorLayout.slotCount; slot++) {
      if (this.token(slot) === 0) return slot;
    }
    return undefined;
  }

  /** Puts this thread into a slot, once. */
  take(slot: number, flag: number): void {
    this.clear(slot);
    this.#setCount(slot, 1);
    Atomics.store(this.#words, first + slot * width, ownToken | flag);
  }

  setFlag(slot: number): void {
    Atomics.or(this.#words, first + slot * width, slotFlag);
  }

  /** Counts this thread's own slot up or down; at 0 the slot is free. */
  add(slot: number, change: number): void {
    const count = this.count(slot) + change;
    if (count > mostHolds) {
      throw new MisuseError(
        `${this.#place.name} is held ${mostHolds} times by this thread already, and no more count`,
      );
    }
    if (count <= 0) this.clear(slot);
    else this.#setCount(slot, count);
  }

  clear(slot: number): void {
    // ORDER: the token first: without it the rest means nothing.
    Atomics.store(this.#words, first + slot * width, 0);
    Atomics.store(this.#words, first + slot * width + 1, 0);
  }

  /** Whether the thread of a slot has ended. */
  isDead(slot: number): boolean {
    const token = this.token(slot);
    return token !== 0 && isDead(token, this.#check(slot));
  }

  #check(slot: number): number {
    return Atomics.load(this.#words, first + slot * width + 1);
  }

  #setCount(slot: number, count: number): void {
    Atomics.store(this.#words, first + slot * width + 1, ownCheck | (count << countShift));
  }
}
