// Threads that are ended on their way, and processes that end on theirs.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { assertEndedWell, endsWell, sceneSource } from "./ending.js";

const args = (): { args: [string] } => ({ args: [temporaryPath()] });

const workers = `
  import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
  const start = (data) =>
    new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: data });
  const message = (worker) => new Promise((resolve) => worker.once("message", resolve));`;

const writers = {
  "in a loop of JavaScript": `
    for (;;) for (let at = 0; at < bytes.length; at += 512) bytes[at] = 7;`,
  "in native code": `for (;;) bytes.fill(7);`,
  "in a hash": `const { createHash } = await import("node:crypto");
      for (;;) createHash("sha512").update(bytes).digest();`,
};

for (const [name, write] of Object.entries(writers)) {
  test(`a worker is terminated while it writes a growing file ${name}`, async () => {
    const result = await endsWell(
      `
        ${workers}
        if (isMainThread) {
          const codes = [];
          for (let round = 0; round < 3; round++) {
            const worker = start({ round });
            await message(worker);
            codes.push(await worker.terminate());
          }
          const file = GrowingFile.open(process.argv[2] + "0", { maxByteLength: 2 ** 28 });
          file.bytes()[5] = 9;
          report({
            codes: codes.length,
            end: trouble(() => file.close()),
            read: fs.readFileSync(process.argv[2] + "0")[5],
          });
        } else {
          const growing = GrowingFile.create(process.argv[2] + workerData.round, {
            maxByteLength: 2 ** 26,
          });
          const bytes = growing.bytes();
          parentPort.postMessage("writing");
          ${write}
        }`,
      { ...args(), timeoutMs: 30_000 },
    );
    assert.deepEqual(result, { codes: 3, end: null, read: 9 });
  });
}

test("a worker that is terminated while it opens files leaves no lock on them", async () => {
  const result = await endsWell(
    `
    ${workers}
    if (isMainThread) {
      const left = [];
      let descriptors;
      for (let round = 0; round < 24; round++) {
        const worker = start({ round });
        await message(worker);
        const end = performance.now() + Math.random() * 5;
        while (performance.now() < end) await scene.until(() => true);
        await worker.terminate();
        const options = { maxByteLength: pageSize, overwrite: true };
        left.push(trouble(() => GrowingFile.create(process.argv[2], options).close()));
        if (round === 3) descriptors = scene.descriptorCount();
      }
      report({
        troubles: left.filter((trouble) => trouble !== null),
        descriptors: scene.descriptorCount() - descriptors,
      });
    } else {
      parentPort.postMessage("opening");
      for (;;) {
        GrowingFile.open(process.argv[2], { create: true, maxByteLength: 2 ** 20 }).close();
      }
    }`,
    { ...args(), timeoutMs: 60_000 },
  );
  assert.deepEqual(result, { troubles: [], descriptors: 0 });
});

test("shared memory of a worker that ends without closing lives on in other threads", async () => {
  const result = await endsWell(
    `
      ${workers}
      if (isMainThread) {
        const worker = start();
        const ended = new Promise((resolve) => worker.once("exit", resolve));
        const buffer = await message(worker);
        await ended;
        const bytes = new Uint8Array(buffer);
        const before = bytes[5];
        bytes[2 ** 22] = 8;
        report({
          before,
          after: bytes[2 ** 22],
          length: fs.statSync(process.argv[2]).size > 2 ** 22,
        });
      } else {
        const growing = GrowingFile.create(process.argv[2], {
          maxByteLength: 2 ** 26,
          shared: true,
        });
        growing.bytes()[5] = 7;
        parentPort.postMessage(growing.buffer);
      }`,
    args(),
  );
  assert.deepEqual(result, { before: 7, after: 8, length: true });
});

test("what threads leave open is not mistaken for memory that is mapped later", async () => {
  const result = await endsWell(
    `${workers}
    fs.writeFileSync(process.argv[2], Buffer.alloc(64 * pageSize, 7));
    if (isMainThread) {
      const kinds = new Set();
      for (let round = 0; round < 4; round++) {
        const worker = start();
        await new Promise((resolve) => worker.once("exit", resolve));
        const mappings = [];
        for (let count = 0; count < 200; count++) {
          const byteLength = (1 + (count % 64)) * pageSize;
          const mapping = Mapping.openFile(process.argv[2], { byteLength });
          for (let at = 0; at < mapping.byteLength; at += pageSize) mapping.bytes()[at] = 1;
          mappings.push(mapping);
        }
        for (const mapping of mappings) kinds.add(trouble(() => mapping.close()).kind);
      }
      report([...kinds]);
    } else {
      for (let count = 0; count < 100; count++) {
        const byteLength = (1 + (count % 64)) * pageSize;
        const options = { access: "read-write", shared: true, byteLength };
        Mapping.openFile(process.argv[2], options).bytes()[5] = 7;
      }
    }`,
    args(),
  );
  assert.deepEqual(result, ["read-only"]);
});

