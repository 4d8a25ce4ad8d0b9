// Memory that may not be read or written, touched all the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell, faultAs } from "./ending.js";

test("writing a read-only mapping is recorded; the file and what is read stay right", async () => {
  const result = await endsWell(
    `const file = process.argv[2];
    fs.writeFileSync(file, Buffer.alloc(8 * pageSize, 7));
    const mapping = Mapping.openFile(file);
    const bytes = mapping.bytes();
    bytes[3 * pageSize + 5] = 9;
    const fault = trouble(() => mapping.check());
    bytes.fill(1, 5 * pageSize);
    const many = trouble(() => mapping.check());
    report({
      fault, many,
      read: [bytes[3 * pageSize + 4], bytes[3 * pageSize + 6], bytes[4 * pageSize], bytes[0]],
      file: fs.readFileSync(file).every((byte) => byte === 7),
      end: trouble(() => mapping.close()),
    });`,
    { args: [temporaryPath()] },
  );
  assertIncludes(result.fault, faultAs("read-only", "write", { byteOffset: 3 * 4096 + 5 }));
  assertIncludes(result.many, { kind: "read-only", count: 3 });
  assert.deepEqual([result.read, result.file, result.end], [[7, 7, 7, 7], true, null]);
});

const memories = {
  "a mapping of a file": `Mapping.openFile(process.argv[2], { access: "read-write" })`,
  "anonymous memory": `Mapping.anonymous(8 * pageSize)`,
  "shared anonymous memory": `Mapping.anonymous(8 * pageSize, { sharing: "shared" })`,
  "a growing file": `GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 24 })`,
  "a growing file that is mapped piece by piece": `GrowingFile.open(process.argv[2], {
    maxByteLength: 2 ** 24,
    strategy: "remap",
  })`,
};

for (const [name, opening] of Object.entries(memories)) {
  test(`touching guarded, read-only and released pages of ${name} is recorded`, async () => {
    const result = await endsWell(
      `fs.writeFileSync(process.argv[2], Buffer.alloc(8 * pageSize));
      const mapping = ${opening};
      const bytes = mapping.bytes(0, 8 * pageSize);
      bytes.fill(7);
      const page = (index) => ({ byteOffset: index * pageSize, byteLength: pageSize });
      mapping.protect(page(1), "none");
      mapping.protect(page(3), "read");
      mapping.release(page(5));
      const guardRead = bytes[pageSize + 9];
      const guardReadFault = trouble(() => mapping.check());
      mapping.protect(page(2), "none");
      bytes[2 * pageSize] = 1;
      const guardWriteFault = trouble(() => mapping.check());
      bytes[3 * pageSize + 1] = 1;
      const readOnlyFault = trouble(() => mapping.check());
      const released = bytes[5 * pageSize];
      const releasedFault = trouble(() => mapping.check());
      report({
        guardRead, guardReadFault, guardWriteFault, readOnlyFault, released, releasedFault,
        others: [0, 4, 6, 7].map((index) => bytes[index * pageSize + 1]),
        beside: bytes[3 * pageSize],
        end: trouble(() => mapping.close()),
      });`,
      { args: [temporaryPath()] },
    );
    assert.deepEqual([result.guardRead, result.released, result.beside], [0, 0, 7]);
    assertIncludes(result.guardReadFault, faultAs("no-access", "read", { byteOffset: 4105 }));
    assertIncludes(result.guardWriteFault, faultAs("no-access", "write", { byteOffset: 8192 }));
    assertIncludes(result.readOnlyFault, faultAs("read-only", "write", { byteOffset: 12289 }));
    assertIncludes(result.releasedFault, faultAs("no-access", "read", { byteOffset: 20480 }));
    assert.deepEqual([result.others, result.end], [[7, 7, 7, 7], null]);
  });
}

test("pages protected past the end of a growing file do not swallow what is written", async () => {
  const result = await endsWell(
    `
      const told = {};
      for (const strategy of ["extend-file", "remap"]) {
        const file = process.argv[2] + strategy;
        const growing = GrowingFile.create(file, { maxByteLength: 2 ** 24, strategy });
        const page = { byteOffset: 2 ** 22, byteLength: pageSize };
        const refused = trouble(() => growing.protect(page, "read-write"));
        growing.bytes()[2 ** 22 + 7] = 5;
        const fault = trouble(() => growing.check());
        const end = trouble(() => growing.close());
        const data = fs.readFileSync(file);
        told[strategy] =
          refused !== null || fault !== null || end !== null || data[2 ** 22 + 7] === 5;
      }
      report(told);`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual(result, { "extend-file": true, remap: true });
});

test("two threads that write read-only memory at once both get on", async () => {
  const result = await endsWell(
    `
      import { Worker, isMainThread, workerData } from "node:worker_threads";
      const file = process.argv[2];
      if (isMainThread) {
        fs.writeFileSync(file, Buffer.alloc(2000 * pageSize, 7));
        const workers = [0, 1, 2].map(
          (index) => new Worker(new URL(import.meta.url), { argv: [file], workerData: index }),
        );
        const counts = await Promise.all(
          workers.map((worker) => new Promise((resolve) => worker.on("message", resolve))),
        );
        report({ counts, file: fs.readFileSync(file).every((byte) => byte === 7) });
      } else {
        const { parentPort } = await import("node:worker_threads");
        const mapping = Mapping.openFile(file);
        const bytes = mapping.bytes();
        for (let page = 0; page < 2000; page++) bytes[page * pageSize] = 1;
        parentPort.postMessage(trouble(() => mapping.close()).count);
      }`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual(result, { counts: [2000, 2000, 2000], file: true });
});
