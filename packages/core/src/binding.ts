// Loads the native core, and says in types what it offers. Nothing else knows where it is.

import fs from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { NativeMissingError } from "./errors.js";

/** A mapping of the native core. Opaque, and checked there: a foreign object is refused. */
export interface NativeHandle {
  readonly nativeHandle: never;
}

/** What a handler recorded. `kind` is an index into {@link faultKinds}. */
export interface NativeFault {
  readonly kind: number;
  readonly offset: number;
  readonly error: number;
  readonly write: number;
}

/** How a commit or a recovery ended: a code, and for failures the system call and its object. */
export interface NativeOutcome {
  readonly code: number;
  readonly call?: string;
  readonly subject?: string;
}

/**
 * The native functions. Each gives 0 or a count, or a negative error number; arguments were checked
 * before (`native/binding/` has the order and meaning of each).
 */
export interface NativeBinding {
  readonly pageSize: number;
  readonly hugePageSize: number;
  readonly mapEntryLimit: number;
  /** The error number (negative) that says so when there are more. */
  readonly tooManyMappings: number;
  readonly externalSharedBuffers: boolean;

  open(
    source: number,
    strategy: number,
    access: number,
    flags: number,
    fd: number,
    fileOffset: number,
    byteLength: number,
    stepMin: number,
    stepMax: number,
    range?: Uint8Array,
  ): NativeHandle | number;
  buffer(
    handle: NativeHandle,
    byteOffset: number,
    byteLength: number,
    shared: boolean,
  ): ArrayBuffer | SharedArrayBuffer | number;
  detach(buffer: ArrayBuffer): number;
  close(handle: NativeHandle, unreachable: boolean, keepDescriptor: boolean): number;
  descriptor(handle: NativeHandle): number;
  takeFaults(
    handle: NativeHandle,
  ): { readonly count: number; readonly faults: readonly NativeFault[] } | undefined;

  protect(handle: NativeHandle, byteOffset: number, byteLength: number, access: number): number;
  advise(handle: NativeHandle, byteOffset: number, byteLength: number, advice: number): number;
  populate(handle: NativeHandle, byteOffset: number, byteLength: number, write: boolean): number;
  lock(handle: NativeHandle, byteOffset: number, byteLength: number): number;
  unlock(handle: NativeHandle, byteOffset: number, byteLength: number): number;
  residency(
    handle: NativeHandle,
    byteOffset: number,
    byteLength: number,
    bitmap: Uint8Array,
  ): number;
  release(handle: NativeHandle, byteOffset: number, byteLength: number): number;
  ensure(handle: NativeHandle, byteEnd: number): number;
  flushSync(handle: NativeHandle, byteOffset: number, byteLength: number, flags: number): number;
  flush(
    handle: NativeHandle,
    byteOffset: number,
    byteLength: number,
    flags: number,
  ): Promise<number> | number;

  openFile(path: Uint8Array, flags: number, mode: number): number;
  duplicate(fd: number): number;
  closeFile(fd: number): number;
  memoryFile(byteLength: number): number;
  fileLength(fd: number): number;
  dataEnd(fd: number, floor: number): number;
  truncate(fd: number, byteLength: number): number;
  extendFile(fd: number, byteEnd: number): number;
  punchHole(fd: number, byteOffset: number, byteLength: number): number;
  presence(fd: number, presence: number, wait: boolean): number;
  lockRange(fd: number, byteOffset: number, byteLength: number, lock: number): number;
  mark(fd: number, floor: number): number;
  raiseMark(fd: number, floor: number): number;
  unmark(fd: number): number;
  markedFloor(fd: number): number;

