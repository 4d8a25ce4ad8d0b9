// Shared buffers in worker threads: posted once, then the same memory everywhere.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Mapping, pageSize } from "@tidemark/core";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

/** Runs `body` in a worker that has `data` and may use `Atomics`; gives what it posts. */
async function inWorker<T>(body: string, data: unknown): Promise<T> {
  const worker = new Worker(
    `const { workerData: data, parentPort } = require("node:worker_threads");
     parentPort.postMessage((() => { ${body} })());`,
    { eval: true, workerData: data },
  );
  const posted = new Promise<T>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  const result = await posted;
  await worker.terminate();
  return result;
}

const open = {
  "a shared file": (): Mapping => {
    const file = temporaryPath();
    fs.writeFileSync(file, Buffer.alloc(3 * pageSize));
    return Mapping.openFile(file, { access: "read-write", shared: true });
  },
  "a shared file without its tail": (): Mapping => {
    const file = temporaryPath();
    fs.writeFileSync(file, Buffer.alloc(3 * pageSize));
    const range = { byteOffset: pageSize, byteLength: pageSize + 100 };
    return Mapping.openFile(file, { access: "read-write", shared: true, ...range });
  },
  "shared anonymous memory": (): Mapping => {
    return Mapping.anonymous(2 * pageSize, { sharing: "shared" });
  },
} as const;

for (const [name, opened] of Object.entries(open)) {
  test(`${name} posted to a worker is the same memory there`, async () => {
    using mapping = opened();
    const byteLength = await inWorker<number>(
      `const bytes = new Uint8Array(data); bytes[5] = 42; return bytes.length;`,
      mapping.buffer,
    );
    assert.equal(byteLength, mapping.byteLength);
    assert.equal(mapping.bytes()[5], 42);
  });

  test(`atomics wake a worker that waits in ${name}`, async () => {
    using mapping = opened();
    const words = new Int32Array(mapping.buffer, 0, 4);
    const waiting = inWorker<string>(
      `const words = new Int32Array(data, 0, 4);
       Atomics.store(words, 1, 1);
       Atomics.notify(words, 1);
       return Atomics.wait(words, 0, 0, 20000);`,
      mapping.buffer,
    );
    const ready = Atomics.waitAsync?.(words, 1, 0, 20_000);
    await (ready?.async === true ? ready.value : undefined);
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    assert.match(await waiting, /^(ok|not-equal)$/);
  });
}

test("a view of part of a shared mapping can be posted, too", async () => {
  using mapping = open["shared anonymous memory"]();
  await inWorker(`data.fill(9); return data.length;`, mapping.bytes(100, 10));
  assert.deepEqual([...mapping.bytes(99, 12)], [0, ...Array(10).fill(9), 0]);
});

test("four workers that count at once lose nothing", async () => {
  using mapping = open["a shared file"]();
  const body = `const words = new Int32Array(data, 0, 1);
    for (let count = 0; count < 50000; count++) Atomics.add(words, 0, 1);`;
  await Promise.all([1, 2, 3, 4].map(() => inWorker(body, mapping.buffer)));
  assert.equal(new Int32Array(mapping.buffer, 0, 1)[0], 200_000);
});

test("a worker that goes on after the close reads zeros, and nothing dies", async () => {
  const result = await runChild(`
    import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
    import { Mapping } from "@tidemark/core";
    if (isMainThread) {
      const mapping = Mapping.anonymous(1 << 20, { sharing: "shared" });
      mapping.bytes().fill(1);
      const worker = new Worker(new URL(import.meta.url), { workerData: mapping.buffer });
      await new Promise((resolve) => worker.once("message", resolve));
      try {
        mapping.close();
      } catch (error) {
        // The worker may have met the closed mapping before the close had ended.
        if (error.kind !== "closed") throw error;
      }
      worker.on("message", (sum) => console.log(JSON.stringify(sum)));
    } else {
      const bytes = new Uint8Array(workerData);
      parentPort.postMessage("started");
      // Until the close is seen; then once more over all of it, reading and writing.
      while (bytes[1 << 19] === 1);
      let sum = 0;
      for (let index = 0; index < bytes.length; index += 4096) {
        sum += bytes[index];
        bytes[index + 1] = 7;
      }
      parentPort.postMessage(sum);
    }`);
  assert.deepEqual([result.code, result.signal], [0, null], result.stderr);
  assert.equal(result.json, 0);
});

test("a shared buffer outlives the worker that mapped it", async () => {
  const result = await runChild(`
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    import { Mapping } from "@tidemark/core";
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url));
      const buffer = await new Promise((resolve) => worker.once("message", resolve));
      await new Promise((resolve) => worker.once("exit", resolve));
      const bytes = new Uint8Array(buffer);
      const before = bytes[100];
      bytes[100] = 6;
      console.log(JSON.stringify([before, bytes[100]]));
    } else {
      const mapping = Mapping.anonymous(8192, { sharing: "shared" });
      mapping.bytes()[100] = 5;
      parentPort.postMessage(mapping.buffer);
    }`);
  assert.deepEqual([result.code, result.signal], [0, null], result.stderr);
  assert.deepEqual(result.json, [5, 6]);
});
