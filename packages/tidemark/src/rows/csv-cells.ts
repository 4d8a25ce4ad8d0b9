// Divides a record of CSV into its cells (RFC 4180).

import { findByte } from "./byte-search.js";
import { RowError } from "./row-error.js";

const quote = 0x22;

/** The cells of one record: where each is, without its quotes. */
export class CsvCells {
  count = 0;
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Whether it stood in quotes: then an empty one is an empty text, not a missing one. */
  readonly isQuoted: boolean[] = [];
  /** Whether there are doubled quotes in it. */
  readonly isEscaped: boolean[] = [];
  readonly #delimiter: number;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /** @throws {@link RowError} for quotes that do not end, or not with their cell */
  split(bytes: Buffer, start: number, end: number): void {
    const delimiter = this.#delimiter;
    this.count = 0;
    let at = start;
    for (;;) {
      if (at < end && bytes[at] === quote) at = this.#quotedCell(bytes, at, end);
      else {
        const cellStart = at;
        at = findByte(bytes, delimiter, at, end);
        this.#add(cellStart, at, false, false);
      }
      if (at >= end) return;
      // Behind a delimiter there is always one more cell.
      at++;
    }
  }

  #quotedCell(bytes: Buffer, quoteAt: number, end: number): number {
    let isEscaped = false;
    let at = quoteAt + 1;
    for (;;) {
      at = findByte(bytes, quote, at, end);
      if (at >= end) throw new RowError("the quote that begins here is never closed", quoteAt);
      if (at + 1 >= end || bytes[at + 1] !== quote) break;
      isEscaped = true;
      at += 2;
    }
    const after = at + 1;
    if (after < end && bytes[after] !== this.#delimiter) {
      const got = bytes.toString("utf8", after, Math.min(after + 4, end)).slice(0, 1);
      const wanted = JSON.stringify(String.fromCharCode(this.#delimiter));
      throw new RowError(
        `${wanted} or the end of the row is expected behind a closing quote, ` +
          `got ${JSON.stringify(got)} (a quote inside of quotes is doubled)`,
        after,
      );
    }
    this.#add(quoteAt + 1, at, true, isEscaped);
    return after;
  }

  #add(start: number, end: number, isQuoted: boolean, isEscaped: boolean): void {
    const index = this.count++;
    this.starts[index] = start;
    this.ends[index] = end;
    this.isQuoted[index] = isQuoted;
    this.isEscaped[index] = isEscaped;
  }
}

/** A cell with its doubled quotes made single. */
export function unescapeCell(bytes: Buffer, start: number, end: number): Buffer {
  const plain = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    plain[length++] = byte;
    if (byte === quote) at++;
  }
  return plain.subarray(0, length);
}
