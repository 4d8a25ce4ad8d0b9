// Ordinals count from 0 without holes or repetitions.

import type { Span } from "../syntax/source.js";

/** `first` is where the ordinal has been used before. */
export type OrdinalReport = (span: Span, message: string, first?: Span) => void;

export class OrdinalChecker {
  readonly #report: OrdinalReport;
  #next = 0;
  #last: Span | undefined;

  constructor(report: OrdinalReport) {
    this.#report = report;
  }

  /** Called with all ordinals of a declaration, the lowest first. */
  check(ordinal: number, span: Span): void {
    if (ordinal < this.#next) {
      const message = `The ordinal @${ordinal} is used already.`;
      this.#report(span, message, this.#last);
    } else if (ordinal > this.#next) {
      const message =
        `The ordinal @${this.#next} is skipped: ordinals count from 0 without holes, ` +
        "in the order in which members were added over time.";
      this.#report(span, message);
      this.#next = ordinal + 1;
    } else {
      this.#next++;
    }
    this.#last = span;
  }
}
