// A message that is read where it is, in a mapped file.

import { ClosedError, Mapping } from "@tidemark/core";
import type { AnyPointerReader } from "../any-pointer.js";
import { MessageReader } from "../message-reader.js";
import type { PointerType } from "../pointer-type.js";
import { checkOpen, type OpenMessageOptions } from "./message-file-options.js";
import {
  checkFinished,
  longestTableByteLength,
  readTable,
  segmentOffsets,
} from "./segment-table.js";

/**
 * A message in a file, to be read. What is read of it is what is in the file then: a builder that
 * changes it in place is seen.
 */
export class MessageFileReader {
  readonly #mappings: readonly Mapping[];
  readonly #message: MessageReader;
  /** The file. */
  readonly path: string;
  /** Bytes of the message, its table included. */
  readonly byteLength: number;

  private constructor(
    path: string,
    mappings: readonly Mapping[],
    message: MessageReader,
    byteLength: number,
  ) {
    this.path = path;
    this.#mappings = mappings;
    this.#message = message;
    this.byteLength = byteLength;
  }

  /** @internal Use `MessageFile.open`. */
  static open(path: string, options?: OpenMessageOptions): MessageFileReader {
    const limits = checkOpen(options);
    const whole = Mapping.openFile(path, { access: "read" });
    const mappings = [whole];
    try {
      const headByteLength = Math.min(whole.byteLength, longestTableByteLength);
      const table = readTable(whole.bytes(0, headByteLength), whole.byteLength);
      checkFinished(table, path);
      const offsets = segmentOffsets(table.slots, table.byteLengths);
      const segments = table.byteLengths.map((byteLength, index) => {
        const byteOffset = offsets[index] ?? 0;
        if (byteLength <= whole.longestView(byteOffset)) return whole.bytes(byteOffset, byteLength);
        // Of a file longer than a buffer: a mapping of its own begins where the segment does.
        const mapping = Mapping.openFile(path, { access: "read", byteOffset, byteLength });
        mappings.push(mapping);
        return mapping.bytes();
      });
      const message = new MessageReader(segments, limits);
      return new MessageFileReader(path, mappings, message, offsets.at(-1) ?? 0);
    } catch (error) {
      for (const mapping of mappings) mapping.close();
      throw error;
    }
  }

  /** The message. Its readers give an error once the file is closed. */
  get message(): MessageReader {
    this.#checkOpen();
    return this.#message;
  }

  /** How many segments the message has. */
  get segmentCount(): number {
    return this.#message.segments.length;
  }

  /** The root pointer. */
  get root(): AnyPointerReader {
    return this.message.root;
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#mappings[0]?.closed ?? true;
  }

  /** The root, read as a struct or list type. @throws {@link MalformedMessageError} */
  getRoot<R>(type: PointerType<R, unknown>): R {
    return this.message.getRoot(type);
  }

  /**
   * Throws what happened to the file's memory since the last call: what was read then was not in
   * the file, as when another process cut it off.
   *
   * @throws {@link MappingFaultError}
   */
  check(): void {
    for (const mapping of this.#mappings) mapping.check();
  }

  /** Gives the memory back. Closing twice is fine. @throws {@link MappingFaultError} as `check` */
  close(): void {
    let failure: { readonly error: unknown } | undefined;
    for (const mapping of this.#mappings) {
      try {
        mapping.close();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** As `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(): void {
    if (this.closed) throw new ClosedError(`the message in ${this.path}`);
  }
}
