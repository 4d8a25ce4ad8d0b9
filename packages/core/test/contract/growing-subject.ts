// A strategy under test: makes files that grow by it, and knows what it asks of its user.

import fs from "node:fs";
import path from "node:path";
import {
  type CreateOptions,
  GrowingFile,
  type GrowingFileOptions,
  type OpenOptions,
  pageSize,
} from "@tidemark/core";
import type { GrowingFileCase } from "./growing-file-contract.js";

/** So that every page that is touched past the end extends the file by itself. */
export const pageSteps = { minStep: pageSize, maxStep: pageSize } as const;

export class GrowingSubject {
  readonly subject: GrowingFileCase;
  #pathCount = 0;
  readonly #paths: string[] = [];

  constructor(subject: GrowingFileCase) {
    this.subject = subject;
  }

  /** Touching memory past the end is enough: no `ensure` is needed. */
  get growsByTouch(): boolean {
    return this.subject.strategy !== "explicit";
  }

  get keepsMark(): boolean {
    return this.subject.fileSystem.keepsMark;
  }

  /** What names the strategy to a worker or a process. */
  get options(): Pick<GrowingFileOptions, "strategy"> {
    return { strategy: this.subject.strategy };
  }

  /** A path in the directory under test where there is no file yet. */
  path(): string {
    const name = `${this.subject.strategy}-${process.pid}-${this.#pathCount++}`;
    const file = path.join(this.subject.directory(), name);
    this.#paths.push(file);
    return file;
  }

  /** Makes room for the next test: some file systems are small. */
  removeFiles(): void {
    for (const file of this.#paths.splice(0)) fs.rmSync(file, { force: true });
  }

  create(file: string, options: CreateOptions = {}): GrowingFile {
    return GrowingFile.create(file, { maxByteLength: 2 ** 30, ...this.options, ...options });
  }

  open(file: string, options: OpenOptions = {}): GrowingFile {
    return GrowingFile.open(file, { maxByteLength: 2 ** 30, ...this.options, ...options });
  }

  /** What must be said before bytes below `byteEnd` are touched: nothing, or how far it will go. */
  announce(file: GrowingFile, byteEnd: number): void {
    if (!this.growsByTouch) file.ensure(byteEnd);
  }

  /** Stores one byte. */
  store(file: GrowingFile, byteOffset: number, value: number): void {
    this.announce(file, byteOffset + 1);
    file.bytes(byteOffset, 1)[0] = value;
  }

  /** Fills a range with one byte. */
  fill(file: GrowingFile, range: { byteOffset: number; byteLength: number; value: number }): void {
    this.announce(file, range.byteOffset + range.byteLength);
    file.bytes(range.byteOffset, range.byteLength).fill(range.value);
  }
}

/** Bytes of a file by read(2), which sees what any other program sees. */
export function readBytes(file: string, byteOffset: number, byteLength: number): Buffer {
  const fd = fs.openSync(file, "r");
  try {
    const bytes = Buffer.alloc(byteLength);
    const got = fs.readSync(fd, bytes, 0, byteLength, byteOffset);
    return bytes.subarray(0, got);
  } finally {
    fs.closeSync(fd);
  }
}

export function lengthOf(file: string): number {
  return fs.statSync(file).size;
}
