// Closing: what is left of views and buffers, whatever a program did with them before.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { markAsUntransferable } from "node:worker_threads";
import { Mapping, pageSize } from "@tidemark/core";
import { runChild } from "@tidemark/testing/child.js";
import { descriptors, mapEntriesOf } from "@tidemark/testing/memory-map.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

const linux = { skip: requires("linux") };
const closedError = { code: "ERR_TIDEMARK_CLOSED", name: "ClosedError" };

function filledFile(pageCount = 4): string {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(pageCount * pageSize, 7));
  return file;
}

function openWritable(): Mapping {
  return Mapping.openFile(filledFile(), { access: "read-write" });
}

test("closing empties the buffer and every view of it", () => {
  const mapping = openWritable();
  const { buffer } = mapping;
  const views = [
    mapping.bytes(),
    mapping.bytes(5, 10),
    new Uint8Array(buffer),
    new Float64Array(buffer, 8, 2),
    Buffer.from(buffer as ArrayBuffer),
  ];
  const view = new DataView(buffer, 1);
  mapping.close();
  assert.equal(buffer.byteLength, 0);
  assert.deepEqual(
    views.map(({ length }) => length),
    [0, 0, 0, 0, 0],
  );
  assert.deepEqual(
    views.map((each) => each[0]),
    Array(5).fill(undefined),
  );
  assert.throws(() => view.getUint8(0), TypeError);
  assert.throws(() => view.setUint8(0, 1), TypeError);
  for (const each of views) each[0] = 1;
});

test("a shared buffer reads as zeros after close, and what is written to it goes nowhere", () => {
  const file = filledFile();
  const mapping = Mapping.openFile(file, { access: "read-write", shared: true });
  const bytes = mapping.bytes();
  assert.equal(bytes[0], 7);
  mapping.close();
  assert.equal(bytes.length, 4 * pageSize);
  assert.equal(bytes[0], 0);
  bytes[pageSize] = 99;
  assert.ok(fs.readFileSync(file).every((byte) => byte === 7));
});

test("one error refuses all that is asked of a closed mapping", async () => {
  const mapping = openWritable();
  mapping.close();
  const calls: ((closed: Mapping) => unknown)[] = [
    (closed) => closed.buffer,
    (closed) => closed.bytes(),
    (closed) => closed.flushSync(),
    (closed) => closed.protect({}, "read"),
    (closed) => closed.advise({}, "normal"),
    (closed) => closed.prefetch(),
    (closed) => closed.lock(),
    (closed) => closed.unlock(),
    (closed) => closed.residency(),
    (closed) => closed.release({}),
    (closed) => closed.punchHole({}),
    (closed) => closed.handle(),
  ];
  for (const call of calls) assert.throws(() => call(mapping), closedError, String(call));
  await assert.rejects(mapping.flush(), closedError);
  assert.equal(mapping.closed, true);
  assert.equal(mapping.byteLength, 4 * pageSize);
  assert.deepEqual([...mapping.faults], []);
  mapping.check();
  mapping.close();
  mapping[Symbol.dispose]();
});

test("closing gives back the memory, the file and the descriptor", linux, () => {
  const before = descriptors().size;
  const file = filledFile();
  for (const shared of [false, true]) {
    const mapping = Mapping.openFile(file, { shared });
    mapping.bytes();
    assert.equal(mapEntriesOf(file).length, 1);
    mapping.close();
    assert.deepEqual(mapEntriesOf(file), []);
    assert.equal(descriptors().size, before);
  }
});

test("`using` closes at the end of the block, also when it is left by a throw", () => {
  let bytes: Uint8Array = new Uint8Array(1);
  assert.throws(() => {
    using mapping = openWritable();
    bytes = mapping.bytes();
    throw new Error("on the way");
  }, /on the way/);
  assert.equal(bytes.length, 0);
});

