// A range of memory backed by a file or by nothing, as a program uses it.

import { EventEmitter } from "node:events";
import { type Bytes, checkFlag, checkOptions, checkWord } from "../arguments.js";
import { native, pageSize } from "../binding.js";
import { ArgumentRangeError, ArgumentTypeError, ClosedError, UnsupportedError } from "../errors.js";
import { type AnonymousOptions, mapAnonymous } from "./anonymous-memory.js";
import { checkOpenOptions, mapOpened, type OpenFileOptions } from "./file-mapping.js";
import { type FileReference, openFile } from "./file-source.js";
import type { MappingFault, MappingFaultError } from "./mapping-fault.js";
import {
  type AttachOptions,
  checkHandle,
  describeFile,
  type MappingHandle,
  openHandle,
} from "./mapping-handle.js";
import { checkRange, checkWholePages, type MappingRange } from "./mapping-range.js";
import { isSource, type MappingAccess, type MappingSource } from "./mapping-source.js";
import { flushFlag, type Region } from "./region.js";
import { fileFailure } from "./system-failure.js";

/** What the system is told about the coming use of memory. See madvise(2). */
export type MappingAdvice =
  | "normal"
  | "random"
  | "sequential"
  | "will-need"
  | "dont-need"
  | "cold"
  | "page-out"
  | "huge-page"
  | "no-huge-page"
  | "dont-dump"
  | "do-dump"
  | "dont-fork"
  | "do-fork"
  | "collapse";

const adviceWords: readonly MappingAdvice[] = [
  "normal",
  "random",
  "sequential",
  "will-need",
  "dont-need",
  "cold",
  "page-out",
  "huge-page",
  "no-huge-page",
  "dont-dump",
  "do-dump",
  "dont-fork",
  "do-fork",
  "collapse",
];

/** Which pages of a range are in memory. */
export interface Residency {
  /** Bytes of one page. */
  readonly pageSize: number;
  readonly pageCount: number;
  readonly residentCount: number;
  /** Bit i, the least significant first, is set when page i of the range is in memory. */
  readonly bitmap: Uint8Array;
}

/** The events of a mapping. */
export interface MappingEvents {
  /** Memory could not be had; the same error is thrown by the next `flush`, `check` or `close`. */
  fault: [error: MappingFaultError];
}

const regions = new WeakMap<Mapping, Region>();

/** The native side of a mapping that has one, for the other folders of this package. */
export function regionOf(mapping: Mapping): Region {
  return regions.get(mapping) as Region;
}

/**
 * A range of mapped memory. Get one from {@link Mapping.openFile}, {@link Mapping.anonymous} or
 * {@link Mapping.attach}; give it back with {@link Mapping.close} or `using`.
 *
 * @example
 * ```ts
 * const mapping = Mapping.openFile("data.bin", { access: "read" });
 * const bytes = mapping.bytes();
 * console.log(bytes.length);
 * mapping.close();
 * ```
 */
export class Mapping extends EventEmitter<MappingEvents> {
  readonly #source: MappingSource;
  /** Of a mapping without bytes, which has no region. */
  #emptyClosed = false;

  /**
   * Not for programs: use {@link Mapping.openFile}, {@link Mapping.anonymous} or {@link
   * Mapping.attach}.
   *
   * @internal
   */
  protected constructor(source: MappingSource) {
    if (!isSource(source)) {
      throw new ArgumentTypeError(
        "a mapping is made by Mapping.openFile, Mapping.anonymous, Mapping.attach or GrowingFile",
      );
    }
    super();
    this.#source = source;
    if (source.region === undefined) return;
    regions.set(this, source.region);
    source.region.onFault((error) => this.emit("fault", error));
  }

  /**
   * Maps a file, or part of it. The file's length stays as it is; for a file that grows see
   * `GrowingFile`.
   *
   * @param file path, `file:` URL, or an open descriptor (which stays the caller's, and may be
   * closed).
   * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError} for a bad argument;
   * {@link NotMappableError} for a directory, pipe or socket; {@link FileError} when it cannot be
   * opened; {@link ResourceLimitError} when there is no room for it.
   */
  static openFile(file: FileReference, options?: OpenFileOptions): Mapping {
    const checked = checkOpenOptions(options);
    const opened = openFile("file", file, { write: checked.access === "read-write" });
    return new Mapping(mapOpened(opened, checked));
  }

  /**
   * Maps memory without a file, all zero.
   *
   * @param byteLength bytes, at least 1.
   * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError}; {@link ResourceLimitError} when
   * there is no room, for secret memory beyond what may be locked, or without reserved huge pages.
   */
  static anonymous(byteLength: Bytes, options?: AnonymousOptions): Mapping {
    return new Mapping(mapAnonymous(byteLength, options));
  }

