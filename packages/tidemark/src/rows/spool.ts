// A temporary file for what comes as a stream: it has no name, so nothing of it is ever left.

import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { Mapping } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { compressionOf, decompressor } from "./decompression.js";

/** How a stream is taken. */
export interface Taking {
  /** For messages. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onSpooled: (byteLength: number) => void;
}

export class Spool {
  readonly #fd: number;
  readonly #folder: string;

  private constructor(fd: number, folder: string) {
    this.#fd = fd;
    this.#folder = folder;
  }

  /** A new file in a folder, which is nowhere to be seen. */
  static in(folder: string): Spool {
    const file = path.join(folder, `.tidemark-spool.${randomBytes(6).toString("hex")}`);
    const fd = fs.openSync(file, "wx+", 0o600);
    fs.unlinkSync(file);
    return new Spool(fd, folder);
  }

  /** Takes all of a stream, decompressed where it is compressed. */
  async take(stream: NodeJS.ReadableStream, taking: Taking): Promise<void> {
    const { signal } = taking;
    // Whoever waits for what never comes is not kept waiting by it.
    const interrupted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    await Promise.race([this.#takeAll(stream, taking), interrupted]);
  }

  async #takeAll(stream: NodeJS.ReadableStream, { name, onSpooled }: Taking): Promise<void> {
    const { head, all } = await peek(stream);
    const compression = compressionOf(head);
    let byteLength = 0;
    const store = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of chunks) {
        this.#write(chunk);
        byteLength += chunk.length;
        onSpooled(byteLength);
      }
    };
    if (compression === undefined) return store(all);
    try {
      await pipeline(all, decompressor(compression), store);
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      const what = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`${name} cannot be decompressed as ${compression}: ${what}`);
    }
  }

  /** The file, mapped. */
  map(): Mapping {
    return Mapping.openFile(this.#fd);
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#fd, bytes, at);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(
        `the input could not be spooled to ${this.#folder}: ${what} ` +
          "(--spool-directory names another folder)",
      );
    }
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#fd);
  }
}

/** The first bytes of a stream, and all of it. */
async function peek(
  stream: NodeJS.ReadableStream,
): Promise<{ readonly head: Buffer; readonly all: AsyncIterable<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) return;
      yield value;
    }
  }
  return { head, all: all() };
}
