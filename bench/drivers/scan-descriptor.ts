// Adds up all numbers of a file, which is read block by block into memory on the heap.

import fs from "node:fs";
import { drive, now } from "../driver.js";
import { sum, warmUpLoops } from "../pattern.js";
import { speed } from "../sample.js";

interface ScanDescriptor {
  readonly file: string;
  readonly blockByteLength: number;
  /** Blocks read by one call: with more than one, by readv(2). */
  readonly blockCount: number;
  /** The position is given with each call: pread(2), preadv(2). */
  readonly positioned?: boolean;
}

await drive((job: ScanDescriptor) => {
  warmUpLoops();
  const blocks = Array.from(
    { length: job.blockCount },
    () => new Float64Array(job.blockByteLength / 8),
  );
  const byteLength = fs.statSync(job.file).size;
  const start = now();
  const checksum = scan(job, blocks);
  const between = now();
  const same = scan(job, blocks) === checksum;
  const end = now();
  if (!same) throw new Error("two passes gave different sums");
  const firstSpeed = speed(byteLength, between - start);
  return { metrics: { firstSpeed, againSpeed: speed(byteLength, end - between) }, checksum };
});

function scan({ file, positioned }: ScanDescriptor, blocks: Float64Array[]): number {
  const fd = fs.openSync(file, "r");
  let total = 0;
  for (let position = 0; ; ) {
    const count = read(fd, blocks, positioned === true ? position : null);
    if (count === 0) break;
    for (const block of blocks) total += sum(block, block.length);
    position += count;
  }
  fs.closeSync(fd);
  return total;
}

function read(fd: number, blocks: readonly Float64Array[], position: number | null): number {
  const [first] = blocks;
  if (blocks.length === 1 && first !== undefined) {
    return fs.readSync(fd, first, 0, first.byteLength, position);
  }
  return position === null ? fs.readvSync(fd, blocks) : fs.readvSync(fd, blocks, position);
}
