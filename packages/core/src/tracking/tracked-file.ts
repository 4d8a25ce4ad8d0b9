// A file whose memory changes it only when told to: all at once, or not at all.

import { EventEmitter } from "node:events";
import {
  type NativeOutcome,
  native,
  nativeCommitFlag,
  nativeDetection,
  nativeRegionFlag,
  pageSize,
} from "../binding.js";
import { ArgumentRangeError, ArgumentTypeError, NotMappableError } from "../errors.js";
import { type FileReference, type OpenedFile, openFile } from "../mapping/file-source.js";
import type { MappingFault, MappingFaultError } from "../mapping/mapping-fault.js";
import { checkRange, type MappingRange } from "../mapping/mapping-range.js";
import type { MappingSource } from "../mapping/mapping-source.js";
import { Region } from "../mapping/region.js";
import { mapFailure } from "../mapping/system-failure.js";
import { commitFailure } from "./commit-failure.js";
import { findPlace, type JournalPlace, recover } from "./journal-place.js";
import {
  type CheckedCommit,
  type CheckedTracking,
  type CommitOptions,
  checkCloseOptions,
  checkCommitOptions,
  checkTrackedOptions,
  type TrackedCloseOptions,
  type TrackedFileOptions,
  type TrackingDetection,
} from "./tracking-options.js";

/** Part of a tracked file that was written: whole pages, but for the end of the reservation. */
export interface DirtyRange {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** The events of a tracked file. */
export interface TrackedFileEvents {
  /** Memory could not be had; the same error is thrown by the next `commit`, `check` or `close`. */
  fault: [error: MappingFaultError];
}

/** What a tracked file is made from, inside this module. */
interface TrackedSource {
  readonly region: Region;
  readonly place: JournalPlace;
  readonly options: CheckedTracking;
}

/**
 * A file in memory that is changed only by {@link TrackedFile.commit}: then it holds all changes or
 * none, whatever happens in between. What was written is known, and nothing else is written back.
 * Writing past the file's end makes it longer, in page steps, up to `maxByteLength`.
 *
 * @example
 * ```ts
 * const file = TrackedFile.open("accounts.bin", { create: true, maxByteLength: 2 ** 30 });
 * const balances = new Float64Array(file.buffer);
 * balances[3] = (balances[3] ?? 0) - 100;
 * balances[7] = (balances[7] ?? 0) + 100;
 * await file.commit(); // both, or neither
 * file.close();
 * ```
 */
export class TrackedFile extends EventEmitter<TrackedFileEvents> {
  readonly #region: Region;
  readonly #place: JournalPlace;
  readonly #options: CheckedTracking;
  /** A fault because of which the memory is not what the program wrote, until a rollback. */
  #damage: MappingFaultError | undefined;

  /**
   * Not for programs: use {@link TrackedFile.open}.
   *
   * @internal
   */
  protected constructor(source: TrackedSource) {
    if (!(source?.region instanceof Region)) {
      throw new ArgumentTypeError("a tracked file is made by TrackedFile.open");
    }
    super();
    this.#region = source.region;
    this.#place = source.place;
    this.#options = source.options;
    this.#region.onFault((error) => this.emit("fault", error));
  }

  /**
   * Opens a file to change it in steps that happen or do not. A commit that did not end, because
   * its process or the system did, is undone first.
   *
   * @param file path or `file:` URL.
   * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError} for a bad argument, or a file
   * longer than `maxByteLength`; {@link FileError} when it cannot be opened for writing, or its
   * directory for reading; {@link NotMappableError} for anything but a file; {@link JournalError}
   * when the journal beside it is of another file; {@link FileInUseError} when another process is
   * committing for seconds; {@link ResourceLimitError} when there is no room for the reservation;
   * {@link UnsupportedError} for `detection: "kernel"` on a system that cannot.
   */
  static open(file: Exclude<FileReference, number>, options?: TrackedFileOptions): TrackedFile {
    const checked = checkTrackedOptions(options);
    if (typeof file === "number") {
      throw new ArgumentTypeError("file must be a path or a file: URL, got a descriptor");
    }
    const { create, mode } = checked;
    const opened = openFile("file", file, { write: true, create, mode });
    return new TrackedFile(track(file, opened, checked));
  }

