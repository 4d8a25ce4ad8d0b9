// Who has a growing file open, and what it may be trimmed to.
//
// Everyone who grows a file holds a shared lock on it; the first also marks it with the length it
// had. Who is alone at the end trims the file and takes the mark away. A mark found by who is alone
// at the beginning was left by a crash: the file still has the tail of zeros it had grown ahead of
// the data.

import fs from "node:fs";
import { constants } from "node:os";
import { native, nativePresence, pageSize } from "../binding.js";
import { FileInUseError } from "../errors.js";
import type { OpenedFile } from "../mapping/file-source.js";
import { roundUp } from "../mapping/region.js";
import { fileFailure } from "../mapping/system-failure.js";

/** What is known of a file when it is opened to grow. */
export interface Admission {
  /** Nothing below this is trimmed. */
  readonly floor: number;
  /** The file system keeps locks, so that the last one can be told. */
  readonly locks: boolean;
}

/** Joins those who grow the file, emptying it first when asked to. */
export function enter(opened: OpenedFile, options: { readonly overwrite: boolean }): Admission {
  const { fd } = opened;
  const code = native.presence(fd, nativePresence.alone, false);
  const locks = code === 0 || code === busy;
  if (options.overwrite) {
    if (code === busy) {
      throw new FileInUseError(`${opened.name} is being grown by others and cannot be overwritten`);
    }
    check(native.truncate(fd, 0), opened, "empty");
    // A length from before that a crash has left is no longer one.
    native.unmark(fd);
  }
  if (!locks) return { floor: begin(opened), locks };
  let alone = code === 0;
  for (let attempt = 0; ; attempt++) {
    const begun = alone ? begin(opened) : undefined;
    // Who trims holds the lock alone, for as long as that takes.
    check(native.presence(fd, nativePresence.shared, true), opened, "lock");
    const floor = begun ?? join(opened, attempt);
    if (floor !== undefined) return { floor, locks };
    // The others were leaving when this one came, so it may be the first. If several are, all let
    // go and try again, until one of them is alone.
    alone = native.presence(fd, nativePresence.alone, false) === 0;
    if (alone) continue;
    native.presence(fd, nativePresence.none, false);
    alone = native.presence(fd, nativePresence.alone, false) === 0;
  }
}

/**
 * Leaves, and trims the file when no one else is left. Gives the length it has then, undefined
 * while others go on.
 */
export function leave(
  opened: Pick<OpenedFile, "fd" | "name" | "path">,
  admission: Admission,
  options: {
    readonly byteLength: number | undefined;
    readonly trim: boolean;
    readonly maxByteLength: number;
  },
): number | undefined {
  const { fd } = opened;
  // Said before the lock is let go: the last one will not trim below what this one says is data.
  if (admission.locks && options.byteLength !== undefined) native.raiseMark(fd, options.byteLength);
  if (admission.locks ? !becomeAlone(fd) : options.byteLength === undefined) return undefined;
  const length = native.fileLength(fd);
  let end = length;
  if (options.byteLength !== undefined) {
    const said = native.markedFloor(fd);
    end = said > admission.floor ? Math.max(said, options.byteLength) : options.byteLength;
  } else if (options.trim) {
    end = dataEnd(opened, { floor: admission.floor, maxByteLength: options.maxByteLength });
  }
  if (end !== length) check(native.truncate(fd, end), opened, "trim");
  native.unmark(fd);
  return end;
}

/** Where the data of a growing file ends. */
export function dataEnd(
  opened: Pick<OpenedFile, "fd" | "name" | "path">,
  known: { readonly floor: number; readonly maxByteLength: number },
): number {
  const { fd } = opened;
  const marked = native.markedFloor(fd);
  const floor = marked >= 0 ? marked : known.floor;
  const end = native.dataEnd(fd, floor);
  check(Math.min(0, end), opened, "find the end of the data of");
  // A reservation may end inside a page; the file has all of that page while it grows.
  const most = Math.max(floor, known.maxByteLength);
  return end > most && isZero(fd, most, end) ? most : end;
}

/** Behind the last byte that is not zero, at least `from`. What are holes is not read. */
export function contentEnd(opened: Pick<OpenedFile, "fd" | "name" | "path">, from: number): number {
  const { fd } = opened;
  const end = native.dataEnd(fd, from);
  check(Math.min(0, end), opened, "find the end of the data of");
  // The page is known; the byte is in it.
  const start = Math.max(from, end - pageSize);
  const bytes = Buffer.alloc(Math.max(0, end - start));
  const count = fs.readSync(fd, bytes, 0, bytes.length, start);
  let last = count - 1;
  while (last >= 0 && bytes[last] === 0) last--;
  return start + last + 1;
}

/**
 * Whether a part of the file, of at most a page, is zero. What is longer is not read, and is not.
 */
export function isZero(fd: number, byteOffset: number, byteEnd: number): boolean {
  if (byteEnd - byteOffset >= pageSize) return false;
  const bytes = Buffer.alloc(byteEnd - byteOffset);
  fs.readSync(fd, bytes, 0, bytes.length, byteOffset);
  return bytes.every((byte) => byte === 0);
}

/** -EAGAIN: someone else holds the lock. */
const busy = -constants.errno.EAGAIN;

/** What `markedFloor` gives where the file system keeps no attributes. */
const cannotMark = -2;

/** How often who finds no mark looks whether it is the first one. */
const attemptsToBegin = 100;

/**
 * The first one: marks the file, and makes its length whole pages, as it must be while it grows.
 */
function begin(opened: OpenedFile): number {
  const { fd } = opened;
  const length = native.fileLength(fd);
  check(Math.min(0, length), opened, "measure");
  const crashed = native.markedFloor(fd);
  const floor = crashed >= 0 ? crashed : length;
  if (crashed < 0) native.mark(fd, floor);
  // Stores past the end, inside the last page, raise no fault, and would not be part of the file.
  const whole = roundUp(length, pageSize);
  if (whole !== length) check(native.truncate(fd, whole), opened, "extend");
  return floor;
}

/** One more: the mark says what the first one found. Undefined when no one seems to have begun. */
function join(opened: OpenedFile, attempt: number): number | undefined {
  const { fd } = opened;
  const marked = native.markedFloor(fd);
  const length = native.fileLength(fd);
  check(Math.min(0, length), opened, "measure");
  const isWhole = length % pageSize === 0;
  // Where marks cannot be kept, or not now (the disk is full), the length must do: it is whole
  // pages once someone has begun, unless a stranger cut the file since.
  const tried = attempt >= attemptsToBegin;
  if (marked < 0 && !tried && !(marked === cannotMark && isWhole)) return undefined;
  if (!isWhole) check(native.extendFile(fd, roundUp(length, pageSize)), opened, "extend");
  return marked >= 0 ? marked : length;
}

function becomeAlone(fd: number): boolean {
  if (native.presence(fd, nativePresence.alone, false) === 0) return true;
  // Two that leave at once both fail above. Each lets go and tries again: the later one is alone.
  native.presence(fd, nativePresence.none, false);
  return native.presence(fd, nativePresence.alone, false) === 0;
}

function check(code: number, opened: Pick<OpenedFile, "name" | "path">, what: string): void {
  if (code === 0) return;
  throw fileFailure(code, { syscall: what, what: `${what} ${opened.name}`, path: opened.path });
}
