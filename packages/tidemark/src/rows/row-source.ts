// The bytes that rows are read from: a file, mapped, or what was spooled into one.

import fs from "node:fs";
import net from "node:net";
import { Mapping, pageSize } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { compressionOf } from "./decompression.js";
import { Spool } from "./spool.js";

/** How rows are got at. */
export interface SourceOptions {
  /** Where what cannot be mapped as it is goes meanwhile. */
  readonly spoolFolder: string;
  readonly signal: AbortSignal;
  /** Told how many bytes were spooled so far. */
  readonly onSpooled: (byteLength: number) => void;
}

/** What stands for standard input on the command line. */
export const standardInput = "-";

const headByteLength = 4;

/** Rows to be read, from the first byte to the last one, twice. */
export class RowSource {
  /** For messages: the file's name. */
  readonly name: string;
  readonly #mapping: Mapping;
  #releasedTo = 0;

  private constructor(name: string, mapping: Mapping) {
    this.name = name;
    this.#mapping = mapping;
    if (mapping.byteLength > 0) mapping.advise(undefined, "sequential");
  }

  /**
   * Maps a file; what is compressed, or no file, is spooled first.
   *
   * @throws {@link CommandFailure} for a folder, and for what cannot be decompressed
   */
  static async open(from: string, options: SourceOptions): Promise<RowSource> {
    if (from === standardInput) return RowSource.#spool("<stdin>", process.stdin, options);
    // Opening a pipe waits for its writer, and reading it for what that writes: neither may keep
    // this process from ending when it is told to.
    const isPipe = fs.statSync(from).isFIFO();
    const { O_RDONLY, O_NONBLOCK } = fs.constants;
    const fd = fs.openSync(from, isPipe ? O_RDONLY | O_NONBLOCK : O_RDONLY);
    if (isPipe) {
      return RowSource.#spool(
        from,
        new net.Socket({ fd, readable: true, writable: false }),
        options,
      );
    }
    try {
      const stat = fs.fstatSync(fd);
      if (stat.isDirectory()) {
        throw new CommandFailure(`${from} is a directory: name a file of rows`);
      }
      // What the system makes as it is read, as /proc, has no length to be mapped.
      if (stat.isFile() && stat.size > 0) {
        const head = Buffer.alloc(headByteLength);
        fs.readSync(fd, head, 0, headByteLength, 0);
        if (compressionOf(head) === undefined) return new RowSource(from, Mapping.openFile(fd));
      }
      const stream = fs.createReadStream("", { fd, autoClose: false });
      return await RowSource.#spool(from, stream, options);
    } finally {
      fs.closeSync(fd);
    }
  }

  static async #spool(
    name: string,
    stream: NodeJS.ReadableStream,
    options: SourceOptions,
  ): Promise<RowSource> {
    using spool = Spool.in(options.spoolFolder);
    await spool.take(stream, { name, ...options });
    return new RowSource(name, spool.map());
  }

  get byteLength(): number {
    return this.#mapping.byteLength;
  }

  /** A part of the input, where it is. */
  bytes(byteOffset: number, byteLength: number): Buffer {
    const view = this.#mapping.bytes(byteOffset, byteLength);
    return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  }

  /** What lies before was read: it need not stay in this process's memory. */
  release(byteEnd: number): void {
    const end = byteEnd - (byteEnd % pageSize);
    // Read again from the beginning.
    if (end < this.#releasedTo) this.#releasedTo = 0;
    const byteLength = end - this.#releasedTo;
    if (byteLength <= 0) return;
    this.#mapping.advise({ byteOffset: this.#releasedTo, byteLength }, "dont-need");
    this.#releasedTo = end;
  }

  /** @throws {@link CommandFailure} when the file was cut off, or failed, while it was read */
  check(): void {
    try {
      this.#mapping.check();
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new CommandFailure(`${this.name} could not be read to its end: ${what}`);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#mapping.close();
    } catch {
      // Whoever read it has checked it.
    }
  }
}
