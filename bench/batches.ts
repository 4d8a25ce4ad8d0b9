// Times a short piece of work: in several batches, whose median is told.

import { now } from "./driver.js";
import { median } from "./sample.js";

const batchCount = 9;

/** Nanoseconds of one call of `work`, which gets a number that counts up. */
export function timePerCall(count: number, work: (turn: number) => void): number {
  const size = Math.max(1, Math.floor(count / batchCount));
  runBatch(size, work);
  runBatch(size, work);
  return median(Float64Array.from({ length: batchCount }, () => runBatch(size, work)));
}

function runBatch(size: number, work: (turn: number) => void): number {
  const start = now();
  for (let turn = 0; turn < size; turn++) work(turn);
  return ((now() - start) * 1e6) / size;
}
