// Reads or writes 64-byte records at random places of a file through its descriptor: pread(2) and
// pwrite(2), or preadv(2) and pwritev(2).

import fs from "node:fs";
import path from "node:path";
import { drive, now } from "../driver.js";
import {
  checkWritten,
  randomRecords,
  recordByteLength,
  sumRecord,
  writeRecord,
} from "../pattern.js";

interface RandomDescriptor {
  readonly file: string;
  readonly count: number;
  readonly write: boolean;
  /** Through fs.readvSync and fs.writevSync. */
  readonly vectors?: boolean;
}

await drive((job: RandomDescriptor) => {
  const transfer = transferOf(job);
  warmUp(path.dirname(job.file), job, transfer);
  const fd = fs.openSync(job.file, job.write ? "r+" : "r");
  const records = fs.fstatSync(fd).size / recordByteLength;
  const passes = [11, 12].map((seed) => randomRecords(job.count, records, seed));
  let checksum = 0;
  const [firstNs = 0, againNs = 0] = passes.map((chosen) => {
    const start = now();
    checksum += pass(fd, chosen, { write: job.write, transfer });
    return ((now() - start) * 1e6) / job.count;
  });
  fs.closeSync(fd);
  if (job.write) for (const chosen of passes) checkWritten(job.file, chosen);
  const metrics = { readyMs: 0, firstNs, againNs };
  return job.write ? { metrics } : { metrics, checksum };
});

type Transfer = (fd: number, record: Float64Array, position: number) => number;

function transferOf({ write, vectors }: RandomDescriptor): Transfer {
  if (vectors === true) {
    return write
      ? (fd, record, position) => fs.writevSync(fd, [record], position)
      : (fd, record, position) => fs.readvSync(fd, [record], position);
  }
  return write
    ? (fd, record, position) => fs.writeSync(fd, record, 0, recordByteLength, position)
    : (fd, record, position) => fs.readSync(fd, record, 0, recordByteLength, position);
}

function warmUp(folder: string, { write }: RandomDescriptor, transfer: Transfer): void {
  const file = path.join(folder, "warm");
  fs.writeFileSync(file, Buffer.alloc(2 ** 18));
  const fd = fs.openSync(file, "r+");
  pass(fd, randomRecords(5_000, 2 ** 12, 1), { write, transfer });
  fs.closeSync(fd);
  fs.rmSync(file);
}

function pass(
  fd: number,
  chosen: Uint32Array,
  how: { readonly write: boolean; readonly transfer: Transfer },
): number {
  const { write, transfer } = how;
  const record = new Float64Array(recordByteLength / 8);
  let total = 0;
  for (let turn = 0; turn < chosen.length; turn++) {
    const number = chosen[turn] as number;
    if (write) writeRecord(record, 0, number);
    const length = transfer(fd, record, number * recordByteLength);
    if (length !== recordByteLength) throw new Error(`transferred ${length} bytes of a record`);
    if (!write) total += sumRecord(record, 0);
  }
  return total;
}
