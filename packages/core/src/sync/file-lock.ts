// Locks on files, or ranges of their bytes, between processes, threads and holders in one thread.
//
// Each lock is an open-file-description lock (fcntl_locking(2), F_OFD_SETLK) on a descriptor of its
// own: two holders in one process exclude each other as two processes do, and the system lets it
// go with its holder. Who waits asks again: see docs/decisions.

import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bytes, checkBytes, checkOptions, checkWord } from "../arguments.js";
import { native, nativeLock } from "../binding.js";
import {
  AbortError,
  ArgumentRangeError,
  ArgumentTypeError,
  TimeoutError,
  UnsupportedError,
} from "../errors.js";
import { type FileReference, type OpenedFile, openFile } from "../mapping/file-source.js";
import { Mapping, regionOf } from "../mapping/mapping.js";
import { fileFailure } from "../mapping/system-failure.js";
import { type CheckedWait, checkSignal, checkTimeout, type WaitOptions } from "./wait-options.js";

/** What of a file to lock, and how. */
export interface FileLockOptions {
  /**
   * `"exclusive"`: one holder alone, who must be allowed to write the file. `"shared"`: any number
   * at once, and no exclusive one. Default `"exclusive"`.
   */
  readonly mode?: "exclusive" | "shared";
  /** First byte, of the file or, for a mapping, of the mapping. Default 0. */
  readonly byteOffset?: Bytes;
  /**
   * Bytes to lock; may lie past the end of the file. Default: to the end, wherever that will be;
   * for a mapping, to its end.
   */
  readonly byteLength?: Bytes;
}

/** A file by path, `file:` URL or open descriptor, or a mapping of one. */
export type LockableFile = FileReference | Mapping;

/** What {@link lockFile} and its kin give: the lock is held until `release()`. */
export class FileLock {
  readonly mode: "exclusive" | "shared";
  /** First byte of the file that is locked. */
  readonly byteOffset: number;
  /** Bytes that are locked; Infinity: to the end, wherever that will be. */
  readonly byteLength: number;
  #fd: number;

  /** Not for programs: use {@link lockFile}. @internal */
  constructor(request: LockRequest) {
    if (!isRequest(request)) {
      throw new ArgumentTypeError("a file lock is made by lockFile, lockFileSync or tryLockFile");
    }
    this.mode = request.mode;
    this.byteOffset = request.byteOffset;
    this.byteLength = request.byteLength === 0 ? Number.POSITIVE_INFINITY : request.byteLength;
    this.#fd = request.opened.fd;
  }

  /** Whether it was let go. */
  get released(): boolean {
    return this.#fd < 0;
  }

  /** Lets the lock go. Twice is fine. */
  release(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    native.closeFile(fd);
  }

