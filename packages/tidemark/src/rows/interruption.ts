// Being told to stop: long work looks now and then, cleans up, and the process ends as a shell
// expects.

import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal came. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(name: (typeof signals)[number]) {
    super(`interrupted by ${name}`);
    this.exitCode = 128 + constants.signals[name];
  }
}

/** Takes the signals that ask a program to stop, from its making to its disposal. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #listener = (name: NodeJS.Signals): void => {
    this.#controller.abort(new Interrupted(name as (typeof signals)[number]));
  };

  constructor() {
    for (const name of signals) process.on(name, this.#listener);
  }

  /** Aborted when a signal came; its reason is an {@link Interrupted}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const name of signals) process.off(name, this.#listener);
  }
}