  /** The memory: `maxByteLength` bytes. Empty once it is closed, when it is an ArrayBuffer. */
  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.#region.buffer();
  }

  /** The reservation: bytes the file can have at the most, and the length of `buffer`. */
  get maxByteLength(): number {
    return this.#options.maxByteLength;
  }

  /** Bytes that the next commit gives the file, when it is not told otherwise. */
  get byteLength(): number {
    return this.#dirty().length;
  }

  /** Bytes the file has now. */
  get fileByteLength(): number {
    return native.fileLength(this.#region.fd);
  }

  /** The file's path, without symbolic links. */
  get path(): string {
    return this.#place.path;
  }

  /** How it is known what was written: as asked for, or as this system can. */
  get detection(): TrackingDetection {
    return this.#options.detection;
  }

  /** Whether `buffer` is a SharedArrayBuffer. */
  get shared(): boolean {
    return this.#options.shared;
  }

  /** Whether the file is closed. */
  get closed(): boolean {
    return this.#region.closed;
  }

  /** The first 64 faults that could not be resolved, since the file was opened. */
  get faults(): readonly MappingFault[] {
    return this.#region.faults;
  }

  /**
   * A view of part of the memory; default all of it. The one way to reach all of a reservation that
   * is longer than the longest buffer of this Node (4 GiB in Node 20).
   *
   * @throws {@link ArgumentRangeError} for a range outside, or longer than a view can be.
   */
  bytes(byteOffset?: number | bigint, byteLength?: number | bigint): Uint8Array {
    const range = checkRange(this.#source, {
      ...(byteOffset === undefined ? {} : { byteOffset }),
      ...(byteLength === undefined ? {} : { byteLength }),
    });
    return this.#region.view(range);
  }

  /**
   * Where the memory was written since the last commit or rollback, in order, neighbours joined.
   * Costs what was written. Waits for a commit that is going on.
   */
  dirtyRanges(): DirtyRange[] {
    const { runs } = this.#dirty();
    const ranges: DirtyRange[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const byteOffset = runs[index] as number;
      const rest = this.maxByteLength - byteOffset;
      ranges.push({ byteOffset, byteLength: Math.min(runs[index + 1] as number, rest) });
    }
    return ranges;
  }

