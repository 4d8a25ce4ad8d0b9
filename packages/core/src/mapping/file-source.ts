// Opens the file to map, from whatever the caller named it by.

import fs from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { isUint8Array } from "node:util/types";
import { shown } from "../arguments.js";
import { native, nativeOpenFlag } from "../binding.js";
import { ArgumentRangeError, ArgumentTypeError, NotMappableError } from "../errors.js";
import { fileFailure } from "./system-failure.js";

/** A file by path, by `file:` URL, or by a descriptor that is open (it stays the caller's). */
export type FileReference = string | Buffer | URL | number;

/** An open file. The descriptor belongs to who called. */
export interface OpenedFile {
  readonly fd: number;
  readonly path: string | undefined;
  /** For messages: "the file /tmp/x", "descriptor 5". */
  readonly name: string;
  readonly stat: fs.BigIntStats;
}

/** How to open by path. */
export interface OpenHow {
  readonly write: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  /** Permission bits of a file that is created. */
  readonly mode?: number;
}

/** Opens a file, close-on-exec. Anything but files and devices is refused. */
export function openFile(argument: string, file: unknown, how: OpenHow): OpenedFile {
  if (typeof file === "number") return duplicate(argument, file);
  const path = checkPath(argument, file);
  const name = `the file ${path}`;
  const flags =
    (how.write ? nativeOpenFlag.write : 0) |
    (how.create ? nativeOpenFlag.create : 0) |
    (how.exclusive ? nativeOpenFlag.exclusive : 0);
  const bytes = typeof file === "object" && Buffer.isBuffer(file) ? file : Buffer.from(path);
  const fd = native.openFile(Buffer.concat([bytes, Buffer.of(0)]), flags, how.mode ?? 0o600);
  if (fd < 0) throw openFailure(fd, path, name);
  return inspectOpened({ fd, path, name });
}

function duplicate(argument: string, number: number): OpenedFile {
  if (!Number.isInteger(number) || number < 0 || number > 0x7fffffff) {
    throw new ArgumentRangeError(`${argument} must be an open descriptor, got ${shown(number)}`);
  }
  const name = `descriptor ${number}`;
  const fd = native.duplicate(number);
  if (fd < 0) throw fileFailure(fd, { syscall: "fcntl", what: `use ${name}` });
  return inspectOpened({ fd, path: undefined, name });
}

function inspectOpened(opened: Omit<OpenedFile, "stat">): OpenedFile {
  try {
    const stat = fs.fstatSync(opened.fd, { bigint: true });
    if (!stat.isFile() && !stat.isCharacterDevice() && !stat.isBlockDevice()) {
      throw new NotMappableError(
        `${opened.name} is ${kindOf(stat)}: only files and some devices can be mapped`,
      );
    }
    return { ...opened, stat };
  } catch (error) {
    native.closeFile(opened.fd);
    throw error;
  }
}

function openFailure(errno: number, path: string, name: string): Error {
  const { EISDIR, ENXIO, ELOOP } = constants.errno;
  if ([EISDIR, ENXIO, ELOOP].includes(-errno)) {
    const kind = -errno === EISDIR ? "a directory" : "not a file or device that can be opened";
    return new NotMappableError(`${name} is ${kind}: only files and some devices can be mapped`, {
      system: { syscall: "open", errno },
    });
  }
  return fileFailure(errno, { syscall: "open", what: `open ${path}`, path });
}

function kindOf(stat: fs.BigIntStats): string {
  if (stat.isDirectory()) return "a directory";
  if (stat.isFIFO()) return "a pipe";
  if (stat.isSocket()) return "a socket";
  return "neither a file nor a device";
}

/** Checks a path, and gives it as text for messages. */
function checkPath(argument: string, file: unknown): string {
  if (typeof file === "string" || (Buffer.isBuffer(file) && isUint8Array(file))) {
    const empty = file.length === 0;
    if (empty || file.includes("\0")) {
      throw new ArgumentRangeError(
        `${argument} must be a path without null bytes, ` +
          `got ${empty ? "an empty one" : shown(file)}`,
      );
    }
    return file.toString();
  }
  if (file instanceof URL) return checkPath(argument, pathOfUrl(argument, file));
  throw new ArgumentTypeError(
    `${argument} must be a path (string, Buffer or file: URL) or a descriptor, got ${shown(file)}`,
  );
}

function pathOfUrl(argument: string, url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new ArgumentRangeError(
      `${argument} must be a file: URL of this machine, got ${shown(url)}: ` +
        (error as Error).message,
    );
  }
}