  /**
   * Maps the memory that another thread or process named with {@link Mapping.handle}.
   *
   * @throws {@link StaleHandleError} when it is no longer there, or not for this user to open.
   */
  static attach(handle: MappingHandle, options?: AttachOptions): Mapping {
    const checked = checkHandle(handle);
    if (checked.maxByteLength !== undefined) {
      throw new ArgumentTypeError("this handle is of a growing file: use GrowingFile.attach");
    }
    const { descriptor } = checkOptions("options", options, ["descriptor"]);
    const opened = openHandle(checked, { write: checked.access === "read-write", descriptor });
    return new Mapping(mapOpened(opened, { ...checked, populate: false }));
  }

  /**
   * The memory. Empty once the mapping is closed, when it is an ArrayBuffer; see `docs/safety.md`.
   */
  get buffer(): ArrayBuffer | SharedArrayBuffer {
    const region = this.#open();
    if (region !== undefined) return region.buffer();
    return this.#source.shared ? new SharedArrayBuffer(0) : new ArrayBuffer(0);
  }

  /** Bytes of the mapping. */
  get byteLength(): number {
    return this.#source.byteLength;
  }

  /** What may be done to the memory, as it was opened. */
  get access(): MappingAccess {
    return this.#source.access;
  }

  /** Whether `buffer` is a SharedArrayBuffer. */
  get shared(): boolean {
    return this.#source.shared;
  }

  /** Whether `close` has been called. Nothing else can be asked of it then but its sizes. */
  get closed(): boolean {
    return this.#source.region?.closed ?? this.#emptyClosed;
  }

  /**
   * The first 64 faults that could not be resolved, since the mapping was made. Of many that come
   * before the event loop or this library gets to look, the first eight are kept in full; errors
   * count them all.
   */
  get faults(): readonly MappingFault[] {
    return this.#source.region?.faults ?? [];
  }