  /**
   * Makes the pages of a range (default: all) written ones, as writing to each would: with
   * `detection: "guard-pages"`, before the memory is handed to a system call that writes into it
   * (`fs.readSync(fd, view)`), which a guard page would make fail.
   */
  touch(range?: MappingRange): void {
    const { byteOffset, byteLength } = checkRange(this.#source, range);
    native.touch(this.#region.handle, byteOffset, byteLength);
  }

  /**
   * Makes the file hold what was written, off the event loop: all of it or, when this fails, none.
   * Threads that write to the memory meanwhile, this one too, wait until it is over; what they
   * write is part of the next commit. System calls that write to what is being committed fail
   * (`EFAULT`).
   *
   * @throws {@link FileChangedError} when others changed or replaced the file meanwhile; {@link
   * FileError} when the system refuses (disk full, I/O error, directory not writable); {@link
   * FileInUseError}; {@link MappingFaultError} when what is in memory is not what was written
   * there, until a rollback. The file is as it was then, and the changes are still in memory.
   */
  async commit(options?: CommitOptions): Promise<void> {
    const [flags, length] = this.#request(checkCommitOptions(options, this.maxByteLength));
    this.#settle(await native.commit(this.#region.handle, flags, length));
  }

  /** The same, on this thread. */
  commitSync(options?: CommitOptions): void {
    this.#commitNow(checkCommitOptions(options, this.maxByteLength));
  }

  /**
   * Drops what was written since the last commit, and shows the file as it is now. Other threads
   * must not write meanwhile: what they write may be dropped, too.
   */
  rollback(): void {
    const code = native.rollback(this.#region.handle);
    if (code !== 0) throw this.#failure({ code, call: "mmap" }, "roll back");
    this.#damage = undefined;
    try {
      this.#region.throwRecorded();
    } catch {
      // What these faults spoiled is gone.
    }
  }

  /** Throws the faults recorded since the last report, if there are any. */
  check(): void {
    try {
      this.#region.throwRecorded();
    } catch (error) {
      this.#damage ??= error as MappingFaultError;
      throw error;
    }
  }

  /**
   * Commits, unless told otherwise, and gives the memory back: an ArrayBuffer becomes empty, with
   * all its views. When the commit fails the file stays open, so that nothing is lost: try again,
   * or close with `{ commit: false }`. Closing twice is fine.
   *
   * @throws as {@link TrackedFile.commit}.
   */
  close(options?: TrackedCloseOptions): void {
    const checked = checkCloseOptions(options, this.maxByteLength);
    if (this.closed) return;
    if (checked.commit) this.#commitNow(checked);
    this.#region.close(false);
    this.#region.throwRecorded({ closing: true });
  }

  /** Closes; when the commit fails, the changes are dropped, and the error is thrown. */
  [Symbol.dispose](): void {
    try {
      this.close();
    } finally {
      this.close({ commit: false });
    }
  }

  /** The same, with the commit off the event loop. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.closed) await this.commit();
    } finally {
      this.close({ commit: false });
    }
  }

  get #source(): MappingSource {
    const { maxByteLength: byteLength, shared } = this.#options;
    const { name } = this.#region.spec;
    return { region: this.#region, byteLength, access: "copy-on-write", shared, name };
  }

  #dirty(): { readonly length: number; readonly runs: Float64Array } {
    const found = native.dirty(this.#region.handle);
    if (typeof found !== "number") return found;
    const what = `tell what was written of ${this.#region.spec.name}`;
    throw mapFailure(found, { syscall: "ioctl", what, path: this.path });
  }

  #request({ durable, byteLength }: CheckedCommit): [flags: number, byteLength: number] {
    // Says so first when it is closed, or when guard pages would not work.
    this.#region.fd;
    this.check();
    if (this.#damage !== undefined) throw this.#damage;
    const flags =
      (durable ? nativeCommitFlag.durable : 0) |
      (byteLength === undefined ? 0 : nativeCommitFlag.length);
    return [flags, byteLength ?? 0];
  }

  #commitNow(commit: CheckedCommit): void {
    const [flags, length] = this.#request(commit);
    this.#settle(native.commitSync(this.#region.handle, flags, length));
  }

  #settle(outcome: NativeOutcome): void {
    if (outcome.code !== 0) throw this.#failure(outcome, "commit to");
  }

  #failure(outcome: NativeOutcome, doing: "commit to" | "roll back"): Error {
    return commitFailure(outcome, { doing, path: this.path });
  }
}

/** Maps an open file; its descriptor is the region's from then on, or closed when this throws. */
function track(
  file: Exclude<FileReference, number>,
  opened: OpenedFile,
  options: CheckedTracking,
): TrackedSource {
  let place: JournalPlace | undefined;
  try {
    if (!opened.stat.isFile()) {
      throw new NotMappableError(`${opened.name} is a device: only files can be tracked`);
    }
    place = findPlace(file, opened);
    recover(opened, place);
    return { region: mapTracked(opened, place, options), place, options };
  } catch (error) {
    if (place !== undefined) native.closeFile(place.directory);
    native.closeFile(opened.fd);
    throw error;
  }
}

function mapTracked(opened: OpenedFile, place: JournalPlace, options: CheckedTracking): Region {
  const { maxByteLength, shared, detection } = options;
  const length = native.fileLength(opened.fd);
  if (length > maxByteLength) {
    throw new ArgumentRangeError(
      `options.maxByteLength must be at least ${length}, the length of ${opened.name}, ` +
        `got ${maxByteLength}`,
    );
  }
  const region = new Region({
    name: opened.name,
    path: opened.path,
    source: "file",
    strategy: "tracked",
    access: "read-write",
    flags: nativeRegionFlag.copyOnWrite,
    fd: opened.fd,
    byteOffset: 0,
    byteLength: maxByteLength,
    shared,
    pageSize,
  });
  const { directory, name, journal, identity } = place;
  const how = nativeDetection[detection];
  const code = native.track(region.handle, how, maxByteLength, directory, name, journal, identity);
  if (code !== 0) {
    region.close(true);
    throw mapFailure(code, { syscall: "mmap", what: `track ${opened.name}`, path: opened.path });
  }
  return region;
}
