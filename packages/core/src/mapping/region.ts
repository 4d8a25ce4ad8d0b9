// One region of the native core and its buffers, with errors instead of codes. What Mapping and
// GrowingFile are made of; arguments are checked before they get here.

import { constants } from "node:os";
import {
  type NativeHandle,
  native,
  nativeAccess,
  nativeAdvice,
  nativeFlushFlag,
  nativeRegionFlag,
  nativeSource,
  nativeStrategy,
  pageSize,
} from "../binding.js";
import {
  ArgumentRangeError,
  ClosedError,
  type TidemarkError,
  UnsupportedError,
} from "../errors.js";
import { checkFaultHandler, type FaultListener, listenForFaults } from "./fault-events.js";
import { FaultLog, type MappingFault, type MappingFaultError } from "./mapping-fault.js";
import { fileFailure, lockFailure, mapFailure } from "./system-failure.js";
import { longestBuffer, Windows } from "./windows.js";

/** What to map, and how. Byte counts as asked for, not rounded to pages. */
export interface RegionSpec {
  /** For messages: "the file /tmp/x", "anonymous memory". */
  readonly name: string;
  readonly path?: string | undefined;
  readonly source: keyof typeof nativeSource;
  readonly strategy: keyof typeof nativeStrategy;
  readonly access: "read" | "read-write";
  readonly flags: number;
  /** The region's own from success on; -1 for anonymous memory. */
  readonly fd: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly shared: boolean;
  /** Size of the pages to use. */
  readonly pageSize: number;
  readonly stepMin?: number;
  readonly stepMax?: number;
}

/** Some of a region's bytes. */
export interface ByteRange {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * Shared buffers whose own memory was mapped over, and their regions: kept until they are closed,
 * because nothing tells when the engine unmaps such a buffer that is no longer used.
 */
const kept = new Set<Region>();

export class Region implements FaultListener {
  readonly spec: RegionSpec;
  /** Bytes of the first page before the range that was asked for. */
  readonly lead: number;
  readonly #handle: NativeHandle;
  readonly #windows: Windows;
  readonly #log = new FaultLog();
  readonly #stopListening: () => void;
  #onFault: ((error: MappingFaultError) => void) | undefined;
  /** Whole pages that were released, by their first byte. */
  readonly #released: { readonly start: number; readonly end: number }[] = [];
  /** Called when it closes, while its memory is still there. They throw nothing. */
  readonly closing: Set<() => void> = new Set();
  #closed = false;

