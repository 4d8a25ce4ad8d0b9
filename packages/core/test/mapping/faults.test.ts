// How a program learns of faults: the history, one throw for each report, the event on the loop.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Mapping, MappingFaultError, pageSize, TidemarkError } from "@tidemark/core";
import { runChild } from "@tidemark/testing/child.js";

function guarded(pageCount: number): Mapping {
  const mapping = Mapping.anonymous(pageCount * pageSize);
  mapping.protect({}, "none");
  return mapping;
}

/** The next "fault" event. Waiting for it keeps neither the process nor the mapping; this does. */
async function nextFault(mapping: Mapping): Promise<MappingFaultError> {
  const waited = setTimeout(() => assert.fail(`not emitted: ${mapping.faults.length}`), 20_000);
  const [error] = await once(mapping, "fault");
  clearTimeout(waited);
  return error;
}

test("check throws what was recorded once, and nothing when nothing was", () => {
  using mapping = guarded(4);
  mapping.check();
  mapping.bytes()[pageSize + 1] = 1;
  mapping.bytes()[2 * pageSize] = 1;
  assert.throws(
    () => mapping.check(),
    (error) => {
      assert.ok(error instanceof MappingFaultError && error instanceof TidemarkError);
      assert.equal(error.code, "ERR_TIDEMARK_MAPPING_FAULT");
      assert.equal(error.name, "MappingFaultError");
      assert.deepEqual(
        [error.count, error.kind, error.byteOffset, error.access, error.fault.errno],
        [2, "no-access", pageSize + 1, "write", 0],
      );
      assert.match(error.message, /byte 4097 could not be written.*2 such faults/);
      return true;
    },
  );
  mapping.check();
});

test("faults stay in the history after they were thrown, and cannot be changed", () => {
  using mapping = guarded(3);
  assert.deepEqual([...mapping.faults], []);
  assert.equal(mapping.bytes()[5], 0);
  mapping.bytes()[pageSize] = 1;
  const expected = [
    { kind: "no-access", byteOffset: 5, access: "read", errno: 0 },
    { kind: "no-access", byteOffset: pageSize, access: "write", errno: 0 },
  ];
  assert.deepEqual([...mapping.faults], expected);
  assert.throws(() => mapping.check());
  assert.deepEqual([...mapping.faults], expected);
  assert.throws(() => (mapping.faults as unknown[]).pop(), TypeError);
  assert.throws(() => Object.assign(mapping.faults[0] ?? {}, { kind: "closed" }), TypeError);
});

test("the history keeps the first 64 faults", () => {
  using mapping = guarded(100);
  for (let page = 0; page < 100; page++) {
    mapping.bytes()[page * pageSize] = 1;
    assert.throws(() => mapping.check(), { byteOffset: page * pageSize, count: 1 });
  }
  assert.equal(mapping.faults.length, 64);
  assert.equal(mapping.faults.at(-1)?.byteOffset, 63 * pageSize);
});

test("close throws what was recorded, and has closed all the same", () => {
  const mapping = guarded(1);
  const bytes = mapping.bytes();
  bytes[0] = 1;
  assert.throws(() => mapping.close(), { code: "ERR_TIDEMARK_MAPPING_FAULT" });
  assert.equal(mapping.closed, true);
  assert.equal(bytes.length, 0);
  mapping.close();
  mapping.check();
  assert.equal(mapping.faults.length, 1);
});

test("a fault is emitted on the event loop, after the code that met it", async () => {
  using mapping = guarded(3);
  let isEmitted = false;
  mapping.once("fault", () => {
    isEmitted = true;
  });
  const emitted = nextFault(mapping);
  mapping.bytes()[7] = 1;
  mapping.bytes()[pageSize] = 1;
  assert.equal(isEmitted, false);
  const error = await emitted;
  assert.ok(error instanceof MappingFaultError);
  assert.deepEqual([error.byteOffset, error.count], [7, 2]);
  assert.throws(() => mapping.check(), { byteOffset: 7 }, "it is still to be thrown");
});

test("a fault that was thrown already is not emitted, a later one is", async () => {
  using mapping = guarded(2);
  const seen: number[] = [];
  mapping.on("fault", (error) => seen.push(error.byteOffset, error.count));
  mapping.bytes()[0] = 1;
  assert.throws(() => mapping.check());
  mapping.bytes()[pageSize] = 1;
  await nextFault(mapping);
  assert.deepEqual(seen, [pageSize, 1]);
  assert.throws(() => mapping.check());
});

test("each mapping is told of its own faults only", async () => {
  using one = guarded(1);
  using other = guarded(1);
  other.on("fault", () => assert.fail("not its own"));
  one.bytes()[0] = 1;
  await nextFault(one);
  assert.deepEqual([...other.faults], []);
  other.check();
  assert.throws(() => one.check());
});

test("byteOffset counts from the mapping's first byte, not from its first page", () => {
  using mapping = Mapping.openFile("/dev/zero", { byteOffset: 100, byteLength: 2 * pageSize });
  mapping.bytes()[50] = 1;
  assert.throws(() => mapping.check(), { kind: "read-only", byteOffset: 50, access: "write" });
});

test("waiting for faults keeps no process alive; a listener's error is uncaught", async () => {
  const result = await runChild(`
    import { Mapping, pageSize } from "@tidemark/core";
    const mapping = Mapping.anonymous(pageSize);
    mapping.protect({}, "none");
    process.on("uncaughtException", (error) => console.log(JSON.stringify(error.message)));
    mapping.on("fault", () => { throw new Error("of the listener"); });
    mapping.bytes()[0] = 1;
    setImmediate(() => setImmediate(() => {}));`);
  assert.deepEqual([result.code, result.signal], [0, null], result.stderr);
  assert.equal(result.json, "of the listener");
});

test("faults of a worker's mapping are emitted in the worker", async () => {
  const result = await runChild(`
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    import { Mapping, pageSize } from "@tidemark/core";
    if (isMainThread) {
      const main = Mapping.anonymous(pageSize);
      main.on("fault", () => console.log("wrong thread"));
      const worker = new Worker(new URL(import.meta.url));
      worker.on("message", (message) => console.log(JSON.stringify(message)));
    } else {
      const mapping = Mapping.anonymous(pageSize);
      mapping.protect({}, "none");
      mapping.on("fault", (error) => {
        parentPort.postMessage(error.kind);
        clearInterval(alive);
      });
      const alive = setInterval(() => {}, 1000);
      mapping.bytes()[0] = 1;
    }`);
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stdout, '"no-access"\n');
});

test("who holds nothing but a view is told of its faults all the same", async () => {
  for (const sharing of ["private", "shared"]) {
    const result = await runChild(
      `import { Mapping, pageSize } from "@tidemark/core";
       const open = () => {
         const mapping = Mapping.anonymous(pageSize, { sharing: process.argv[2] });
         mapping.protect({}, "none");
         mapping.on("fault", ({ kind }) => console.log(JSON.stringify(kind)));
         return mapping.bytes();
       };
       const view = open();
       for (let round = 0; round < 10; round++) {
         globalThis.gc();
         await new Promise(setImmediate);
       }
       view[0] = 1;
       for (let round = 0; round < 10; round++) await new Promise(setImmediate);`,
      { args: [sharing], execArgv: ["--expose-gc"] },
    );
    assert.equal(result.json, "no-access", result.stderr);
  }
});
