// Threads open and close one file again and again, so that some come at the moment the last one
// leaves and trims it. What is stored must be there all the same, and the file trimmed at the end.

import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { pageSize } from "@tidemark/core";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";

test("what is stored while others come and go is there, and the file is trimmed", async () => {
  const path = temporaryPath();
  const original = Buffer.from("ten bytes!");
  fs.writeFileSync(path, original);
  const workers = Array.from({ length: 3 }, (_, index) => {
    const workerData = {
      path,
      slot: 100 + 8 * index,
      count: rounds({ short: 1000, long: 20_000 }),
    };
    return new Worker(new URL("./coming-and-going.js", import.meta.url), { workerData });
  });
  const results = await Promise.all(
    workers.map(async (worker) => {
      const [[lost]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
      return lost;
    }),
  );
  assert.deepEqual(results, [0, 0, 0]);
  const found = fs.readFileSync(path);
  assert.equal(found.length, pageSize);
  assert.ok(found.subarray(0, original.length).equals(original));
});
