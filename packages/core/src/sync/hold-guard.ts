// What is held of a read-write lock or of a semaphore, and how it is given back.

import { MisuseError } from "../errors.js";
import type { Monitor } from "./monitor.js";
import { notHeld } from "./robust-lock.js";

/** One hold: how it ends is its primitive's business. */
export class Hold {
  readonly monitor: Monitor;
  /** Index of the word that says that an owner died. */
  readonly diedIndex: number;
  readonly #end: (how: HoldEnd) => void;

  constructor(monitor: Monitor, diedIndex: number, end: (how: HoldEnd) => void) {
    this.monitor = monitor;
    this.diedIndex = diedIndex;
    this.#end = end;
  }

  end(how: HoldEnd): void {
    this.monitor.run(() => this.#end(how));
  }
}

/** `"used-up"`: a permit that does not come back. */
export type HoldEnd = "given-back" | "used-up";

/** Something that is held, and given back at the end of its block by `using`. */
export class HoldGuard {
  readonly #hold: Hold;
  #held = true;
  #ownerDied: boolean;

  /** @internal */
  constructor(hold: Hold) {
    if (!(hold instanceof Hold)) throw new MisuseError("a guard is made by locking its lock");
    this.#hold = hold;
    this.#ownerDied = Atomics.load(hold.monitor.place.words, hold.diedIndex) !== 0;
  }

  /**
   * One that held it has died, and nobody has called `markConsistent()` since: what it guards may
   * be half-written.
   */
  get ownerDied(): boolean {
    return this.#ownerDied;
  }

  /** Whether it is still held through this guard. */
  get held(): boolean {
    return this.#held && !this.#hold.monitor.place.closed;
  }

  /** Gives it back, unless that was done. */
  [Symbol.dispose](): void {
    if (this.held) this.end("given-back");
  }

  /** @internal */
  protected end(how: HoldEnd): void {
    this.#require();
    this.#held = false;
    this.#hold.end(how);
  }

  /** @internal */
  protected mark(): void {
    this.#require();
    const { place } = this.#hold.monitor;
    place.check();
    Atomics.store(place.words, this.#hold.diedIndex, 0);
    this.#ownerDied = false;
  }

  #require(): void {
    const { place } = this.#hold.monitor;
    if (!this.#held || place.closed) throw notHeld(place);
  }
}
