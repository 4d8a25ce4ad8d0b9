// Tasks of one thread that want the same thing wait in a line, so that one of them alone waits for
// other threads, and a wake-up from there wakes one and not all.

import { AbortError, ClosedError } from "../errors.js";
import type { Region } from "../mapping/region.js";
import { leftOf, type Terms, timedOut } from "./terms.js";

export class TurnQueue {
  readonly #region: Region;
  readonly #line: (() => void)[] = [];
  #busy = false;

  constructor(region: Region) {
    this.#region = region;
  }

  /** Whether someone has the turn. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Waits for its turn; gives what ends it. Rejected like any wait; then the turn never comes. */
  async enter(terms: Terms): Promise<() => void> {
    if (this.#busy) await this.#comeUp(terms);
    else this.#busy = true;
    return () => this.#leave();
  }

  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }

  #comeUp(terms: Terms): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = terms;
      const leftMs = leftOf(terms);
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#region.closing.delete(onClosing);
      };
      const come = (): void => {
        finish();
        resolve();
      };
      const stop = (error: unknown): void => {
        this.#line.splice(this.#line.indexOf(come), 1);
        finish();
        reject(error);
      };
      const onAbort = (): void => stop(new AbortError(terms.what, signal?.reason));
      const onClosing = (): void => stop(new ClosedError(this.#region.spec.name));
      const onTimer = (): void => stop(timedOut(terms));
      const timer = leftMs < longestTimerMs ? setTimeout(onTimer, leftMs) : undefined;
      this.#line.push(come);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#region.closing.add(onClosing);
    });
  }
}

/** Of setTimeout. */
const longestTimerMs = 0x7fff_ffff;
