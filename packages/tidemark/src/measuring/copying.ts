// Copying a file: from its mapping, by system calls, and inside the kernel.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Mapping } from "@tidemark/core";
import { freeByteLength } from "./file-systems.js";
import { makeFolder, removeFolder } from "./folders.js";
import { pieceByteLength } from "./numbers.js";
import type { Task, Way } from "./task.js";
import { checkNumbers } from "./writing.js";

export function copying(source: string, target: string): Way[] {
  return [
    { name: "mapped, and write", start: () => fromMapping(source, target) },
    { name: "read and write, 1 MiB", peer: true, start: () => readAndWrite(source, target) },
    {
      // What libuv does on Linux for a file beside the first one.
      name: process.platform === "linux" ? "copy_file_range (fs.copyFile)" : "fs.copyFile",
      peer: true,
      start: () => byKernel(source, target),
    },
    {
      name: `${acrossName()} (fs.copyFile to another file system)`,
      peer: true,
      start: () => toOtherFileSystem(source),
    },
  ];
}

/**
 * What libuv comes to between two file systems. It tries copy_file_range(2), which refuses them
 * from Linux 5.19 on, as before 5.3 (its man page, under VERSIONS), and takes sendfile(2) then.
 */
function acrossName(): string {
  const [major = 0, minor = 0] = os.release().split(".").map(Number);
  const version = major * 1000 + minor;
  if (process.platform !== "linux") return "kernel";
  return version >= 5003 && version < 5019 ? "copy_file_range" : "sendfile";
}

function fromMapping(source: string, target: string): Task {
  const mapping = Mapping.openFile(source);
  const fd = fs.openSync(target, "w");
  return pieces(mapping.byteLength, target, {
    piece: (at) => {
      fs.writeSync(fd, mapping.bytes(at, pieceByteLength));
    },
    release: () => {
      fs.closeSync(fd);
      mapping.close();
    },
  });
}

function readAndWrite(source: string, target: string): Task {
  const from = fs.openSync(source, "r");
  const to = fs.openSync(target, "w");
  const block = new Uint8Array(pieceByteLength);
  return pieces(fs.fstatSync(from).size, target, {
    piece: () => {
      fs.writeSync(to, block, 0, fs.readSync(from, block));
    },
    release: () => {
      fs.closeSync(from);
      fs.closeSync(to);
    },
  });
}

function pieces(
  byteLength: number,
  target: string,
  { piece, release }: { piece: (at: number) => void; release: () => void },
): Task {
  return {
    pieces: byteLength / pieceByteLength,
    piece: (index) => piece(index * pieceByteLength),
    check: (done) => checkNumbers(target, done * pieceByteLength),
    release: () => {
      release();
      fs.rmSync(target, { force: true });
    },
  };
}

/** All in one call, and therefore one piece. */
function byKernel(source: string, target: string): Task {
  const { size } = fs.statSync(source);
  return {
    pieces: 1,
    piece: () => fs.copyFileSync(source, target),
    check: () => checkNumbers(target, size),
    release: () => fs.rmSync(target, { force: true }),
  };
}

function toOtherFileSystem(source: string): Task | string {
  const { size, dev } = fs.statSync(source);
  const folder = ["/dev/shm", os.tmpdir(), os.homedir()].find((each) => {
    return isOther(each, dev) && freeByteLength(each) > 2 * size;
  });
  if (folder === undefined) return "no other file system with room for it was found";
  const place = makeFolder(folder);
  const task = byKernel(source, path.join(place, "copy"));
  return { ...task, release: () => removeFolder(place) };
}

function isOther(folder: string, device: number): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return fs.statSync(folder).dev !== device;
  } catch {
    return false;
  }
}
