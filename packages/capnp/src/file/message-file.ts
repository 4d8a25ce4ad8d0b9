// A message that is built in a file, which grows with it.

import fs from "node:fs";
import path from "node:path";
import {
  ClosedError,
  FileError,
  FileInUseError,
  GrowingFile,
  MappingFaultError,
} from "@tidemark/core";
import type { FileLock } from "@tidemark/core/sync";
import { tableByteLength } from "../framing/flat.js";
import { MessageBuilder } from "../message-builder.js";
import type { PointerType } from "../pointer-type.js";
import type { StructBuilder, StructReader, StructType } from "../struct.js";
import { wordByteLength } from "../wire.js";
import { lockAlone } from "./builder-lock.js";
import { MessageFileError, UnfinishedMessageError } from "./errors.js";
import { FileArena, lengthsOf } from "./file-arena.js";
import { checkPath, pathBeside, renameOrRemove, sync, syncSync } from "./file-placing.js";
import {
  type BuildOptions,
  type CheckedBuild,
  type CreateMessageOptions,
  checkBuild,
  checkCreate,
  type OpenMessageOptions,
} from "./message-file-options.js";
import { MessageFileReader } from "./message-file-reader.js";
import { type Recovery, readFileTable, recoverMessage } from "./recover.js";
import {
  beginTable,
  checkFinished,
  finishTable,
  openNextSlot,
  type SegmentTable,
  segmentOffsets,
  storeSize,
} from "./segment-table.js";

interface MessageFileParts {
  /** Where it is built. */
  readonly file: GrowingFile;
  readonly lock: FileLock | undefined;
  readonly buildPath: string;
  /** Where it goes at the end. */
  readonly path: string;
  readonly slots: number;
  readonly build: CheckedBuild;
  /** Of a message that is edited. */
  readonly byteLengths: readonly number[] | undefined;
}

/**
 * A Cap'n Proto message that is built in place in a growing file: of any size, without a copy, and
 * readable by every implementation once it has a checkpoint.
 *
 * The framing is that of a stream, with a table that has room for `maxSegments` segments. What is
 * built is in the file at once; `checkpoint()` makes it a message that can be opened, whatever
 * happens later. See `docs/message-files.md`.
 */
export class MessageFile {
  readonly #parts: MessageFileParts;
  readonly #message: MessageBuilder;
  readonly #arena: FileArena;
  readonly #table: Uint8Array;
  /** Bytes of each segment as of the last checkpoint; undefined before the first. */
  #checkpointed: readonly number[] | undefined;
  /** Checkpoints come one after the other. */
  #pending: Promise<void> = Promise.resolve();
  #failure: MessageFileError | undefined;
  #closed = false;