  /** Once in each thread, before its first startWait. */
  onWaitEnd(callback: (id: number, result: number) => void): number;
  /** `timeoutMs` negative: for ever. */
  startWait(
    handle: NativeHandle,
    byteOffset: number,
    value: number,
    timeoutMs: number,
    ownersOffset: number,
    ownerCount: number,
    id: number,
  ): number;
  /** 1 when it was still waiting, and will not end any more. */
  cancelWait(id: number): number;
  waitHere(handle: NativeHandle, byteOffset: number, value: number, timeoutMs: number): number;
  wake(handle: NativeHandle, byteOffset: number, count: number): number;
  waitThreads(): number;
  ownerSelf():
    | {
        readonly token: number;
        readonly check: number;
        readonly boot: number;
        readonly space: number;
      }
    | number;
  ownerIsDead(token: number, check: number): boolean;
  /** The result (negative) of a wait that an owner's death has ended. */
  readonly ownerDead: number;
  /** How well the kernel tells which pages were written: 0 not, 1 one by one, 2 at once. */
  readonly kernelDetection: number;
  track(
    handle: NativeHandle,
    detection: number,
    limit: number,
    directory: number,
    name: Uint8Array,
    journal: Uint8Array,
    identity: Uint8Array,
  ): number;
  recover(
    fd: number,
    directory: number,
    name: Uint8Array,
    journal: Uint8Array,
    identity: Uint8Array,
  ): NativeOutcome;
  dirty(handle: NativeHandle): { readonly length: number; readonly runs: Float64Array } | number;
  touch(handle: NativeHandle, byteOffset: number, byteLength: number): number;
  rollback(handle: NativeHandle): number;
  commitSync(handle: NativeHandle, flags: number, byteLength: number): NativeOutcome;
  commit(
    handle: NativeHandle,
    flags: number,
    byteLength: number,
  ): Promise<NativeOutcome> | NativeOutcome;

  onFault(callback: () => void): number;
  setListening(signalNumber: number, listens: boolean): number;
  faultsInstalled(): number;
  reinstallFaults(): number;
  regionCount(): number;
}

// The enumerations of native/include/tidemark.h, by the same numbers.
export const nativeSource = { file: 0, anonymous: 1 } as const;
export const nativeAccess = { none: 0, read: 1, "read-write": 2 } as const;
export const nativeStrategy = {
  fixed: 0,
  "extend-file": 1,
  remap: 2,
  explicit: 3,
  tracked: 4,
} as const;
export const nativeRegionFlag = {
  copyOnWrite: 1,
  populate: 2,
  hugeAligned: 4,
  hugeReserved: 8,
  secret: 16,
  prefault: 32,
} as const;
export const nativeOpenFlag = { write: 1, create: 2, exclusive: 4 } as const;
export const nativePresence = { none: 0, shared: 1, alone: 2 } as const;
export const nativeLock = { shared: 1, exclusive: 2 } as const;
export const nativeFlushFlag = {
  async: 1,
  invalidate: 2,
  fileData: 256,
  fileMetadata: 512,
} as const;
export const nativeDetection = { "guard-pages": 0, kernel: 1 } as const;
export const nativeCommitFlag = { durable: 1, length: 2 } as const;
export const nativeAdvice = {
  normal: 0,
  random: 1,
  sequential: 2,
  "will-need": 3,
  "dont-need": 4,
  cold: 5,
  "page-out": 6,
  "huge-page": 7,
  "no-huge-page": 8,
  "dont-dump": 9,
  "do-dump": 10,
  "dont-fork": 11,
  "do-fork": 12,
  collapse: 13,
} as const;

/**
 * The native core. @throws {@link NativeMissingError} at import when there is none for this system.
 */
export const native: NativeBinding = load();

/** Size of a page of memory, in bytes: what protection, release and alignment count in. */
export const pageSize: number = native.pageSize;

function load(): NativeBinding {
  const target = `${process.platform}-${process.arch}${usesMusl() ? "-musl" : ""}`;
  const file = fileURLToPath(new URL(`../prebuilds/${target}/tidemark.node`, import.meta.url));
  try {
    return createRequire(import.meta.url)(file) as NativeBinding;
  } catch (cause) {
    throw new NativeMissingError(
      `no native code for ${target} could be loaded from ${file}: ` +
        "run `npx tidemark-build-native` (it needs a C compiler) to build it from source",
      cause,
    );
  }
}

/** Whether this Node is linked with musl: then its program interpreter is musl's. */
function usesMusl(): boolean {
  if (process.platform !== "linux") return false;
  const head = Buffer.alloc(4096);
  const fd = fs.openSync(process.execPath, "r");
  try {
    fs.readSync(fd, head, 0, head.length, 0);
  } finally {
    fs.closeSync(fd);
  }
  return head.includes("/ld-musl-");
}
