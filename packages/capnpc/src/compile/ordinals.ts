// Ordinals count from 0 without holes or repetitions.

import type { Span } from "../syntax/source.js";

export class OrdinalChecker {
  readonly #report: (span: Span, message: string) => void;
  #next = 0;

  constructor(report: (span: Span, message: string) => void) {
    this.#report = report;
  }

  /** Called with all ordinals of a declaration, the lowest first. */
  check(ordinal: number, span: Span): void {
    if (ordinal < this.#next) {
      this.#report(span, `The ordinal @${ordinal} is used already; @${this.#next} is free.`);
    } else if (ordinal > this.#next) {
      const message =
        `The ordinal @${this.#next} is skipped: ordinals count from 0 without holes, ` +
        "in the order in which members were added over time.";
      this.#report(span, message);
      this.#next = ordinal + 1;
    } else {
      this.#next++;
    }
  }
}
