// Where the journal of a tracked file is, and what a crash has left there.

import fs from "node:fs";
import { constants } from "node:os";
import { native } from "../binding.js";
import type { FileReference, OpenedFile } from "../mapping/file-source.js";
import { fileFailure } from "../mapping/system-failure.js";
import { commitFailure, journalSuffix } from "./commit-failure.js";

/** The longest name of a file: NAME_MAX of all systems that we know. */
const longestName = 255;

/** A file's directory and names, as the native core wants them. */
export interface JournalPlace {
  /** A descriptor of the directory. */
  readonly directory: number;
  /** Names in that directory, each with a zero byte at its end. */
  readonly name: Uint8Array;
  readonly journal: Uint8Array;
  /** Tells this file from another that gets its name: its inode, and when that was made. */
  readonly identity: Uint8Array;
  /** The file's path without symbolic links. */
  readonly path: string;
}

/** Finds the place for an open file. The directory's descriptor belongs to who called. */
export function findPlace(file: Exclude<FileReference, number>, opened: OpenedFile): JournalPlace {
  const real = realPath(file, opened);
  const slash = real.lastIndexOf(0x2f);
  const name = real.subarray(slash + 1);
  const journal = Buffer.concat([name, Buffer.from(journalSuffix)]);
  if (journal.length > longestName) {
    throw fileFailure(-constants.errno.ENAMETOOLONG, {
      syscall: "open",
      what: `track ${opened.name}: the name of its journal, ${journalSuffix} added, is too long`,
      path: opened.path,
    });
  }
  // By openFile, but for a directory: the native core opens it for reading.
  const folder = Buffer.concat([real.subarray(0, Math.max(slash, 1)), Buffer.of(0)]);
  const directory = native.openFile(folder, 0, 0);
  if (directory < 0) {
    const what = `open the directory of ${opened.name}, where its journal goes`;
    throw fileFailure(directory, { syscall: "open", what, path: opened.path });
  }
  const identity = Buffer.alloc(16);
  identity.writeBigUInt64LE(BigInt.asUintN(64, opened.stat.ino), 0);
  identity.writeBigUInt64LE(BigInt.asUintN(64, opened.stat.birthtimeNs), 8);
  return {
    directory,
    name: Buffer.concat([name, Buffer.of(0)]),
    journal: Buffer.concat([journal, Buffer.of(0)]),
    identity,
    path: real.toString(),
  };
}

function realPath(file: Exclude<FileReference, number>, opened: OpenedFile): Buffer {
  try {
    return fs.realpathSync.native(file, { encoding: "buffer" });
  } catch (error) {
    const { errno = -constants.errno.EIO } = error as NodeJS.ErrnoException;
    const what = `find the directory of ${opened.name}`;
    throw fileFailure(errno, { syscall: "realpath", what, path: opened.path });
  }
}

/** Puts the file back when a commit of it did not end. */
export function recover(opened: OpenedFile, place: JournalPlace): void {
  const { directory, name, journal, identity } = place;
  const outcome = native.recover(opened.fd, directory, name, journal, identity);
  if (outcome.code < 0) throw commitFailure(outcome, { doing: "recover", ...place });
}
