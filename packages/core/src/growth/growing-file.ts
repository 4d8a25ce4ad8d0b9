// A file that becomes longer when memory past its end is written.

import fs from "node:fs";
import path from "node:path";
import { type Bytes, checkBytes } from "../arguments.js";
import { native, nativeRegionFlag, pageSize } from "../binding.js";
import { ArgumentRangeError, ArgumentTypeError, ClosedError, NotMappableError } from "../errors.js";
import { type FileReference, type OpenedFile, openFile } from "../mapping/file-source.js";
import { Mapping, regionOf } from "../mapping/mapping.js";
import {
  type AttachOptions,
  checkHandle,
  type MappingHandle,
  openHandle,
} from "../mapping/mapping-handle.js";
import type { MappingRange } from "../mapping/mapping-range.js";
import { flushFlag, Region } from "../mapping/region.js";
import {
  type CheckedGrowth,
  type CloseOptions,
  type CreateOptions,
  checkAttachOptions,
  checkCloseOptions,
  checkCreateOptions,
  checkOpenOptions,
  type GrowingFileOptions,
  type OpenOptions,
} from "./growth-options.js";
import { type Admission, contentEnd, dataEnd, enter, isZero, leave } from "./presence.js";

/** What a growing file is made from, inside this package. */
interface GrowingSource {
  readonly region: Region;
  readonly opened: OpenedFile;
  readonly admission: Admission;
}

/**
 * A file mapped with room to grow: writing past its end extends it, up to `maxByteLength`, and
 * closing trims it to what was written. Threads and processes may grow the same file at once.
 *
 * @example
 * ```ts
 * const file = GrowingFile.create("numbers.bin", { maxByteLength: 2 ** 30 });
 * const numbers = new Float64Array(file.buffer);
 * for (let index = 0; index < 1_000_000; index++) numbers[index] = Math.sqrt(index);
 * file.close({ byteLength: 8_000_000 });
 * ```
 */
export class GrowingFile extends Mapping {
  readonly #growing: GrowingSource;
  /** The file's length when it was last flushed. */
  #flushedLength = -1;

  /**
   * Not for programs: use {@link GrowingFile.create}, {@link GrowingFile.open} or {@link
   * GrowingFile.attach}.
   *
   * @internal
   */
  protected constructor(source: GrowingSource) {
    if (!(source?.region instanceof Region)) {
      throw new ArgumentTypeError("a growing file is made by GrowingFile.create, open or attach");
    }
    const { region } = source;
    super({
      region,
      byteLength: region.spec.byteLength,
      access: "read-write",
      shared: region.spec.shared,
      name: region.spec.name,
    });
    this.#growing = source;
  }

  /**
   * Creates a file and maps it with room to grow.
   *
   * @throws {@link FileError} when it exists (`EEXIST`) and `overwrite` is not set, or cannot be
   * created; {@link FileInUseError} when others grow the file to overwrite; {@link
   * ResourceLimitError} when there is no room for the reservation.
   */
  static create(file: Exclude<FileReference, number>, options?: CreateOptions): GrowingFile {
    const checked = checkCreateOptions(options);
    const opened = openByPath(file, {
      write: true,
      create: true,
      exclusive: !checked.overwrite,
      mode: checked.mode,
    });
    try {
      return new GrowingFile(mapGrowing(opened, checked, checked.overwrite));
    } catch (error) {
      // Nothing of a file that was made for this is of use to anyone.
      if (!checked.overwrite && opened.path !== undefined) fs.rmSync(opened.path, { force: true });
      throw error;
    }
  }

  /**
   * Opens a file that exists, to read it, change it and grow on. After a crash the data is found
   * again.
   *
   * @throws {@link FileError} when it cannot be opened; {@link ArgumentRangeError} when it is
   * longer than `maxByteLength`.
   */
  static open(file: Exclude<FileReference, number>, options?: OpenOptions): GrowingFile {
    const checked = checkOpenOptions(options);
    const opened = openByPath(file, { write: true, create: checked.create, mode: checked.mode });
    return new GrowingFile(mapGrowing(opened, checked, false));
  }

  /**
   * Maps the growing file that another thread or process named with `handle()`, to grow it
   * together.
   *
   * @throws {@link StaleHandleError} when it is no longer open there, or not for this user to open.
   */
  static override attach(
    handle: MappingHandle,
    options?: GrowingFileOptions & AttachOptions,
  ): GrowingFile {
    const { maxByteLength, ...checked } = checkHandle(handle);
    if (maxByteLength === undefined) {
      throw new ArgumentTypeError("this handle is not of a growing file: use Mapping.attach");
    }
    const { shared } = checked;
    const { growth, descriptor } = checkAttachOptions(options, { maxByteLength, shared });
    const opened = openHandle(checked, { write: true, descriptor, anew: true });
    return new GrowingFile(mapGrowing(opened, growth, false));
  }

  /** The reservation: bytes the file can have at the most, and the length of `buffer`. */
  get maxByteLength(): number {
    return super.byteLength;
  }

  /** Bytes the file has now, ahead of the data: what `stat` says. */
  get fileByteLength(): number {
    return native.fileLength(regionOf(this).fd);
  }

