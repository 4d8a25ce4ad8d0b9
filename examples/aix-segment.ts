// Code from AIX that maps a file with shmat and writes past its end, unchanged but for the attach.
//
// There it begins with
//
//     int fd = open("ledger", O_RDWR | O_CREAT | O_DEFER, 0600);
//     char *segment = shmat(fd, NULL, SHM_MAP);
//
// and stores past the end of the file make it longer. O_DEFER defers changes: fsync makes them
// permanent, fabort undoes them. Here the attach is GrowingFile.create for a plain SHM_MAP, whose
// stores reach the file at once, and TrackedFile.open for O_DEFER, with commit and rollback.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { GrowingFile, TrackedFile } from "@tidemark/core";

/** A segment of AIX is 256 MiB. */
const SEGMENT_SIZE = 2 ** 28;

// ---- The code as it was: it knows a segment and its offsets, and nothing of files.

/** Records of 64 bytes follow a header that counts them. */
const HEADER = 64;
const RECORD = 64;

function append(segment: DataView, account: number, amount: number): void {
  const count = segment.getUint32(0, true);
  const at = HEADER + count * RECORD; // may be past the end: the file gets longer
  segment.setUint32(at, account, true);
  segment.setFloat64(at + 8, amount, true);
  segment.setUint32(0, count + 1, true);
}

function balance(segment: DataView, account: number): number {
  let sum = 0;
  for (let index = 0; index < segment.getUint32(0, true); index++) {
    const at = HEADER + index * RECORD;
    if (segment.getUint32(at, true) === account) sum += segment.getFloat64(at + 8, true);
  }
  return sum;
}

function transfer(segment: DataView, from: number, to: number, amount: number): void {
  append(segment, from, -amount);
  append(segment, to, amount);
  if (balance(segment, from) < 0) throw new RangeError(`account ${from} has not that much`);
}

// ---- The attach calls.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-aix-"));
const ledger = path.join(folder, "ledger");

// shmat(fd, NULL, SHM_MAP)
const growing = GrowingFile.create(ledger, { maxByteLength: SEGMENT_SIZE });
const attached = new DataView(growing.buffer);
for (let account = 0; account < 10_000; account++) append(attached, account, 100);
growing.close();
console.log(`10,000 accounts: the file has ${fs.statSync(ledger).size} bytes`);

// The same with O_DEFER
const tracked = TrackedFile.open(ledger, { maxByteLength: SEGMENT_SIZE });
const segment = new DataView(tracked.buffer);
const before = fs.readFileSync(ledger);

transfer(segment, 3, 7, 60);
assert.ok(fs.readFileSync(ledger).equals(before), "nothing reaches the file yet");
await tracked.commit(); // fsync(fd)

try {
  transfer(segment, 3, 7, 60);
} catch (error) {
  console.log(`${(error as Error).message}: undone`);
  tracked.rollback(); // fabort(fd)
}
for (let account = 0; account < 10_000; account++) append(segment, account, 1);
tracked.close(); // shmdt(segment): commits, and the file ends where the last page written does

const after = TrackedFile.open(ledger, { maxByteLength: SEGMENT_SIZE });
const read = new DataView(after.buffer);
assert.equal(balance(read, 3), 41);
assert.equal(balance(read, 7), 161);
assert.equal(read.getUint32(0, true), 20_002);
console.log(`account 3 has ${balance(read, 3)}, account 7 has ${balance(read, 7)}`);
console.log(`20,002 records: the file has ${fs.statSync(ledger).size} bytes`);
after.close();
fs.rmSync(folder, { recursive: true });
