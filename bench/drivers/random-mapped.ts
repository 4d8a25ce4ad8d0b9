// Reads or writes 64-byte records at random places of a mapped file, in place.

import { pageSize } from "@tidemark/core";
import { hugeMappedMib, openReady, type Readiness } from "../accessing.js";
import { drive, now } from "../driver.js";
import {
  checkWritten,
  randomRecords,
  recordByteLength,
  sumRecord,
  writeRecord,
} from "../pattern.js";

interface RandomMapped extends Readiness {
  readonly file: string;
  /** Records in one pass. */
  readonly count: number;
  readonly write: boolean;
}

await drive((job: RandomMapped) => {
  const warm = new Float64Array(2 ** 15);
  const near = randomRecords(2 ** 16, 2 ** 12, 1);
  for (let turn = 0; turn < 20; turn++) pass(warm, near, job.write);

  const { mapping, readyMs } = openReady(job.file, job);
  const numbers = new Float64Array(mapping.buffer);
  const records = mapping.byteLength / recordByteLength;
  const passes = [11, 12].map((seed) => randomRecords(job.count, records, seed));
  let checksum = 0;
  const [firstNs = 0, againNs = 0] = passes.map((chosen) => {
    const start = now();
    checksum += pass(numbers, chosen, job.write);
    const timeMs = now() - start;
    touchAllPages(numbers, job.write);
    return (timeMs * 1e6) / job.count;
  });
  const hugeMib = hugeMappedMib(job.file);
  mapping.close();
  if (job.write) for (const chosen of passes) checkWritten(job.file, chosen);
  const metrics = { readyMs, firstNs, againNs, hugeMib };
  return job.write ? { metrics } : { metrics, checksum };
});

function pass(numbers: Float64Array, chosen: Uint32Array, write: boolean): number {
  return write ? writeAll(numbers, chosen) : readAll(numbers, chosen);
}

/** Leaves no page whose first access is still to come. */
function touchAllPages(numbers: Float64Array, write: boolean): void {
  for (let at = 0; at < numbers.length; at += pageSize / 8) {
    const number = numbers[at] as number;
    if (write) numbers[at] = number;
    else if (!(number >= 0)) throw new Error(`number ${at} is ${number}`);
  }
}

function readAll(numbers: Float64Array, chosen: Uint32Array): number {
  let total = 0;
  for (let turn = 0; turn < chosen.length; turn++) {
    total += sumRecord(numbers, (chosen[turn] as number) * 8);
  }
  return total;
}

function writeAll(numbers: Float64Array, chosen: Uint32Array): number {
  for (let turn = 0; turn < chosen.length; turn++) {
    const record = chosen[turn] as number;
    writeRecord(numbers, record * 8, record);
  }
  return 0;
}
