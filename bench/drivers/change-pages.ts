// Changes scattered pages of a file so that they are on the device: all or none of them, or, for
// comparison, by system calls that promise nothing.

import fs from "node:fs";
import { TrackedFile, type TrackingDetection } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { checkPages, fillPage, pageNumbers, randomPages } from "../pattern.js";
import type { Sample } from "../sample.js";

interface ChangePages {
  readonly file: string;
  readonly byteLength: number;
  readonly count: number;
  /** A tracked file; or pwritev and fdatasync, to the file twice, or to a log and to the file. */
  readonly way: TrackingDetection | "twice" | "log";
  readonly durable?: boolean;
}

await drive((job: ChangePages): Sample => {
  const pages = randomPages(job.count, job.byteLength / 4096, 1 + Math.floor(Math.random() * 1e6));
  const metrics =
    job.way === "twice" || job.way === "log"
      ? write(job.file, pages, job.way === "log")
      : commit(job, pages, job.way);
  checkPages(job.file, pages);
  return { metrics };
});

function commit(job: ChangePages, pages: Uint32Array, detection: TrackingDetection) {
  const tracked = TrackedFile.open(job.file, { detection, maxByteLength: job.byteLength });
  const numbers = new Float64Array(tracked.buffer);
  const start = now();
  for (const page of pages) fillPage(numbers, page * pageNumbers, page);
  const changed = now();
  tracked.commitSync({ durable: job.durable ?? true });
  const end = now();
  tracked.close({ commit: false });
  return { changeMs: changed - start, commitMs: end - changed, totalMs: end - start };
}

function write(file: string, pages: Uint32Array, toLog: boolean) {
  const blocks = Array.from(pages, (page) => {
    const block = new Float64Array(pageNumbers);
    fillPage(block, 0, page);
    return new Uint8Array(block.buffer);
  });
  const fd = fs.openSync(file, "r+");
  const log = `${file}.log`;
  const start = now();
  if (toLog) {
    const logFd = fs.openSync(log, "wx");
    fs.writevSync(logFd, blocks, 0);
    fs.fdatasyncSync(logFd);
    fs.closeSync(logFd);
  } else {
    writeInPlace(fd, pages, blocks);
  }
  writeInPlace(fd, pages, blocks);
  const end = now();
  fs.closeSync(fd);
  fs.rmSync(log, { force: true });
  return { commitMs: end - start, totalMs: end - start };
}

function writeInPlace(fd: number, pages: Uint32Array, blocks: readonly Uint8Array[]): void {
  for (const [turn, block] of blocks.entries()) {
    fs.writevSync(fd, [block], (pages[turn] as number) * 4096);
  }
  fs.fdatasyncSync(fd);
}