  /** As `release`. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Locks a file, or some of its bytes, and waits for it without blocking the event loop.
 *
 * The lock is let go by `release()`, by `using`, or when the thread or process that holds it ends,
 * however it ends. Locks are advisory: they keep out those who lock, not those who write. It needs
 * no mapping, and does not collide with what growing files lock.
 *
 * @throws {@link TimeoutError}; {@link AbortError}; {@link FileError} when the file cannot be
 * opened, for writing if the lock is exclusive; {@link UnsupportedError} where the system has only
 * locks that any other close of the file would drop.
 * @example
 * ```ts
 * const lock = await lockFile("inventory.json", { timeoutMs: 5000 });
 * try {
 *   // read it, change it, write it
 * } finally {
 *   lock.release();
 * }
 * ```
 */
export async function lockFile(
  file: LockableFile,
  options?: FileLockOptions & WaitOptions,
): Promise<FileLock> {
  const wait = checkLockWait(options);
  const request = openRequest(file, options);
  const deadline = performance.now() + wait.timeoutMs;
  try {
    for (let attempt = 0; ; attempt++) {
      const lock = take(request);
      if (lock !== undefined) return lock;
      const pauseMs = pause(request, attempt, { ...wait, deadline });
      await sleep(pauseMs, undefined, wait.signal === undefined ? {} : { signal: wait.signal });
    }
  } catch (error) {
    native.closeFile(request.opened.fd);
    throw wait.signal?.aborted ? new AbortError("the wait", wait.signal.reason) : error;
  }
}

/**
 * The same, on this thread, which does nothing else meanwhile.
 *
 * @throws {@link TimeoutError} after `timeoutMs`; otherwise as {@link lockFile}.
 */
export function lockFileSync(
  file: LockableFile,
  options?: FileLockOptions & { readonly timeoutMs?: number },
): FileLock {
  const wait = checkLockWait(options, ["timeoutMs"]);
  const request = openRequest(file, options);
  const deadline = performance.now() + wait.timeoutMs;
  try {
    for (let attempt = 0; ; attempt++) {
      const lock = take(request);
      if (lock !== undefined) return lock;
      Atomics.wait(nobody, 0, 0, pause(request, attempt, { ...wait, deadline }));
    }
  } catch (error) {
    native.closeFile(request.opened.fd);
    throw error;
  }
}

/** The lock if it can be had now, else undefined. Otherwise as {@link lockFile}. */
export function tryLockFile(file: LockableFile, options?: FileLockOptions): FileLock | undefined {
  checkLockWait(options, []);
  const request = openRequest(file, options);
  let lock: FileLock | undefined;
  try {
    lock = take(request);
  } finally {
    if (lock === undefined) native.closeFile(request.opened.fd);
  }
  return lock;
}

/**
 * Locks end here, past any data: from here on lie those that builders of message files (2^52) and
 * growing files (2^62) hold.
 */
const lockEnd = 2 ** 52;

/** What is to be locked: checked and opened. */
interface LockRequest {
  readonly opened: OpenedFile;
  readonly mode: "exclusive" | "shared";
  readonly byteOffset: number;
  /** 0: to the end. */
  readonly byteLength: number;
}

/** What someone sleeps on who is to be woken by time alone. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

const firstPauseMs = 0.25;
const longestPauseMs = 8;

/** How long to wait before asking again. @throws {@link TimeoutError} */
function pause(
  request: LockRequest,
  attempt: number,
  wait: CheckedWait & { readonly deadline: number },
): number {
  const leftMs = wait.deadline - performance.now();
  if (leftMs <= 0) {
    throw new TimeoutError(
      `${request.opened.name} was not to be locked within ${wait.timeoutMs} ms: others hold it`,
    );
  }
  // Those who wait for one lock do not ask at the same moments.
  const pauseMs = Math.min(firstPauseMs * 2 ** attempt, longestPauseMs) * (0.5 + Math.random() / 2);
  return Math.min(pauseMs, leftMs);
}

function take(request: LockRequest): FileLock | undefined {
  const { opened, mode, byteOffset, byteLength } = request;
  const length = byteLength === 0 ? lockEnd - byteOffset : byteLength;
  const code = native.lockRange(opened.fd, byteOffset, length, nativeLock[mode]);
  if (code === 0) return new FileLock(request);
  if (code === -constants.errno.EAGAIN) return undefined;
  throw fileFailure(code, {
    syscall: "fcntl",
    what: `lock ${opened.name} (${mode})`,
    path: opened.path,
  });
}

const lockKeys = ["mode", "byteOffset", "byteLength"] as const;

function checkLockWait(
  options: (FileLockOptions & WaitOptions) | undefined,
  keys: readonly ("timeoutMs" | "signal")[] = ["timeoutMs", "signal"],
): CheckedWait {
  const asked = checkOptions("options", options, [...lockKeys, ...keys]);
  const signal = checkSignal(asked.signal);
  return { timeoutMs: checkTimeout("options.timeoutMs", asked.timeoutMs), signal };
}

const requests = new WeakSet<object>();

function isRequest(value: unknown): value is LockRequest {
  return typeof value === "object" && value !== null && requests.has(value);
}

function openRequest(file: unknown, options: FileLockOptions | undefined): LockRequest {
  const { mode: askedMode, byteOffset = 0, byteLength } = options ?? {};
  const mode = checkWord("options.mode", askedMode, ["exclusive", "shared"], "exclusive");
  // A range past the end of data is asked for by its length.
  const most = byteLength === undefined ? lockEnd - 1 : Number.MAX_SAFE_INTEGER - 1;
  const start = checkBytes("options.byteOffset", byteOffset, { most });
  const length =
    byteLength === undefined
      ? 0
      : checkBytes("options.byteLength", byteLength, {
          least: 1,
          most: (start < lockEnd ? lockEnd : Number.MAX_SAFE_INTEGER) - start,
          hint: "leave it out for all",
        });
  const range =
    file instanceof Mapping
      ? rangeOf(file, start, length)
      : { byteOffset: start, byteLength: length };
  const opened = openOwn(file, mode === "exclusive");
  const request: LockRequest = { opened, mode, ...range };
  requests.add(request);
  return request;
}

/** Which bytes of its file a part of a mapping is. */
function rangeOf(
  mapping: Mapping,
  byteOffset: number,
  byteLength: number,
): { readonly byteOffset: number; readonly byteLength: number } {
  const { spec } = regionOfLockable(mapping);
  const rest = spec.byteLength - byteOffset;
  if (byteLength > rest || rest <= 0) {
    throw new ArgumentRangeError(
      `the range to lock must lie inside the mapping, which has ${spec.byteLength} bytes, ` +
        `got byteOffset ${byteOffset} and byteLength ${byteLength === 0 ? "none" : byteLength}`,
    );
  }
  return { byteOffset: spec.byteOffset + byteOffset, byteLength: byteLength || rest };
}

function regionOfLockable(mapping: Mapping): ReturnType<typeof regionOf> {
  const region = regionOf(mapping);
  if (region === undefined || region.spec.fd < 0) {
    throw new UnsupportedError(
      "private memory and empty mappings have no file to lock: use a path, or a Mutex",
    );
  }
  return region;
}

/** Opens the file anew: a lock on a descriptor that others share would be theirs as well. */
function openOwn(file: unknown, write: boolean): OpenedFile {
  if (file instanceof Mapping) {
    return { ...reopen(regionOfLockable(file).fd, write), name: "the file of the mapping" };
  }
  if (typeof file !== "number") return openFile("file", file, { write });
  const given = openFile("file", file, { write });
  try {
    return { ...reopen(given.fd, write), name: given.name };
  } finally {
    native.closeFile(given.fd);
  }
}

function reopen(fd: number, write: boolean): OpenedFile {
  if (process.platform !== "linux") {
    throw new UnsupportedError("this system can lock files by path only: give the file's path");
  }
  return openFile("file", `/proc/self/fd/${fd}`, { write });
}
