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
  /** What is written to a terminal or a pipe cannot be taken back. */
  readonly #isFile: boolean;
  #gathered = "";
  #byteLength = 0;
  #closed = false;

  constructor(file: string) {
    this.#fd = fs.openSync(file, "w");
    this.#isFile = fs.fstatSync(this.#fd).isFile();
  }

  add(location: Location, reason: string, bytes: Buffer, isCut: boolean): void {
    this.count++;
    const kept = isCut ? bytes.subarray(0, longestKept) : bytes;
    // The end of what is cut may be half a character.
    const row =
      isCut || isUtf8(kept) ? { row: kept.toString() } : { rowBase64: kept.toString("base64") };
    const line = { ...location, reason, ...row, ...(isCut ? { cut: true } : {}) };
    this.#gathered += `${JSON.stringify(line)}\n`;
    if (this.#gathered.length >= batchByteLength) this.flush();
  }

  /** Has all that was added written to the file. */
  flush(): void {
    const bytes = Buffer.from(this.#gathered);
    this.#gathered = "";
    for (let at = 0; at < bytes.length; ) {
      const position = this.#isFile ? this.#byteLength : null;
      const written = fs.writeSync(this.#fd, bytes, at, bytes.length - at, position);
      at += written;
      this.#byteLength += written;
    }
  }

  /** Forgets all that was added: the rows are read once more. */
  restart(): void {
    if (this.#isFile) fs.ftruncateSync(this.#fd, 0);
    this.#gathered = "";
    this.#byteLength = 0;
    this.count = 0;
  }

  /** Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.flush();
    } finally {
      fs.closeSync(this.#fd);
    }
  }
}
