// Threads and processes that grow one file at once lose nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { pageSize } from "@tidemark/core";
import { type GrowingSubject, lengthOf, pageSteps } from "./growing-subject.js";
import type { WorkerTask } from "./growth-worker.js";
import { countLostBytes } from "./interleaved-pages.js";
import { WritingProcesses } from "./writing-processes.js";

const writerCount = 4;
const pageCount = 2048;
const byteLength = pageCount * pageSize;

export function sharingContract(growing: GrowingSubject): void {
  describe("sharing", () => {
    test("4 worker threads that write to one shared buffer at once lose no byte", async () => {
      const path = growing.path();
      const file = growing.create(path, {
        shared: true,
        growth: pageSteps,
        maxByteLength: 2 * byteLength,
      });
      growing.announce(file, byteLength);
      await runWorkers({ buffer: file.buffer as SharedArrayBuffer });
      assert.deepEqual(file.faults, []);
      file.close();
      assert.equal(countLostBytes(path, { pageCount, round: 0 }), 0);
    });

    test("4 worker threads that each open the file at once lose no byte", async () => {
      const path = growing.path();
      growing.create(path).close();
      const ensured = growing.growsByTouch ? 0 : byteLength;
      await runWorkers({ path, ...growing.options, growth: pageSteps, ensured });
      if (!growing.keepsMark) assert.ok(lengthOf(path) >= byteLength);
      assert.equal(lostIn(path), 0);
    });

    test("4 processes that interleave the pages of a file lose no byte", async () => {
      const writers = new WritingProcesses(writerCount);
      const { strategy } = growing.subject;
      for (const round of [0, 1]) {
        const path = growing.path();
        growing.create(path).close();
        const ensured = growing.growsByTouch ? 0 : byteLength;
        const growth = round === 0 ? pageSteps : {};
        const task = { path, strategy, growth, pageCount, round, ensured };
        await writers.fill({ ...task, maxByteLength: 2 ** 30 });
        if (!growing.keepsMark) assert.ok(lengthOf(path) >= byteLength);
        assert.equal(lostIn(path, round), 0);
      }
      assert.deepEqual(await writers.end(), [0, 0, 0, 0]);
    });

    // Without the mark, who joins cannot tell how long the file was before it grew ahead.
    function lostIn(path: string, round = 0): number {
      const tail = growing.keepsMark ? 0 : lengthOf(path) - byteLength;
      return countLostBytes(path, { pageCount, round }) - tail;
    }
  });
}

async function runWorkers(
  task: Pick<WorkerTask, "buffer" | "path" | "strategy" | "growth" | "ensured">,
): Promise<void> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: writerCount }, (_, writer) => {
    const workerData: WorkerTask = { ...task, gate, writer, writerCount, pageCount, round: 0 };
    return new Worker(new URL("./growth-worker.js", import.meta.url), { workerData });
  });
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, "exit"))[0]));
  assert.deepEqual(
    codes,
    workers.map(() => 0),
  );
}
