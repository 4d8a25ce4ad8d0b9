// What callers choose about a tracked file and its commits.

import { type Bytes, checkBytes, checkFlag, checkOptions, checkWord } from "../arguments.js";
import { native } from "../binding.js";

/**
 * How written pages are known:
 * - `"kernel"`: the kernel is asked which pages of the private memory were written. No signals, and
 *   system calls may write into the memory. The default where the system tells it for ranges (Linux
 *   6.7);
 * - `"guard-pages"`: memory starts without write access, and the fault of a first write opens it.
 *   Works everywhere; before a system call (`fs.readSync(fd, view)`) it needs `touch`.
 */
export type TrackingDetection = "guard-pages" | "kernel";

/** Options of {@link TrackedFile.open}. */
export interface TrackedFileOptions {
  /**
   * Address space to reserve, in bytes: the file can never be longer. Costs neither memory nor
   * disk. Default 1 TiB.
   */
  readonly maxByteLength?: Bytes;
  /** Default: `"kernel"` where that is fast, else `"guard-pages"`. */
  readonly detection?: TrackingDetection;
  /** Makes `buffer` a SharedArrayBuffer, which can be posted to workers. Default false. */
  readonly shared?: boolean;
  /** Creates the file, empty, when it is not there. Default false. */
  readonly create?: boolean;
  /** Permission bits of a file that is created. Default 0o600. */
  readonly mode?: number;
}

/** Options of {@link TrackedFile.commit}. */
export interface CommitOptions {
  /**
   * Waits until the device has it, so that neither a crash of the process nor of the system leaves
   * anything but all of the changes or none. False waits for nothing, and is safe from the end of
   * the process alone. Default true.
   */
  readonly durable?: boolean;
  /**
   * The exact length to give the file. Default: its length, or, when pages past it were written,
   * the end of the last one.
   */
  readonly byteLength?: Bytes;
}

/** Options of {@link TrackedFile.close}. */
export interface TrackedCloseOptions extends CommitOptions {
  /** False drops the changes. Default true. */
  readonly commit?: boolean;
}

/** All of it, checked and filled in. */
export interface CheckedTracking {
  readonly maxByteLength: number;
  readonly detection: TrackingDetection;
  readonly shared: boolean;
  readonly create: boolean;
  readonly mode: number;
}

/** A commit, checked. */
export interface CheckedCommit {
  readonly durable: boolean;
  readonly byteLength: number | undefined;
}

const defaultMaxByteLength = 2 ** 40;

const fastest: TrackingDetection = native.kernelDetection === 2 ? "kernel" : "guard-pages";

export function checkTrackedOptions(options: TrackedFileOptions | undefined): CheckedTracking {
  const keys = ["maxByteLength", "detection", "shared", "create", "mode"] as const;
  const asked = checkOptions("options", options, keys);
  const { maxByteLength = defaultMaxByteLength, mode = 0o600 } = asked;
  const words = ["guard-pages", "kernel"] as const;
  return {
    maxByteLength: checkBytes("options.maxByteLength", maxByteLength, { least: 1 }),
    detection: checkWord("options.detection", asked.detection, words, fastest),
    shared: checkFlag("options.shared", asked.shared, false),
    create: checkFlag("options.create", asked.create, false),
    mode: checkBytes("options.mode", mode, { most: 0o777, hint: "permission bits" }),
  };
}

export function checkCommitOptions(
  options: CommitOptions | undefined,
  maxByteLength: number,
): CheckedCommit {
  const asked = checkOptions("options", options, ["durable", "byteLength"]);
  return checkCommit(asked, maxByteLength);
}

export function checkCloseOptions(
  options: TrackedCloseOptions | undefined,
  maxByteLength: number,
): CheckedCommit & { readonly commit: boolean } {
  const asked = checkOptions("options", options, ["commit", "durable", "byteLength"]);
  const commit = checkFlag("options.commit", asked.commit, true);
  return { ...checkCommit(asked, maxByteLength), commit };
}

function checkCommit(asked: Partial<CommitOptions>, maxByteLength: number): CheckedCommit {
  const limits = { most: maxByteLength, hint: "no more was reserved (maxByteLength)" };
  return {
    durable: checkFlag("options.durable", asked.durable, true),
    byteLength:
      asked.byteLength === undefined
        ? undefined
        : checkBytes("options.byteLength", asked.byteLength, limits),
  };
}