  /**
   * A view of part of the memory; default all of it. The one way to reach all of a mapping that is
   * longer than the longest buffer of this Node (4 GiB in Node 20).
   *
   * @throws {@link ArgumentRangeError} for a range outside, or longer than a view can be.
   */
  bytes(byteOffset?: Bytes, byteLength?: Bytes): Uint8Array {
    const region = this.#open();
    const range = checkRange(this.#source, {
      ...(byteOffset === undefined ? {} : { byteOffset }),
      ...(byteLength === undefined ? {} : { byteLength }),
    });
    return region === undefined ? new Uint8Array(this.buffer) : region.view(range);
  }

  /**
   * Bytes of the longest view that {@link Mapping.bytes} can give from `byteOffset` on: to the end
   * of the mapping, but for the longest buffer of this Node.
   */
  longestView(byteOffset: Bytes): number {
    const region = this.#open();
    const range = checkRange(this.#source, { byteOffset });
    return region?.longestView(range.byteOffset) ?? 0;
  }

  /**
   * Has the changes of a range (default: all) written to the file, off the event loop, and waits
   * until the device has them.
   *
   * @throws {@link MappingFaultError} for faults recorded since the last report; {@link FileError}
   * when the system could not write.
   */
  async flush(range?: MappingRange): Promise<void> {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    if (region !== undefined) await region.flush(checked, this.fileFlushFlags());
  }

  /**
   * The same, on this thread.
   *
   * @param options `wait`: until the device has them, default true; else the writing is only
   * started. `invalidate`: asks the system to drop other copies, so that they show what was
   * written.
   */
  flushSync(
    range?: MappingRange,
    options?: { readonly wait?: boolean; readonly invalidate?: boolean },
  ): void {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    const how = checkOptions("options", options, ["wait", "invalidate"]);
    const wait = checkFlag("options.wait", how.wait, true);
    const invalidate = checkFlag("options.invalidate", how.invalidate, false);
    const flags = (wait ? 0 : flushFlag.async) | (invalidate ? flushFlag.invalidate : 0);
    region?.flushSync(checked, flags | (wait ? this.fileFlushFlags() : 0));
  }

  /** What of the file a flush writes besides its pages. Files that grow have more to say. */
  protected fileFlushFlags(): number {
    return 0;
  }

  /**
   * Changes what may be done to whole pages; `"none"` makes guard pages. Touching what is not
   * allowed does not end the process: it is a recorded fault.
   *
   * @throws {@link ArgumentRangeError} when the range does not cover whole pages.
   */
  protect(range: MappingRange, access: "none" | "read" | "read-write"): void {
    const region = this.#open();
    const checked = checkWholePages(this.#source, range);
    const word = checkWord("access", access, ["none", "read", "read-write"]);
    if (word === "read-write" && this.access === "read") {
      throw new ArgumentRangeError(
        'access must be "none" or "read" for a mapping opened with access "read", got "read-write"',
      );
    }
    if (checked.byteLength > 0) region?.protect(checked, word);
  }

  /**
   * Tells the system how a range (default: all) will be used. The pages around it are told, too.
   * `"collapse"` is more than advice: it moves what is there to huge pages now, for memory and
   * files on tmpfs.
   *
   * @throws {@link FileError} when the system refuses: `"collapse"` of less than a huge page, of a
   * file on a disk, or without free huge pages.
   */
  advise(range: MappingRange | undefined, advice: MappingAdvice): void {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    const word = checkWord("advice", advice, adviceWords);
    if (word === "dont-need" && this.#isPrivate) {
      throw new ArgumentRangeError(
        'advice "dont-need" would throw away the only copy of private memory: ' +
          "use punchHole() if that is meant",
      );
    }
    if (checked.byteLength > 0) region?.advise(checked, word);
  }

  /**
   * Brings a range (default: all) into memory now; with `write`, ready to be written. What cannot
   * be had is left to the first touch.
   */
  prefetch(range?: MappingRange, options?: { readonly write?: boolean }): void {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    const how = checkOptions("options", options, ["write"]);
    const write = checkFlag("options.write", how.write, false);
    if (write && this.access === "read") {
      throw new ArgumentRangeError('options.write is not possible with access "read"');
    }
    if (checked.byteLength > 0) region?.populate(checked, write);
  }

  /**
   * Keeps the pages of a range (default: all) in memory until they are unlocked or the mapping is
   * closed.
   *
   * @throws {@link ResourceLimitError} beyond what this process may lock; it states the limit.
   */
  lock(range?: MappingRange): void {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    if (checked.byteLength > 0) region?.lock(checked);
  }

  /** Undoes {@link Mapping.lock} for the pages of a range (default: all). */
  unlock(range?: MappingRange): void {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    if (checked.byteLength > 0) region?.unlock(checked);
  }

  /** Tells which pages of a range (default: all) are in memory. */
  residency(range?: MappingRange): Residency {
    const region = this.#open();
    const checked = checkRange(this.#source, range);
    const found =
      region === undefined || checked.byteLength === 0
        ? { bitmap: new Uint8Array(0), pageCount: 0, residentCount: 0 }
        : region.residency(checked);
    return { pageSize, ...found };
  }

  /**
   * Unmaps whole pages: their memory and their hold on the file go, the rest stays usable. Touching
   * them afterwards reads zeros and is a recorded fault.
   *
   * @throws {@link ArgumentRangeError} when the range does not cover whole pages.
   */
  release(range: MappingRange): void {
    const region = this.#open();
    const checked = checkWholePages(this.#source, range);
    if (checked.byteLength > 0) region?.release(checked);
  }

  /**
   * Gives the storage of a range back: it reads as zeros from then on, in the file, too. The length
   * stays.
   *
   * @throws {@link UnsupportedError} where the file system cannot; {@link ArgumentRangeError} for a
   * mapping that does not write to its file.
   */
  punchHole(range: MappingRange): void {
    const region = this.#open();
    if (this.access === "read" || (this.access === "copy-on-write" && !this.#source.anonymous)) {
      throw new ArgumentRangeError(
        `a hole can be punched with access "read-write" only, this mapping has "${this.access}"`,
      );
    }
    if (this.#source.anonymous === true) {
      const pages = checkWholePages(this.#source, range);
      if (pages.byteLength > 0) region?.advise(pages, "dont-need");
      return;
    }
    const checked = checkRange(this.#source, range);
    if (region === undefined || checked.byteLength === 0) return;
    const start = region.spec.byteOffset + checked.byteOffset;
    const code = native.punchHole(region.fd, start, checked.byteLength);
    const what = `punch a hole into ${region.spec.name}`;
    if (code !== 0) throw fileFailure(code, { syscall: "fallocate", what, path: region.spec.path });
  }

  /**
   * Names this memory for {@link Mapping.attach} in another thread or process, as long as it is
   * open here.
   *
   * @throws {@link UnsupportedError} for private memory, which no one else can have.
   */
  handle(): MappingHandle {
    const region = this.#open();
    if (region === undefined || this.#source.anonymous === true) {
      throw new UnsupportedError(
        "this memory cannot be handed over: it is private or empty; " +
          'use Mapping.anonymous(byteLength, { sharing: "shared" }), or a file',
      );
    }
    return {
      type: "tidemark.mapping",
      version: 1,
      ...describeFile(region.fd),
      byteOffset: region.spec.byteOffset,
      byteLength: this.#source.byteLength,
      access: this.access,
      shared: this.shared,
    };
  }

  /**
   * Throws the faults recorded since the last report, if there are any, as a {@link
   * MappingFaultError}.
   */
  check(): void {
    this.#source.region?.throwRecorded();
  }

  /**
   * Gives the memory back. An ArrayBuffer becomes empty, with all its views; a SharedArrayBuffer
   * reads as zeros from then on. Waits for flushes in progress. Closing twice is fine.
   *
   * @throws {@link MappingFaultError} for faults recorded since the last report; it is closed all
   * the same.
   */
  close(): void {
    if (this.closed) return;
    this.#emptyClosed = true;
    this.#source.region?.close(false);
    this.#source.region?.throwRecorded({ closing: true });
  }

  /** As `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  get #isPrivate(): boolean {
    return this.#source.anonymous === true || this.access === "copy-on-write";
  }

  #open(): Region | undefined {
    if (this.closed) throw new ClosedError(this.#source.name);
    return this.#source.region;
  }
}
