// Where records end in bytes: at line feeds, in CSV at those outside of quotes.

import { findByte } from "./byte-search.js";

/** Finds the ends of records, one after the other, also of those that lie across pieces. */
export interface RecordScanner {
  /** A record begins. */
  begin(): void;
  /**
   * The index of the line feed that ends the record, from `at` on; -1 where `bytes` end before.
   * The next call goes on behind them.
   */
  find(bytes: Buffer, at: number): number;
  /** Whether what lies there is no record at all. */
  isBlank(bytes: Buffer, start: number, end: number): boolean;
}

const lineFeed = 0x0a;
const quote = 0x22;
const space = 0x20;
const tab = 0x09;
const carriageReturn = 0x0d;

/** Every line is a record; those of blanks are none. */
export class LineScanner implements RecordScanner {
  begin(): void {
    // Lines are all the same.
  }

  find(bytes: Buffer, at: number): number {
    return bytes.indexOf(lineFeed, at);
  }

  isBlank(bytes: Buffer, start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte !== space && byte !== tab && byte !== carriageReturn) return false;
    }
    return true;
  }
}

/** Where in a record of CSV one is. */
const place = { cellStart: 0, plainCell: 1, quotedCell: 2, quoteInCell: 3 } as const;

/** Lines, but for those that end inside of quotes. */
export class CsvScanner implements RecordScanner {
  readonly #delimiter: number;
  #place: number = place.cellStart;
  /** Where the next quote of the piece is, so that lines without any take no second look. */
  #nextQuote = -1;
  #piece: Buffer | undefined;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  begin(): void {
    this.#place = place.cellStart;
  }

  find(bytes: Buffer, at: number): number {
    if (this.#place <= place.plainCell) {
      const end = bytes.indexOf(lineFeed, at);
      if (end >= 0 && this.#quoteFrom(bytes, at) > end) return end;
    }
    return this.#walk(bytes, at);
  }

  isBlank(_bytes: Buffer, start: number, end: number): boolean {
    return start === end;
  }

  /** Infinity where there is none. */
  #quoteFrom(bytes: Buffer, at: number): number {
    if (bytes !== this.#piece || this.#nextQuote < at) {
      const found = bytes.indexOf(quote, at);
      this.#nextQuote = found < 0 ? Number.POSITIVE_INFINITY : found;
      this.#piece = bytes;
    }
    return this.#nextQuote;
  }

  #walk(bytes: Buffer, from: number): number {
    const delimiter = this.#delimiter;
    const { length } = bytes;
    let now = this.#place;
    for (let at = from; at < length; at++) {
      const byte = bytes[at];
      if (now === place.quotedCell) {
        at = findByte(bytes, quote, at, length);
        if (at < length) now = place.quoteInCell;
      } else if (byte === quote && now !== place.plainCell) {
        now = place.quotedCell;
      } else if (byte === lineFeed) {
        this.#place = now;
        return at;
      } else now = byte === delimiter ? place.cellStart : place.plainCell;
    }
    this.#place = now;
    return -1;
  }
}
