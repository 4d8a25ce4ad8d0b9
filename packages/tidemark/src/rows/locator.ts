// Lines and columns of places in the input: found when they are asked for, never counted per row.

import type { RowSource } from "./row-source.js";

export interface Location {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count them. */
  readonly column: number;
}

const lineFeed = 0x0a;
const pieceByteLength = 2 ** 20;

/** Goes forward over the input: places that are asked for in their order cost it once. */
export class Locator {
  readonly #source: RowSource;
  readonly #start: number;
  #line = 1;
  #lineStart: number;
  #at: number;

  /** @param start Where the text begins, behind a byte order mark. */
  constructor(source: RowSource, start: number) {
    this.#source = source;
    this.#start = start;
    this.#lineStart = start;
    this.#at = start;
  }

  /** Where a byte is. */
  locate(byteOffset: number): Location {
    if (byteOffset < this.#at) {
      this.#line = 1;
      this.#lineStart = this.#start;
      this.#at = this.#start;
    }
    while (this.#at < byteOffset) this.#count(Math.min(byteOffset - this.#at, pieceByteLength));
    return { line: this.#line, column: this.#column(byteOffset) };
  }

  #count(byteLength: number): void {
    const piece = this.#source.bytes(this.#at, byteLength);
    for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, at + 1)) {
      this.#line++;
      this.#lineStart = this.#at + at + 1;
    }
    this.#at += byteLength;
  }

  #column(byteOffset: number): number {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let units = 0;
    for (let at = this.#lineStart; at < byteOffset; at += pieceByteLength) {
      const byteLength = Math.min(byteOffset - at, pieceByteLength);
      const isLast = at + byteLength === byteOffset;
      units += decoder.decode(this.#source.bytes(at, byteLength), { stream: !isLast }).length;
    }
    return units + 1;
  }
}
