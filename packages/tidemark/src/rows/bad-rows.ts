// The file of rows that did not fit, each with the reason, as NDJSON: for people and programs.

import { isUtf8 } from "node:buffer";
import fs from "node:fs";
import type { Location } from "./locator.js";

/** Bytes that are gathered before they are written. */
const batchByteLength = 2 ** 16;

/** Of a row that is too long so many bytes are kept. */
const longestKept = 1000;

export class BadRows {
  count = 0;
  readonly #fd: number;
  #gathered = "";

  constructor(file: string) {
    this.#fd = fs.openSync(file, "w");
  }

  add(location: Location, reason: string, bytes: Buffer, isCut: boolean): void {
    this.count++;
    const kept = isCut ? bytes.subarray(0, longestKept) : bytes;
    // The end of what is cut may be half a character.
    const row =
      isCut || isUtf8(kept) ? { row: kept.toString() } : { rowBase64: kept.toString("base64") };
    const line = { ...location, reason, ...row, ...(isCut ? { cut: true } : {}) };
    this.#gathered += `${JSON.stringify(line)}\n`;
    if (this.#gathered.length >= batchByteLength) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#gathered);
    this.#gathered = "";
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#fd, bytes, at);
  }

  /** What was added is in the file, whatever happens next. */
  close(): void {
    try {
      this.#flush();
    } finally {
      fs.closeSync(this.#fd);
    }
  }
}
