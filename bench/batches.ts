// Times a short piece of work: in several batches, whose median is told.

import { now } from "./driver.js";
import { median } from "./sample.js";

const batchCount = 9;
const warmUpMs = 400;

/** Nanoseconds of one call of `work`, which gets a number that counts up. */
export function timePerCall(count: number, work: (turn: number) => void): number {
  const size = Math.max(1, Math.floor(count / batchCount));
  // Until the code is compiled, which happens beside the first calls; a quick run waits less.
  const start = now();
  const mostBatches = 10 * batchCount;
  for (let batch = 0; batch < mostBatches; batch++) {
    if (batch >= 2 && now() - start >= warmUpMs) break;
    runBatch(size, work);
  }
  return median(Float64Array.from({ length: batchCount }, () => runBatch(size, work)));
}

function runBatch(size: number, work: (turn: number) => void): number {
  const start = now();
  for (let turn = 0; turn < size; turn++) work(turn);
  return ((now() - start) * 1e6) / size;
}