test("a mapping that is closed in one thread while others write it ends nobody", async () => {
  const result = await endsWell(
    `${workers}
    if (isMainThread) {
      const growing = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 26, shared: true });
      const flags = new Int32Array(new SharedArrayBuffer(8));
      const started = [0, 1].map(() => start({ buffer: growing.buffer, flags }));
      while (Atomics.load(flags, 0) < 2) await new Promise((resolve) => setImmediate(resolve));
      const end = trouble(() => growing.close());
      Atomics.store(flags, 1, 1);
      const rounds = await Promise.all(started.map(message));
      report({ end: end?.kind ?? "closed", rounds: rounds.every((count) => count > 0) });
    } else {
      const { buffer, flags } = workerData;
      const bytes = new Uint8Array(buffer, 0, 2 ** 24);
      let rounds = 0;
      do {
        for (let at = 0; at < bytes.length; at += 1024) bytes[at] = 7;
        if (rounds++ === 0) Atomics.add(flags, 0, 1);
      } while (Atomics.load(flags, 1) === 0);
      parentPort.postMessage(rounds);
    }`,
    { ...args(), timeoutMs: 30_000 },
  );
  assert.equal(result.end, "closed");
  assert.equal(result.rounds, true);
});

test("threads wait and wake one another on shared memory past the end of the file", async () => {
  const result = await endsWell(
    `${workers}
    if (isMainThread) {
      const growing = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 26, shared: true });
      const words = new Int32Array(growing.buffer, 2 ** 24, 2);
      const worker = start(growing.buffer);
      await message(worker);
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      report([await message(worker), words[1], trouble(() => growing.close())]);
    } else {
      const words = new Int32Array(workerData, 2 ** 24, 2);
      parentPort.postMessage("waiting");
      const woken = Atomics.wait(words, 0, 0, 10_000);
      words[1] = 5;
      parentPort.postMessage(woken === "timed-out" ? woken : "woken");
    }`,
    args(),
  );
  assert.deepEqual(result, ["woken", 5, null]);
});

test("another context of the virtual machine uses memory as its own", async () => {
  const result = await endsWell(
    `
      import vm from "node:vm";
      const growing = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 26 });
      const bytes = growing.bytes();
      const context = vm.createContext({ bytes, growing });
      vm.runInContext("for (let at = 0; at < 2 ** 22; at++) bytes[at] = 7", context);
      const foreign = vm.runInContext("new Uint8Array(growing.buffer)", context);
      foreign[2 ** 22] = 8;
      const timeout = trouble(() =>
        vm.runInContext("for (;;) bytes.fill(1)", context, { timeout: 50 }),
      )?.code;
      growing.close({ byteLength: 2 ** 22 + 1 });
      report({
        timeout,
        length: foreign.length,
        after: trouble(() => vm.runInContext("bytes[5] = 1", context)),
      });`,
    args(),
  );
  assert.deepEqual(result, { timeout: "ERR_SCRIPT_EXECUTION_TIMEOUT", length: 0, after: null });
});

test("process.exit in the middle of everything is an exit", async () => {
  const [file] = args().args;
  const result = await runChild(
    sceneSource(
      `
        ${workers}
        import zlib from "node:zlib";
        if (isMainThread) {
          const growing = GrowingFile.create(process.argv[2], {
            maxByteLength: 2 ** 30,
            shared: true,
            prefault: true,
          });
          const own = GrowingFile.create(process.argv[2] + "own", {
            maxByteLength: 2 ** 30,
            prefault: true,
          });
          const flags = new Int32Array(new SharedArrayBuffer(4));
          start({ buffer: growing.buffer, flags });
          start({ buffer: growing.buffer, flags });
          own.bytes().fill(7, 0, 2 ** 22);
          zlib.deflate(own.bytes(0, 2 ** 26), () => {});
          void own.flush();
          while (Atomics.load(flags, 0) < 2) await new Promise((resolve) => setImmediate(resolve));
          process.exit(0);
        } else {
          const bytes = new Uint8Array(workerData.buffer, 0, 2 ** 26);
          Atomics.add(workerData.flags, 0, 1);
          for (;;) for (let at = 0; at < bytes.length; at += 512) bytes[at] = 7;
        }`,
    ),
    { args: [file], timeoutMs: 20_000 },
  );
  assertEndedWell(result);
  // Not closed, so not trimmed: the next one who opens it finds the end of the data.
  assert.ok(fs.statSync(`${file}own`).size >= 2 ** 22);
});

test("an uncaught exception in a listener of faults ends the process as any other", async () => {
  const result = await runChild(
    sceneSource(
      `const mapping = Mapping.anonymous(pageSize);
      mapping.protect({}, "none");
      mapping.on("fault", () => { throw new Error("from the listener"); });
      mapping.bytes()[5] = 1;
      setInterval(() => {}, 1000);`,
    ),
    { timeoutMs: 10_000 },
  );
  assert.deepEqual([result.code, result.signal], [1, null]);
  assert.match(result.stderr, /from the listener/);
});