  /**
   * Bytes of data: to the end of the page that holds the last byte that is not zero, at least the
   * length the file had before. What `close` trims the file to. Looks for it, backwards from the
   * file's end.
   */
  override get byteLength(): number {
    const { opened, admission } = this.#growing;
    const { floor } = admission;
    const { maxByteLength } = this;
    const end = dataEnd({ ...opened, fd: regionOf(this).fd }, { floor, maxByteLength });
    return Math.min(end, maxByteLength);
  }

  /**
   * Bytes of the file up to the last one that is not zero, at least `from`: to the byte, where
   * `byteLength` is to the page. Looks for it, backwards from the file's end; holes are not read.
   *
   * @throws {@link ArgumentRangeError} for a `from` past `maxByteLength`; {@link FileError};
   * {@link ClosedError}
   */
  contentEnd(from: Bytes = 0): number {
    const floor = checkBytes("from", from, { most: this.maxByteLength });
    const { opened } = this.#growing;
    if (this.closed) throw new ClosedError(opened.name);
    const end = contentEnd({ ...opened, fd: regionOf(this).fd }, floor);
    return Math.min(end, this.maxByteLength);
  }

  /**
   * Extends the file to at least `byteEnd` bytes now: before memory is handed to a system call,
   * which cannot extend it, or where a full disk must be an error here.
   *
   * @throws {@link FileError} when the file system refuses (`ENOSPC`, `EDQUOT`, `EFBIG`).
   */
  ensure(byteEnd: Bytes): void {
    const hint = "no more was reserved (maxByteLength)";
    const end = checkBytes("byteEnd", byteEnd, { most: this.maxByteLength, hint });
    regionOf(this).ensure(end);
  }

  override async flush(range?: MappingRange): Promise<void> {
    const length = this.fileByteLength;
    await super.flush(range);
    if (this.#flushedLength < 0) await syncDirectory(this.#growing.opened.path);
    this.#flushedLength = length;
  }

  override flushSync(
    range?: MappingRange,
    options?: { readonly wait?: boolean; readonly invalidate?: boolean },
  ): void {
    const length = this.fileByteLength;
    super.flushSync(range, options);
    if (options?.wait === false) return;
    if (this.#flushedLength < 0) syncDirectorySync(this.#growing.opened.path);
    this.#flushedLength = length;
  }

  /** A longer file is durable only when its metadata is. */
  protected override fileFlushFlags(): number {
    return this.fileByteLength === this.#flushedLength ? 0 : flushFlag.fileMetadata;
  }

  override handle(): MappingHandle {
    return { ...super.handle(), maxByteLength: this.maxByteLength };
  }

  /**
   * Gives the memory back, and, when no other process has the file open to grow, trims it to what
   * was written. Closing twice is fine.
   *
   * @throws {@link MappingFaultError} for faults recorded since the last report, such as a full
   * disk; it is closed and trimmed all the same. {@link FileError} when it could not be trimmed.
   */
  override close(options?: CloseOptions): void {
    const checked = checkCloseOptions(options, this.maxByteLength);
    if (this.closed) return;
    const region = regionOf(this);
    const fd = region.close(true);
    const { opened, admission } = this.#growing;
    try {
      leave({ ...opened, fd }, admission, { ...checked, maxByteLength: this.maxByteLength });
    } finally {
      native.closeFile(fd);
    }
    region.throwRecorded({ closing: true });
  }
}

function openByPath(file: unknown, how: Parameters<typeof openFile>[2]): OpenedFile {
  if (typeof file === "number") {
    throw new ArgumentTypeError("file must be a path or a file: URL, got a descriptor");
  }
  return openFile("file", file, how);
}

/**
 * Maps an open file with room to grow; the descriptor is the mapping's, or closed when this throws.
 */
function mapGrowing(opened: OpenedFile, options: CheckedGrowth, overwrite: boolean): GrowingSource {
  const { maxByteLength, prefault, ...rest } = options;
  let admission: Admission | undefined;
  try {
    if (!opened.stat.isFile()) {
      throw new NotMappableError(`${opened.name} is a device: only files can grow`);
    }
    const length = Number(opened.stat.size);
    // The last page of a file that is being grown, or was by a crash, may reach past the
    // reservation.
    if (!overwrite && length > maxByteLength && !isZero(opened.fd, maxByteLength, length)) {
      throw new ArgumentRangeError(
        `options.maxByteLength must be at least ${length}, the length of ${opened.name}, ` +
          `got ${maxByteLength}`,
      );
    }
    admission = enter(opened, { overwrite });
    const region = new Region({
      ...rest,
      name: opened.name,
      path: opened.path,
      source: "file",
      access: "read-write",
      flags: prefault ? nativeRegionFlag.prefault : 0,
      fd: opened.fd,
      byteOffset: 0,
      byteLength: maxByteLength,
      pageSize,
    });
    return { region, opened, admission };
  } catch (error) {
    const asBefore = { byteLength: undefined, trim: true, maxByteLength };
    if (admission !== undefined) leave(opened, admission, asBefore);
    native.closeFile(opened.fd);
    throw error;
  }
}

// A new file survives a power loss only when its directory entry does.

async function syncDirectory(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const directory = await fs.promises.open(path.dirname(file), "r").catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

function syncDirectorySync(file: string | undefined): void {
  if (file === undefined) return;
  let fd: number;
  try {
    fd = fs.openSync(path.dirname(file), "r");
  } catch {
    return;
  }
  try {
    fs.fsyncSync(fd);
  } catch {
    // Not every file system can: then the entry is as durable as it makes it.
  } finally {
    fs.closeSync(fd);
  }
}
