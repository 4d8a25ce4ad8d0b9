// A worker thread that writes its part of a growing file, given as a buffer or as a path.

import { parentPort, workerData } from "node:worker_threads";
import { GrowingFile, type GrowthSteps, type GrowthStrategy } from "@tidemark/core";
import { type InterleavedPart, writePart } from "./interleaved-pages.js";

export interface WorkerTask extends InterleavedPart {
  /** Where all workers wait for one another, to begin at once: a count of those who are there. */
  readonly gate: Int32Array<SharedArrayBuffer>;
  /** The memory of a mapping that someone else has open; or else: */
  readonly buffer?: SharedArrayBuffer;
  readonly path?: string;
  readonly strategy?: GrowthStrategy;
  readonly growth?: GrowthSteps;
  /** Bytes to ensure before writing. */
  readonly ensured?: number;
}

const task = workerData as WorkerTask;

if (task.buffer !== undefined) {
  waitForAll();
  writePart(new Uint8Array(task.buffer), task);
} else {
  const { strategy = "extend-file", growth = {} } = task;
  const file = GrowingFile.open(task.path ?? "", { strategy, growth, maxByteLength: 2 ** 30 });
  waitForAll();
  file.ensure(task.ensured ?? 0);
  writePart(file.bytes(), task);
  file.close();
}
parentPort?.postMessage("done");

function waitForAll(): void {
  if (Atomics.add(task.gate, 0, 1) + 1 === task.writerCount) Atomics.notify(task.gate, 0);
  for (;;) {
    const arrived = Atomics.load(task.gate, 0);
    if (arrived >= task.writerCount) return;
    Atomics.wait(task.gate, 0, arrived, 10);
  }
}
