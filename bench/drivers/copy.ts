// Sends a whole file through a pipe, or into another file: from a mapping, by the functions of
// node:fs, or by the C program, which has the system calls that Node lacks.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { Mapping } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { checkFile } from "../pattern.js";
import { mebibyte, type Sample, speed } from "../sample.js";

interface Copy {
  readonly folder: string;
  readonly source: string;
  readonly sink: "file" | "pipe";
  readonly way: "mapping" | "read-write" | "copy-file" | "native";
  /** The C program. */
  readonly program: string;
  /** What the C program shall use. */
  readonly method?: string;
}

await drive(async (job: Copy): Promise<Sample> => {
  const byteLength = fs.statSync(job.source).size;
  const target = path.join(job.folder, `copied-${process.pid}`);
  try {
    const timeMs =
      job.sink === "pipe"
        ? await copyThroughPipe(job, target, byteLength)
        : await copyToFile(job, target, byteLength);
    return { metrics: { copySpeed: speed(byteLength, timeMs), copyMs: timeMs } };
  } finally {
    fs.rmSync(target, { force: true });
  }
});

async function copyToFile(job: Copy, target: string, byteLength: number): Promise<number> {
  const timeMs = copy(job, target);
  checkFile(target, byteLength);
  return timeMs;
}

/** The C program reads the other end, and counts the bytes that are as they should be. */
async function copyThroughPipe(job: Copy, target: string, byteLength: number): Promise<number> {
  const { status } = spawnSync("mkfifo", [target]);
  if (status !== 0) throw new Error(`mkfifo(1) failed (${status})`);
  const reader = spawn(job.program, ["drain", target], { stdio: ["ignore", "pipe", "inherit"] });
  const output = text(reader.stdout);
  const exit = once(reader, "exit");
  const timeMs = copy(job, target);
  await exit;
  const { byteLength: received } = JSON.parse(await output);
  if (received !== byteLength) throw new Error(`${received} of ${byteLength} bytes came through`);
  return timeMs;
}

/** Milliseconds that it took. */
function copy(job: Copy, target: string): number {
  if (job.way === "native") return copyNatively(job, target);
  if (job.way === "copy-file") {
    const start = now();
    fs.copyFileSync(job.source, target);
    return now() - start;
  }
  const sourceFd = fs.openSync(job.source, "r");
  const targetFd = fs.openSync(target, "w", 0o600);
  const start = now();
  if (job.way === "mapping") {
    using mapping = Mapping.openFile(sourceFd);
    writeAll(targetFd, mapping.bytes());
  } else {
    const block = new Uint8Array(mebibyte);
    for (let count = -1; count !== 0; ) {
      count = fs.readSync(sourceFd, block);
      writeAll(targetFd, block.subarray(0, count));
    }
  }
  const timeMs = now() - start;
  fs.closeSync(targetFd);
  fs.closeSync(sourceFd);
  return timeMs;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += fs.writeSync(fd, bytes, at, Math.min(bytes.length - at, 2 ** 30));
  }
}

function copyNatively({ program, method, source }: Copy, target: string): number {
  const run = spawnSync(program, [method ?? "", source, target], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (run.status !== 0) throw new Error(`copy ${method} failed (${run.status ?? run.signal})`);
  return JSON.parse(run.stdout).timeMs;
}