  private constructor(parts: MessageFileParts) {
    this.#parts = parts;
    const { file, slots, byteLengths } = parts;
    this.#table = file.bytes(0, tableByteLength(slots));
    this.#checkpointed = byteLengths;
    if (byteLengths === undefined) beginTable(this.#table, slots);
    this.#arena = new FileArena(file, {
      slots,
      segmentByteLength: parts.build.segmentByteLength,
      byteLengths: byteLengths ?? [],
      onFull: (segments) => this.#onFull(lengthsOf(segments)),
    });
    this.#message = new MessageBuilder(this.#arena);
  }

  /**
   * Begins a message in a new file.
   *
   * @throws {@link FileError} when the file exists (`EEXIST`) and `replace` is not given, or cannot
   * be created; {@link FileInUseError} when someone else builds in it; {@link CapnpTypeError},
   * {@link CapnpRangeError} for a bad option.
   */
  static create(file: string | URL, options?: CreateMessageOptions): MessageFile {
    const { slots, replace, mode, ...build } = checkCreate(options);
    const target = checkPath(file);
    const buildPath = replace === "at-close" ? pathBeside(target) : target;
    const growing = GrowingFile.create(buildPath, {
      ...build.growing,
      ...(mode === undefined ? {} : { mode }),
      overwrite: replace === "at-once",
    });
    let lock: FileLock | undefined;
    try {
      lock = lockAlone(buildPath);
      // A full disk is an error here, and not at the first checkpoint.
      growing.ensure(tableByteLength(slots));
      return new MessageFile({
        file: growing,
        lock,
        buildPath,
        path: target,
        slots,
        build,
        byteLengths: undefined,
      });
    } catch (error) {
      lock?.release();
      growing.close();
      if (replace !== "at-once") fs.rmSync(buildPath, { force: true });
      throw error;
    }
  }

  /**
   * Opens a message to change it in place and to build on. For files one trusts: what a builder
   * finds in them is not checked against the limits of readers.
   *
   * @throws {@link UnfinishedMessageError} when it has no checkpoint, or more was built since the
   * last one: `recover` it first; {@link MalformedMessageError} when it is no message, or more than
   * one; {@link FileInUseError} when someone else builds in it; {@link FileError}.
   */
  static edit(file: string | URL, options?: BuildOptions): MessageFile {
    const build = checkBuild(options);
    const target = checkPath(file);
    const { growing, fileByteLength } = openGrowing(target, build);
    let lock: FileLock | undefined;
    try {
      lock = lockAlone(target);
      const { slots, byteLengths } = readWhole(growing, target, fileByteLength);
      return new MessageFile({
        file: growing,
        lock,
        buildPath: target,
        path: target,
        slots,
        build,
        byteLengths,
      });
    } catch (error) {
      lock?.release();
      growing.close();
      throw error;
    }
  }

  /**
   * Opens a message to read it in place: only what is read is loaded, and nothing is copied.
   *
   * @throws {@link UnfinishedMessageError} when it has no checkpoint yet; {@link
   * MalformedMessageError} when it is no message or was cut off; {@link FileError} when it cannot
   * be opened.
   */
  static open(file: string | URL, options?: OpenMessageOptions): MessageFileReader {
    return MessageFileReader.open(checkPath(file), options);
  }

  /**
   * Makes a message of everything that was built in a file whose builder was killed, or that lost
   * power. A message that is complete stays as it is.
   *
   * Objects count from the moment a pointer leads to them. After a loss of power some of what was
   * built since the last checkpoint may be missing: pointers to it are an error when they are
   * followed.
   *
   * @throws {@link MalformedMessageError} when it never was a message; {@link FileInUseError} while
   * it is being built; {@link FileError}.
   */
  static recover(file: string | URL, options?: BuildOptions): Recovery {
    const build = checkBuild(options);
    const target = checkPath(file);
    const { growing, fileByteLength } = openGrowing(target, build);
    let lock: FileLock | undefined;
    try {
      lock = lockAlone(target);
      const recovery = recoverMessage(growing, { ...build, fileByteLength });
      growing.close({ byteLength: recovery.byteLength });
      return recovery;
    } finally {
      growing.close();
      lock?.release();
    }
  }

  /** The message. Its builders are empty, and throw, once the file is closed. */
  get message(): MessageBuilder {
    return this.#message;
  }

  /** The file at the end: with `replace: "at-close"` not the one it is built in. */
  get path(): string {
    return this.#parts.path;
  }

  /** Bytes of the message so far, its table included. */
  get byteLength(): number {
    return segmentOffsets(this.#parts.slots, this.#lengths()).at(-1) ?? 0;
  }

  /** How many segments the message has by now. */
  get segmentCount(): number {
    return this.#lengths().length;
  }

  /** Whether it is closed, or was discarded. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A new root struct, all zero. What the root was before is gone. */
  initRoot<B extends StructBuilder>(type: StructType<StructReader, B>): B {
    this.#checkOpen();
    return this.#message.initRoot(type);
  }

  /** The root, to be built on; a new one where there is none. */
  getRoot<B>(type: PointerType<unknown, B>): B {
    this.#checkOpen();
    return this.#message.getRoot(type);
  }

  /**
   * Writes what was built to the disk, and then the segment table: whoever opens the file from now
   * on, whatever happens to this process or this machine, finds a message of at least that.
   *
   * What is built while it waits may be in it or not; it is not lost.
   *
   * @throws {@link MessageFileError} when the disk was full or failed: the last checkpoint stays as
   * it is, and this message cannot be built on. {@link ClosedError}.
   */
  checkpoint(): Promise<void> {
    const next = this.#pending.then(async () => {
      this.#checkOpen();
      const lengths = this.#lengths();
      const { file, slots } = this.#parts;
      await this.#guard(() => file.flush());
      this.#checkOpen();
      if (!this.#storeTable(lengths)) return;
      await this.#guard(() => file.flush({ byteOffset: 0, byteLength: tableByteLength(slots) }));
    });
    this.#pending = next.catch(() => undefined);
    return next;
  }

  /** The same, on this thread. */
  checkpointSync(): void {
    this.#checkOpen();
    const { file, slots } = this.#parts;
    const lengths = this.#lengths();
    this.#guardSync(() => file.flushSync());
    if (!this.#storeTable(lengths)) return;
    this.#guardSync(() => file.flushSync({ byteOffset: 0, byteLength: tableByteLength(slots) }));
  }

  /**
   * A last checkpoint; then the file is closed, trimmed to the message, and, with
   * `replace: "at-close"`, put in the place of the old one. Closing twice is fine.
   *
   * @throws {@link MessageFileError} as `checkpoint`: it is closed all the same, with its last
   * checkpoint; with `replace: "at-close"` the old file stays. {@link FileError}.
   */
  async close(): Promise<void> {
    await this.#pending;
    if (this.#closed) return;
    const outcome = await this.checkpoint().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (this.#closed) return;
    this.#end(outcome);
    await this.#placeDurably();
  }

  /** The same, on this thread. */
  closeSync(): void {
    if (this.#closed) return;
    let outcome: { readonly error: unknown } | undefined;
    try {
      this.checkpointSync();
    } catch (error) {
      outcome = { error };
    }
    this.#end(outcome);
    const { buildPath, path: target } = this.#parts;
    syncSync(buildPath);
    if (buildPath !== target) {
      renameOrRemove(buildPath, target);
      syncSync(path.dirname(target));
    }
  }

  /**
   * Throws what happened to the file's memory so far, as on a full disk, without a checkpoint.
   *
   * @throws {@link MessageFileError}, {@link ClosedError}
   */
  check(): void {
    this.#checkOpen();
    this.#guardSync(() => this.#parts.file.check());
  }

  /**
   * Takes what was built out of this process's memory: it stays in the file, and comes back where
   * it is touched.
   */
  releaseMemory(): void {
    this.#checkOpen();
    const { file } = this.#parts;
    file.advise({ byteOffset: 0, byteLength: this.byteLength }, "dont-need");
  }

  /**
   * Gives up what was built since the last checkpoint: closes the file without another one. Without
   * any, a file that was created is removed; with `replace: "at-close"` the old file stays.
   */
  discard(): void {
    if (this.#closed) return;
    try {
      this.#closeFile();
    } catch (error) {
      // What could not be stored is given up, too.
      if (!(error instanceof MappingFaultError)) throw error;
    }
    const { buildPath, path: target } = this.#parts;
    if (this.#checkpointed === undefined || buildPath !== target) {
      fs.rmSync(buildPath, { force: true });
    }
  }

  /** As `closeSync`. */
  [Symbol.dispose](): void {
    this.closeSync();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #lengths(): number[] {
    return lengthsOf(this.#message.segments);
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`the message in ${this.path}`);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #guard(flush: () => Promise<void>): Promise<void> {
    try {
      await flush();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #guardSync(flush: () => void): void {
    try {
      flush();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** What was stored in scratch memory is lost: no later checkpoint may vouch for it. */
  #fail(error: unknown): Error {
    if (this.#closed || !(error instanceof Error))
      return new ClosedError(`the message in ${this.path}`);
    this.#failure ??= new MessageFileError(this.path, error);
    return this.#failure;
  }

  /**
   * A segment is full. The table of a message that can be opened has to say so before anything is
   * in the next one, and its data has to be on the disk before that.
   */
  #onFull(lengths: readonly number[]): void {
    const index = lengths.length - 1;
    const { file, slots } = this.#parts;
    if (this.#checkpointed === undefined) {
      openNextSlot(this.#table, slots, index, lengths[index] ?? 0);
      return;
    }
    this.checkpointSync();
    // A word of the next one tells that it was begun: what a crash leaves behind belongs to it.
    const begun = [...lengths, wordByteLength];
    this.#guardSync(() => file.ensure(segmentOffsets(slots, begun).at(-1) ?? 0));
    storeSize(this.#table, index + 1, wordByteLength);
    this.#checkpointed = begun;
    this.#guardSync(() => file.flushSync({ byteOffset: 0, byteLength: tableByteLength(slots) }));
  }

  /** Whether the table changed. */
  #storeTable(lengths: readonly number[]): boolean {
    const before = this.#checkpointed;
    if (before === undefined) {
      // A segment became full while the data was flushed: its last part was not.
      if (lengths.length < this.#message.segments.length) {
        this.checkpointSync();
        return false;
      }
      finishTable(this.#table, this.#parts.slots, lengths);
      this.#checkpointed = lengths;
      return true;
    }
    // What another checkpoint has said meanwhile stays: only the last segment of each can differ.
    const index = lengths.length - 1;
    const length = lengths[index] ?? 0;
    if (lengths.length < before.length || length <= (before[index] ?? 0)) return false;
    storeSize(this.#table, index, length);
    this.#checkpointed = lengths;
    return true;
  }

  #end(outcome: { readonly error: unknown } | undefined): void {
    if (outcome === undefined) {
      this.#closeFile();
      return;
    }
    try {
      this.#closeFile();
    } catch {
      // It told of the same trouble.
    }
    if (this.#parts.buildPath !== this.path) fs.rmSync(this.#parts.buildPath, { force: true });
    throw outcome.error;
  }

  #closeFile(): void {
    const { file, lock, slots } = this.#parts;
    this.#closed = true;
    this.#arena.close(this.#message.segments);
    const kept = this.#checkpointed;
    try {
      // Without a checkpoint all stays, for `recover`.
      if (kept === undefined) file.close({ trim: false });
      else file.close({ byteLength: segmentOffsets(slots, kept).at(-1) ?? 0 });
    } finally {
      lock?.release();
    }
  }

  async #placeDurably(): Promise<void> {
    const { buildPath, path: target } = this.#parts;
    await sync(buildPath);
    if (buildPath === target) return;
    renameOrRemove(buildPath, target);
    await sync(path.dirname(target));
  }
}

function openGrowing(
  file: string,
  build: CheckedBuild,
): { readonly growing: GrowingFile; readonly fileByteLength: number } {
  // What it was before: opened to grow it is a whole number of pages long.
  const fileByteLength = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { growing: GrowingFile.open(file, build.growing), fileByteLength };
}

/** The table of a message that is all there is in its file. */
function readWhole(file: GrowingFile, name: string, fileByteLength: number): SegmentTable {
  const table = readFileTable(file, fileByteLength);
  checkFinished(table, name);
  const end = segmentOffsets(table.slots, table.byteLengths).at(-1) ?? 0;
  // What is built next needs memory that is zero.
  if (file.contentEnd(end) > end) {
    throw new UnfinishedMessageError(name, `has more behind its message, from byte ${end} on`);
  }
  return table;
}