test("what was written is in the file after close, without any flush", () => {
  const file = filledFile(1);
  const mapping = Mapping.openFile(file, { access: "read-write", byteOffset: 3 });
  mapping.bytes().set([1, 2, 3]);
  mapping.close();
  assert.deepEqual([...fs.readFileSync(file).subarray(0, 7)], [7, 7, 7, 1, 2, 3, 7]);
});

test("closing waits for flushes in progress, which then end well", async () => {
  for (let round = 0; round < 20; round++) {
    const mapping = openWritable();
    mapping.bytes().fill(round);
    const flushes = Array.from({ length: 8 }, () => mapping.flush());
    mapping.close();
    await Promise.all(flushes);
  }
});

test("closing does not wait for a pool whose threads are all busy", linux, async () => {
  const file = filledFile();
  const result = await runChild(
    `import fs from "node:fs";
     import { spawnSync } from "node:child_process";
     import { Mapping } from "@tidemark/core";
     const [file] = process.argv.slice(2);
     spawnSync("mkfifo", [file + ".fifo"]);
     // Ends only when the other end is opened, after the close.
     fs.open(file + ".fifo", "r", (error, fd) => fs.closeSync(fd));
     const mapping = Mapping.openFile(file, { access: "read-write" });
     mapping.bytes().fill(1);
     const flushing = mapping.flush();
     mapping.close();
     fs.closeSync(fs.openSync(file + ".fifo", "r+"));
     await flushing;
     console.log(JSON.stringify("closed"));`,
    { args: [file], env: { UV_THREADPOOL_SIZE: "1" }, timeoutMs: 20_000 },
  );
  assert.equal(result.json, "closed");
});

// ---- What a program may have done with the buffer before

type Transferable = ArrayBuffer & { transfer(byteLength?: number): ArrayBuffer };

const canTransfer = "transfer" in ArrayBuffer.prototype;

test("memory moved elsewhere by transfer() reads as zeros after close", {
  skip: !canTransfer && "this Node has no ArrayBuffer.prototype.transfer",
}, () => {
  const mapping = openWritable();
  const moved = new Uint8Array((mapping.buffer as Transferable).transfer());
  const before = moved[0];
  mapping.close();
  assert.deepEqual([before, moved[0] ?? 0], [7, 0]);
  if (moved.length > 0) moved[0] = 1;
});

test("a buffer transferred to another length is a copy, which outlives the mapping", {
  skip: !canTransfer && "this Node has no ArrayBuffer.prototype.transfer",
}, () => {
  const mapping = openWritable();
  const copy = new Uint8Array((mapping.buffer as Transferable).transfer(100));
  mapping.close();
  assert.deepEqual([copy.length, copy[99]], [100, 7]);
});

test("a buffer marked as untransferable does not keep a mapping from being closed", linux, () => {
  const file = filledFile();
  const mapping = Mapping.openFile(file, { access: "read-write" });
  const bytes = mapping.bytes();
  markAsUntransferable(mapping.buffer as ArrayBuffer);
  mapping.close();
  assert.deepEqual(mapEntriesOf(file), []);
  assert.ok(bytes.length === 0 || bytes[0] === 0);
  if (bytes.length > 0) bytes[0] = 1;
  assert.ok(fs.readFileSync(file).every((byte) => byte === 7));
});

test("a structured clone of the buffer is a copy, which outlives the mapping", () => {
  const mapping = openWritable();
  const clone = new Uint8Array(structuredClone(mapping.buffer));
  mapping.close();
  assert.deepEqual([clone.length, clone[0]], [4 * pageSize, 7]);
});

test("a buffer that is posted with a transfer list is refused, or empty after close", () => {
  const mapping = openWritable();
  const { buffer } = mapping;
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(buffer, [buffer as ArrayBuffer]);
  } catch (error) {
    assert.equal((error as Error).name, "DataCloneError");
  }
  port1.close();
  port2.close();
  mapping.close();
  assert.equal(buffer.byteLength, 0);
});

