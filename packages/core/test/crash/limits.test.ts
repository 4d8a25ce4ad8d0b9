// As much as the process may have, and more: address space, mappings, map entries.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell } from "./ending.js";

test("more than RLIMIT_AS allows is an error, and what fits is mapped", {
  skip: requires("linux", "prlimit"),
}, async () => {
  const result = await endsWell(
    `
      const file = process.argv[2];
      fs.writeFileSync(file, "text");
      const big = 2 ** 42;
      const troubles = {
        anonymous: trouble(() => Mapping.anonymous(big)),
        file: trouble(() => Mapping.openFile(file, { byteLength: big })),
        growing: trouble(() => GrowingFile.open(file, { maxByteLength: big })),
        shared:
          trouble(() => {
            GrowingFile.create(file + "-shared", { maxByteLength: 2 ** 31, shared: true });
          }) && null,
      };
      const created = trouble(() => GrowingFile.create(file + "-new", { maxByteLength: big }));
      const left = { text: fs.readFileSync(file, "utf8"), isNew: fs.existsSync(file + "-new") };
      const open = [];
      let refused = null;
      while (refused === null) refused = trouble(() => open.push(Mapping.anonymous(2 ** 30)));
      const count = open.length;
      open.at(-1).bytes()[5] = 7;
      const used = open.at(-1).bytes()[5];
      for (const mapping of open) mapping.close();
      const again = trouble(() => Mapping.anonymous(2 ** 30).close());
      report({ troubles, created, left, refused, count, used, again });`,
    { args: [temporaryPath()], prlimit: { as: 8 * 2 ** 30 } },
  );
  const limit = { code: "ERR_TIDEMARK_RESOURCE_LIMIT", errnoName: "ENOMEM" };
  for (const name of ["anonymous", "file", "growing"]) assertIncludes(result.troubles[name], limit);
  assertIncludes(result.created, limit);
  assert.deepEqual(result.left, { text: "text", isNew: false }, "a refusal leaves its traces");
  assertIncludes(result.refused, limit);
  assert.ok(result.count > 0);
  assert.deepEqual([result.used, result.again], [7, null]);
});

const manyMappings = {
  "anonymous memory": `() => Mapping.anonymous(pageSize)`,
  "a file": `() => Mapping.openFile(process.argv[2])`,
};

for (const [name, opening] of Object.entries(manyMappings)) {
  test(`70,000 mappings of ${name} are an error at some point, and the process goes on`, {
    skip: requires("linux"),
  }, async () => {
    const result = await endsWell(
      `
        import { Worker } from "node:worker_threads";
        fs.writeFileSync(process.argv[2], Buffer.alloc(pageSize, 7));
        const open = ${opening};
        const before = { entries: scene.mapEntryCount(), descriptors: scene.descriptorCount() };
        const mappings = [];
        let refused = null;
        while (mappings.length < 70_000 && refused === null)
          refused = trouble(() => mappings.push(open()));
        const count = mappings.length;
        for (const mapping of mappings.splice(0, 50)) mapping.close();
        // The process still has memory to be had: for the heap, for code, for threads.
        const arrays = [];
        for (let index = 0; index < 20; index++)
          arrays.push(new Array(1e5).fill({ index }), new Uint8Array(2 ** 22).fill(1));
        const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", {
          eval: true,
        });
        const answer = await new Promise((resolve) => worker.on("message", resolve));
        for (const mapping of mappings) mapping.close();
        const again = trouble(() => open().close());
        report({
          count,
          refused,
          answer,
          again,
          arrays: arrays.length,
          entries: scene.mapEntryCount() - before.entries,
          descriptors: scene.descriptorCount() - before.descriptors,
        });`,
      { args: [temporaryPath()], timeoutMs: 120_000 },
    );
    const limit = Number(fs.readFileSync("/proc/sys/vm/max_map_count", "utf8"));
    if (limit < 70_000) {
      assertIncludes(result.refused, { code: "ERR_TIDEMARK_RESOURCE_LIMIT" });
      // Either there are too many map entries, or too many descriptors.
      const few = result.refused.errnoName === "EMFILE" ? 500 : limit / 2;
      assert.ok(result.count > few, `${result.count} mappings`);
    }
    assert.deepEqual([result.answer, result.again, result.arrays], [42, null, 40]);
    // What was closed last stays reserved for a while, as one entry each at the most.
    assert.ok(result.entries < 1500, `${result.entries} more map entries`);
    assert.ok(result.descriptors < 10, `${result.descriptors} more descriptors`);
  });
}

test("descriptors that run out are an error", { skip: requires("prlimit") }, async () => {
  const result = await endsWell(
    `
      fs.writeFileSync(process.argv[2], Buffer.alloc(pageSize, 7));
      const mappings = [];
      let refused = null;
      while (refused === null)
        refused = trouble(() => mappings.push(Mapping.openFile(process.argv[2])));
      const read = mappings.at(-1).bytes()[3];
      for (const mapping of mappings) mapping.close();
      report({ refused, read, again: trouble(() => Mapping.openFile(process.argv[2]).close()) });`,
    { args: [temporaryPath()], prlimit: { nofile: 200 } },
  );
  assertIncludes(result.refused, { code: "ERR_TIDEMARK_RESOURCE_LIMIT", errnoName: "EMFILE" });
  assert.deepEqual([result.read, result.again], [7, null]);
});

test("more scattered faults than there may be map entries leave the process alive", async () => {
  const result = await endsWell(
    `
      fs.writeFileSync(process.argv[2], Buffer.alloc(pageSize, 7));
      // Every other page: each scratch page is a map entry of its own.
      const pages = 150_000;
      const sums = [];
      const mappings = [0, 1].map(() =>
        Mapping.openFile(process.argv[2], { byteLength: pages * pageSize, access: "read-write" }),
      );
      for (const mapping of mappings) {
        const bytes = mapping.bytes();
        let sum = 0;
        for (let page = 0; page < pages; page += 2) {
          sum += bytes[page * pageSize];
          if (page % 1000 === 0) new Array(1e4).fill({ page });
        }
        sums.push(sum);
      }
      const arrays = [];
      for (let index = 0; index < 20; index++)
        arrays.push(new Array(1e5).fill({ index }), new Uint8Array(2 ** 22).fill(1));
      report({
        sums,
        arrays: arrays.length,
        faults: mappings.map((mapping) => trouble(() => mapping.close()).kind),
        entries: scene.mapEntryCount(),
      });`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual([result.sums, result.arrays], [[7, 7], 40]);
  assert.deepEqual(result.faults, ["past-end", "past-end"]);
  assert.ok(result.entries < 5000, `${result.entries} map entries`);
});
