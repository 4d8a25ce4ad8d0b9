// Who has a growing file open, and what it may be trimmed to.
//
// Everyone who grows a file holds a shared lock on it; the first also marks it with the length it had.
// Who is alone at the end trims the file and takes the mark away. A mark found by who is alone at the
// beginning was left by a crash: the file still has the tail of zeros it had grown ahead of the data.

import { native, nativePresence } from "../binding.js";
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
export function enter(
  opened: OpenedFile,
  options: { readonly pageSize: number; readonly overwrite: boolean },
): Admission {
  const { fd } = opened;
  const code = native.presence(fd, nativePresence.alone, false);
  const alone = code === 0;
  const locks = alone || code === busy;
  if (options.overwrite) {
    if (locks && !alone) {
      throw new FileInUseError(`${opened.name} is being grown by others and cannot be overwritten`);
    }
    check(native.truncate(fd, 0), opened, "empty");
  }
  const admission = { floor: alone || !locks ? begin(opened, options.pageSize) : 0, locks };
  if (!locks) return admission;
  // Who trims holds the lock alone, for as long as that takes.
  check(native.presence(fd, nativePresence.shared, true), opened, "lock");
  return alone ? admission : { floor: join(opened), locks };
}

/**
 * Leaves, and trims the file when no one else is left. Gives the length it has then, undefined while
 * others go on.
 */
export function leave(
  opened: Pick<OpenedFile, "fd" | "name" | "path">,
  admission: Admission,
  options: { readonly byteLength: number | undefined; readonly trim: boolean },
): number | undefined {
  const { fd } = opened;
  if (admission.locks ? !becomeAlone(fd) : options.byteLength === undefined) {
    // The last one will not trim below what this one says is data.
    if (admission.locks && options.byteLength !== undefined) {
      native.mark(fd, Math.max(options.byteLength, native.markedFloor(fd)));
    }
    return undefined;
  }
  const length = native.fileLength(fd);
  let end = length;
  if (options.byteLength !== undefined) end = options.byteLength;
  else if (options.trim) end = dataEnd(opened, admission.floor);
  if (end !== length) check(native.truncate(fd, end), opened, "trim");
  native.unmark(fd);
  return end;
}

/** Where the data of a growing file ends. */
export function dataEnd(opened: Pick<OpenedFile, "fd" | "name" | "path">, floor: number): number {
  const { fd } = opened;
  const marked = native.markedFloor(fd);
  const end = native.dataEnd(fd, marked >= 0 ? marked : floor);
  check(Math.min(0, end), opened, "find the end of the data of");
  return end;
}

/** -EAGAIN: someone else holds the lock. */
const busy = -11;

/** The first one: marks the file, and makes its length whole pages, as it must be while it grows. */
function begin(opened: OpenedFile, pageSize: number): number {
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

/** One more: the mark says what the first one found. */
function join(opened: OpenedFile): number {
  const floor = native.markedFloor(opened.fd);
  return floor >= 0 ? floor : native.fileLength(opened.fd);
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
