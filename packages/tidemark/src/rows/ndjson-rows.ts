// Rows of NDJSON: an object on each line.

import { isUtf8 } from "node:buffer";
import { findInvalidUtf8 } from "@tidemark/capnp";
import { type DynamicStructBuilder, type JsonCodec, ParseError } from "@tidemark/capnp/dynamic";
import { withoutPlace } from "./cell-writer.js";
import { RowError } from "./row-error.js";

/** Puts lines into structs. */
export class NdjsonRows {
  readonly #json: JsonCodec;

  constructor(json: JsonCodec) {
    this.#json = json;
  }

  /** There is no header. */
  begin(): void {
    // Names stand in each row.
  }

  /** @throws {@link RowError}: then some of it may be in the struct */
  write(struct: DynamicStructBuilder, bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString("utf8", start, end);
    if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) {
      const at = findInvalidUtf8(bytes, start, end);
      const byte = bytes[at]?.toString(16);
      throw new RowError(`JSON must be UTF-8, got the byte 0x${byte}`, at);
    }
    try {
      this.#json.decode(text, struct);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const before = Buffer.byteLength(text.slice(0, error.column - 1));
      throw new RowError(withoutPlace(error), start + before);
    }
  }
}
