// A worker thread that opens, stores, closes and looks, again and again: posts how often it found
// something else than it had stored.

import fs from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { GrowingFile } from "@tidemark/core";

const { path, slot, count } = workerData as { path: string; slot: number; count: number };
const options = { maxByteLength: 2 ** 20 } as const;

let lost = 0;
for (let round = 0; round < count; round++) {
  // Past the end of a file of ten bytes, and mostly inside its last page.
  const value = (round % 3) * 7;
  const file = GrowingFile.open(path, options);
  file.bytes(slot, 1)[0] = value;
  file.close();
  if (at(slot) !== value) lost++;
}
const last = GrowingFile.open(path, options);
last.bytes(slot, 1)[0] = 1;
last.close();
parentPort?.postMessage(lost);

/** A byte of the file; zero where it ends before. */
function at(byteOffset: number): number {
  const byte = Buffer.alloc(1);
  const fd = fs.openSync(path, "r");
  fs.readSync(fd, byte, 0, 1, byteOffset);
  fs.closeSync(fd);
  return byte[0] ?? 0;
}