test("closing is not fooled by what a program puts into the prototypes", () => {
  const names = ["byteLength", "transfer", "detached"] as const;
  const prototype = ArrayBuffer.prototype as unknown as Record<string, unknown>;
  const before = names.map((name) => Object.getOwnPropertyDescriptor(prototype, name));
  const mapping = openWritable();
  const bytes = mapping.bytes();
  for (const name of names) {
    Object.defineProperty(prototype, name, { configurable: true, get: () => 0 });
  }
  try {
    mapping.close();
  } finally {
    names.forEach((name, index) => {
      const descriptor = before[index];
      if (descriptor === undefined) delete prototype[name];
      else Object.defineProperty(prototype, name, descriptor);
    });
  }
  assert.equal(bytes.length, 0);
});

// ---- Threads, and no close at all

test("a worker opens, uses and closes mappings of its own", async () => {
  const result = await runChild(`
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    import { Mapping } from "@tidemark/core";
    if (isMainThread) {
      const seen = [];
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(new URL(import.meta.url));
        worker.on("message", (message) => seen.push(message));
        await new Promise((resolve) => worker.on("exit", resolve));
      }
      console.log(JSON.stringify(seen));
    } else {
      const mapping = Mapping.anonymous(5000);
      const bytes = mapping.bytes();
      bytes[4999] = 9;
      const before = bytes[4999];
      mapping.close();
      Mapping.anonymous(5000).bytes()[0] = 1; // left open at the worker's end
      Mapping.anonymous(5000, { sharing: "shared" }).bytes()[0] = 1;
      parentPort.postMessage([before, bytes.length]);
    }`);
  assert.deepEqual([result.code, result.signal], [0, null], result.stderr);
  assert.deepEqual(result.json, [
    [9, 0],
    [9, 0],
    [9, 0],
  ]);
});

test(
  "mappings that are forgotten without close give everything back when collected",
  linux,
  async () => {
    const result = await runChild(
      `import fs from "node:fs";
     import { Mapping } from "@tidemark/core";
     import { native } from "#core/binding.js";
     const [file] = process.argv.slice(2);
     const count = () => [
       fs.readdirSync("/proc/self/fd").length,
       fs.readFileSync("/proc/self/maps", "utf8").split(file).length - 1,
     ];
     const open = (shared) => {
       const mapping = Mapping.openFile(file, { access: "read-write", shared });
       mapping.on("fault", () => mapping.closed);
       return mapping.bytes()[0];
     };
     // The first mapping has the handlers installed, which takes descriptors for good.
     Mapping.anonymous(1).close();
     const before = count();
     const kinds = native.externalSharedBuffers ? [false, true] : [false];
     for (let round = 0; round < 30; round++) kinds.forEach(open);
     const opened = count();
     for (let tries = 0; tries < 200 && String(count()) !== String(before); tries++) {
       globalThis.gc();
       await new Promise(setImmediate);
     }
     console.log(JSON.stringify({ before, opened, after: count(), kinds: kinds.length }));`,
      { args: [filledFile()], execArgv: ["--expose-gc"] },
    );
    assert.equal(result.code, 0, result.stderr);
    const { before, opened, after, kinds } = result.json;
    assert.deepEqual(after, before);
    assert.deepEqual([opened[0] - before[0], before[1]], [30 * kinds, 0]);
  },
);

test("a view keeps the memory of a mapping that is forgotten", async () => {
  const result = await runChild(
    `import { Mapping } from "@tidemark/core";
     const [file] = process.argv.slice(2);
     const views = [
       Mapping.openFile(file, { access: "read-write" }).bytes(),
       Mapping.openFile(file, { access: "read-write", shared: true }).bytes(),
     ];
     for (let round = 0; round < 5; round++) {
       globalThis.gc();
       await new Promise(setImmediate);
     }
     views[0][0] = 55;
     console.log(JSON.stringify(views.map((view) => view[0])));`,
    { args: [filledFile()], execArgv: ["--expose-gc"] },
  );
  assert.deepEqual(result.json, [55, 55], result.stderr);
});