  constructor(spec: RegionSpec) {
    this.spec = spec;
    this.lead = spec.byteOffset % spec.pageSize;
    const byteLength = roundUp(this.lead + spec.byteLength, spec.pageSize);
    const given = givenBuffer(spec, byteLength);
    const handle = native.open(
      nativeSource[spec.source],
      nativeStrategy[spec.strategy],
      nativeAccess[spec.access],
      spec.flags,
      spec.fd,
      spec.byteOffset - this.lead,
      byteLength,
      spec.stepMin ?? 0,
      spec.stepMax ?? 0,
      given === undefined ? undefined : new Uint8Array(given, 0, spec.byteLength),
    );
    if (typeof handle === "number") throw openFailure(handle, spec);
    this.#handle = handle;
    this.#windows = new Windows(handle, { ...spec, lead: this.lead, owner: this, given });
    this.#stopListening = listenForFaults(this);
    if (given !== undefined) kept.add(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The buffer over all of it. */
  buffer(): ArrayBuffer | SharedArrayBuffer {
    this.#enter();
    return this.#windows.whole();
  }

  view(range: ByteRange): Uint8Array {
    this.#enter();
    return this.#windows.view(range.byteOffset, range.byteLength);
  }

  /** Bytes of the longest view that starts there. */
  longestView(byteOffset: number): number {
    return this.#windows.longestView(byteOffset);
  }

  /** The descriptor, which stays the region's own. */
  get fd(): number {
    this.#enter();
    return native.descriptor(this.#handle);
  }

  /** For native calls of other folders; bytes are counted from `lead` before the range. */
  get handle(): NativeHandle {
    if (this.#closed) throw new ClosedError(this.spec.name);
    return this.#handle;
  }

  // ---- Pages

  protect(range: ByteRange, access: keyof typeof nativeAccess): void {
    const pages = this.#pages(range);
    this.#requireMapped(range);
    this.#requireHeld(pages);
    const code = native.protect(this.#handle, ...pages, nativeAccess[access]);
    this.#check(code, "mprotect", "change the protection");
  }

  advise(range: ByteRange, advice: keyof typeof nativeAdvice): void {
    const code = native.advise(this.#handle, ...this.#pages(range), nativeAdvice[advice]);
    this.#check(code, "madvise", `advise ${JSON.stringify(advice)}`);
  }

  populate(range: ByteRange, write: boolean): number {
    return native.populate(this.#handle, ...this.#pages(range), write);
  }

  lock(range: ByteRange): void {
    const pages = this.#pages(range);
    this.#requireHeld(pages);
    const code = native.lock(this.#handle, ...pages);
    const what = `lock ${range.byteLength} bytes of ${this.spec.name} in memory`;
    if (code !== 0) throw lockFailure(code, { syscall: "mlock", what });
  }

  unlock(range: ByteRange): void {
    const code = native.unlock(this.#handle, ...this.#pages(range));
    this.#check(code, "munlock", "unlock pages");
  }

  residency(range: ByteRange): { bitmap: Uint8Array; pageCount: number; residentCount: number } {
    const [byteOffset, byteLength] = this.#pages(range);
    const pageCount = byteLength / pageSize;
    const bitmap = new Uint8Array(Math.ceil(pageCount / 8));
    const residentCount = native.residency(this.#handle, byteOffset, byteLength, bitmap);
    this.#check(Math.min(0, residentCount), "mincore", "tell which pages are in memory");
    return { bitmap, pageCount, residentCount };
  }

  release(range: ByteRange): void {
    const pages = this.#pages(range);
    this.#requireMapped(range);
    this.#check(native.release(this.#handle, ...pages), "mmap", "release pages");
    this.#released.push({ start: pages[0], end: pages[0] + pages[1] });
  }

  ensure(byteEnd: number): void {
    this.#enter();
    const what = `extend ${this.spec.name} to ${byteEnd} bytes`;
    const code = native.ensure(this.#handle, byteEnd);
    if (code !== 0) {
      throw fileFailure(code, { syscall: "fallocate", what, path: this.spec.path });
    }
  }

  // ---- Writing back

  flushSync(range: ByteRange, flags: number): void {
    const code = native.flushSync(this.#handle, ...this.#pages(range), flags);
    this.#finishFlush(code);
  }

  async flush(range: ByteRange, flags: number): Promise<void> {
    const code = await native.flush(this.#handle, ...this.#pages(range), flags);
    this.#finishFlush(code);
  }

  #finishFlush(code: number): void {
    this.throwRecorded();
    this.#check(code, "msync", "write back");
  }

  // ---- Faults

  /** Has `listener` called on the event loop with each report of recorded faults. */
  onFault(listener: (error: MappingFaultError) => void): void {
    this.#onFault = listener;
  }

  announceFaults(): void {
    this.#collect();
    const error = this.#log.takeAnnouncement();
    if (error !== undefined) this.#onFault?.(error);
  }

  get faults(): readonly MappingFault[] {
    this.#collect();
    return this.#log.history;
  }

  /** Throws what was recorded since the last report. */
  throwRecorded(options: { readonly closing: boolean } = { closing: false }): void {
    this.#collect();
    const error = this.#log.takeReport(options);
    if (error !== undefined) throw error;
  }

  #collect(): void {
    this.#log.add(native.takeFaults(this.#handle), this.lead);
  }

  // ---- Closing

  /**
   * Lets the memory go; gives the descriptor when `keepDescriptor`, else -1. Faults are not thrown.
   */
  close(keepDescriptor: boolean): number {
    if (this.#closed) return -1;
    for (const end of this.closing) end();
    this.closing.clear();
    this.#closed = true;
    this.#collect();
    const unreachable = this.#windows.detach();
    const code = native.close(this.#handle, unreachable, keepDescriptor);
    this.#collect();
    kept.delete(this);
    // The placeholder of a buffer that is still reachable goes on recording.
    if (unreachable) this.#stopListening();
    return keepDescriptor && code >= 0 ? code : -1;
  }

  /** Refuses what a closed region, or a process without our handler, cannot do. */
  #enter(): void {
    if (this.#closed) throw new ClosedError(this.spec.name);
    checkFaultHandler();
  }

  /** The whole pages around a range, as the native core wants them. */
  #pages(range: ByteRange): [byteOffset: number, byteLength: number] {
    this.#enter();
    const size = this.spec.pageSize;
    const start = Math.floor((this.lead + range.byteOffset) / size) * size;
    const end = roundUp(this.lead + range.byteOffset + range.byteLength, size);
    return [start, range.byteLength === 0 ? 0 : end - start];
  }

  /**
   * Where the file is mapped piece by piece, what lies past its end is not there to be changed yet.
   */
  #requireMapped(range: ByteRange): void {
    if (this.spec.strategy !== "remap") return;
    const byteEnd = range.byteOffset + range.byteLength;
    const byteLength = native.fileLength(this.fd);
    if (byteEnd > byteLength) {
      throw new ArgumentRangeError(
        `the range must lie inside ${this.spec.name}, which has ${byteLength} bytes, got one to ` +
          `${byteEnd}: call ensure(${byteEnd}) first`,
      );
    }
    // Another process may have made the file longer than what is mapped here.
    this.ensure(byteEnd);
  }

  /**
   * Released pages are gone: there is nothing to protect or to lock, and they must not come back.
   */
  #requireHeld([start, byteLength]: readonly [byteOffset: number, byteLength: number]): void {
    const gone = this.#released.find(
      (range) => range.start < start + byteLength && range.end > start,
    );
    if (gone === undefined) return;
    throw new ArgumentRangeError(
      `the range must not contain released pages, but bytes ${gone.start - this.lead} to ` +
        `${gone.end - this.lead} of ${this.spec.name} were released`,
    );
  }

  #check(code: number, syscall: string, what: string): void {
    if (code === 0) return;
    const attempt = { syscall, what: `${what} of ${this.spec.name}`, path: this.spec.path };
    throw -code === constants.errno.ENOMEM ? mapFailure(code, attempt) : fileFailure(code, attempt);
  }
}

/** The next multiple of `unit` from `count` on. */
export function roundUp(count: number, unit: number): number {
  return Math.ceil(count / unit) * unit;
}

/** Where Node cannot make shared buffers over our memory: one of its own, to map over. */
function givenBuffer(spec: RegionSpec, byteLength: number): SharedArrayBuffer | undefined {
  if (!spec.shared || native.externalSharedBuffers) return undefined;
  if (byteLength > longestBuffer) {
    throw new UnsupportedError(
      `a shared mapping can have at most ${longestBuffer} bytes in this Node ` +
        `(${process.version}), got ${spec.byteLength}: use Node 22.23.3, 24.16 or 26.1 ` +
        "or later, or leave shared out",
    );
  }
  try {
    return new SharedArrayBuffer(spec.byteLength, { maxByteLength: byteLength });
  } catch {
    throw mapFailure(-constants.errno.ENOMEM, {
      syscall: "mmap",
      what: `reserve ${byteLength} bytes for ${spec.name}`,
    });
  }
}

function openFailure(errno: number, spec: RegionSpec): TidemarkError {
  const what = `map ${spec.byteLength} bytes of ${spec.name}`;
  const attempt = { syscall: "mmap", what, path: spec.path };
  const isSecret = (spec.flags & nativeRegionFlag.secret) !== 0;
  return isSecret && errno !== native.tooManyMappings
    ? lockFailure(errno, { ...attempt, syscall: "mlock" })
    : mapFailure(errno, attempt);
}

/** The flags of {@link Region.flushSync} that say what of the file is written besides its pages. */
export const flushFlag: typeof nativeFlushFlag = nativeFlushFlag;
