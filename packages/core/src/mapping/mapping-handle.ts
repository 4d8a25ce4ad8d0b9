// A mapping as a message: what another thread or process needs to map the same memory.

import fs from "node:fs";
import { checkBytes, checkFlag, checkWord, shown } from "../arguments.js";
import { native, pageSize } from "../binding.js";
import { ArgumentTypeError, StaleHandleError } from "../errors.js";
import type { OpenedFile } from "./file-source.js";
import { openFile } from "./file-source.js";
import type { MappingAccess } from "./mapping-source.js";

/**
 * Names mapped memory for `Mapping.attach`, or a growing file for `GrowingFile.attach`. Plain data:
 * it can be posted to a worker, sent to a process, or written as JSON. It grants nothing: who
 * attaches needs the right to open the file, and to look into the process that made the handle.
 */
export interface MappingHandle {
  readonly type: "tidemark.mapping";
  readonly version: 1;
  /** The process that holds the file open, and its descriptor there. */
  readonly pid: number;
  readonly fd: number;
  /** Device and inode, to know the file again. */
  readonly dev: string;
  readonly ino: string;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly access: MappingAccess;
  readonly shared: boolean;
  /** The reservation of a growing file. */
  readonly maxByteLength?: number;
}

/** Describes the open file `fd` of this process. */
export function describeFile(fd: number): Pick<MappingHandle, "pid" | "fd" | "dev" | "ino"> {
  const stat = fs.fstatSync(fd, { bigint: true });
  return { pid: process.pid, fd, dev: String(stat.dev), ino: String(stat.ino) };
}

/** Checks what someone sent us, field by field. */
export function checkHandle(value: unknown): MappingHandle {
  const handle = value as MappingHandle;
  if (typeof handle !== "object" || handle === null || handle.type !== "tidemark.mapping") {
    throw new ArgumentTypeError(
      `handle must be what handle() of a mapping gave, got ${shown(value)}`,
    );
  }
  if (handle.version !== 1) {
    throw new ArgumentTypeError(`handle.version must be 1, got ${shown(handle.version)}`);
  }
  for (const key of ["dev", "ino"] as const) {
    if (typeof handle[key] === "string" && /^\d{1,20}$/.test(handle[key])) continue;
    throw new ArgumentTypeError(
      `handle.${key} must be a decimal string, got ${shown(handle[key])}`,
    );
  }
  const most = 0x7fffffff;
  const shared = checkFlag("handle.shared", handle.shared, false);
  const aligned = shared ? { multipleOf: pageSize } : {};
  return {
    type: handle.type,
    version: handle.version,
    pid: checkBytes("handle.pid", handle.pid, { least: 1, most }),
    fd: checkBytes("handle.fd", handle.fd, { most }),
    dev: handle.dev,
    ino: handle.ino,
    byteOffset: checkBytes("handle.byteOffset", handle.byteOffset, aligned),
    byteLength: checkBytes("handle.byteLength", handle.byteLength),
    access: checkWord("handle.access", handle.access, ["read", "read-write", "copy-on-write"]),
    shared,
    ...(handle.maxByteLength === undefined
      ? {}
      : { maxByteLength: checkBytes("handle.maxByteLength", handle.maxByteLength, { least: 1 }) }),
  };
}

/** How to reach the memory that a handle names. */
export interface AttachOptions {
  /**
   * A descriptor of this process that leads there, as a child has that was given `handle.fd` in
   * `stdio`; it stays the caller's. Default: through the process that made the handle, which must
   * still have it open, and let this one look.
   */
  readonly descriptor?: number;
}

/** Opens the file a handle names; the descriptor is our own. */
export function openHandle(
  handle: MappingHandle,
  how: { readonly write: boolean; readonly descriptor?: unknown; readonly anew?: boolean },
): OpenedFile {
  const { write, descriptor } = how;
  if (descriptor === undefined) return openThere(handle, write);
  const opened = openFile("options.descriptor", checkDescriptor(descriptor), { write });
  if (!isFileOf(opened, handle)) {
    native.closeFile(opened.fd);
    throw new StaleHandleError(
      `options.descriptor must lead to the memory of the handle, but descriptor ${descriptor} is ` +
        "another file: pass handle.fd in stdio when the child is started",
    );
  }
  if (how.anew !== true) return opened;
  // Locks of an open file are shared by all copies of its descriptor: this one is to be alone.
  try {
    return { ...openFile("handle", `/proc/self/fd/${opened.fd}`, { write }), name: opened.name };
  } finally {
    native.closeFile(opened.fd);
  }
}

function openThere(handle: MappingHandle, write: boolean): OpenedFile {
  const path = `/proc/${handle.pid}/fd/${handle.fd}`;
  let opened: OpenedFile;
  try {
    opened = openFile("handle", path, { write });
  } catch (cause) {
    throw new StaleHandleError(
      `the memory of process ${handle.pid} cannot be opened (${path}): ` +
        "the process or its mapping has ended, or may not be looked into by this user",
      { cause },
    );
  }
  if (isFileOf(opened, handle)) return opened;
  native.closeFile(opened.fd);
  throw new StaleHandleError(
    `descriptor ${handle.fd} of process ${handle.pid} is another file by now: ` +
      "the mapping was closed",
  );
}

function isFileOf({ stat }: OpenedFile, handle: MappingHandle): boolean {
  return String(stat.dev) === handle.dev && String(stat.ino) === handle.ino;
}

function checkDescriptor(value: unknown): number {
  if (typeof value === "number") return value;
  throw new ArgumentTypeError(`options.descriptor must be a number, got ${shown(value)}`);
}
