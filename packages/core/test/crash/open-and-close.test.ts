// Opening and closing for ever leaves nothing behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { endsWell } from "./ending.js";

// Closed ranges stay reserved for a while, 1,024 of them at the most: they are filled up before.
const cycles = `
  const measure = async () => {
    await scene.collectGarbage();
    return {
      descriptors: scene.descriptorCount(),
      entries: scene.mapEntryCount(),
      resident: scene.residentBytes(),
    };
  };
  const repeat = async (times) => {
    for (let count = 0; count < times; count++) {
      cycle(count);
      if (count % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const times = Number(process.argv[3]);
  // The engine takes its memory, too, while it compiles and sizes its heap.
  await repeat(Math.max(1200, times / 4));
  const before = await measure();
  await repeat(times);
  const after = await measure();
  report(Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])));`;

const kinds = {
  "a mapping of a file": {
    short: 100_000,
    long: 100_000,
    source: `fs.writeFileSync(process.argv[2], Buffer.alloc(4 * pageSize, 7));
      const cycle = () => {
        const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
        mapping.bytes()[pageSize] = 1;
        mapping.close();
      };`,
  },
  "anonymous memory that met a fault": {
    short: 4000,
    long: 20_000,
    source: `const cycle = () => {
        const mapping = Mapping.anonymous(4 * pageSize);
        mapping.protect({ byteOffset: pageSize, byteLength: pageSize }, "none");
        mapping.bytes()[pageSize] = 1;
        trouble(() => mapping.close());
      };`,
  },
  "a shared mapping of a file": {
    short: 4000,
    long: 20_000,
    source: `fs.writeFileSync(process.argv[2], Buffer.alloc(4 * pageSize, 7));
      const cycle = () => {
        const mapping = Mapping.openFile(process.argv[2], { access: "read-write", shared: true });
        mapping.bytes()[pageSize] = 1;
        mapping.close();
      };`,
  },
  "a growing file": {
    short: 2000,
    long: 20_000,
    source: `const cycle = () => {
        const growing = GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 30, create: true });
        growing.bytes()[3 * pageSize] = 1;
        growing.close();
      };`,
  },
};

for (const [name, { short, long, source }] of Object.entries(kinds)) {
  const count = rounds({ short, long });
  test(`${count} times opened, used and closed, ${name} leaves nothing behind`, async () => {
    const left = await endsWell(source + cycles, {
      args: [temporaryPath(), String(count)],
      // A small nursery: the engine's own grows with the garbage it sees, and is not given back.
      execArgv: ["--expose-gc", "--max-semi-space-size=4"],
      timeoutMs: 280_000,
    });
    assert.ok(left.descriptors <= 2, `${left.descriptors} descriptors`);
    // Ranges that are still reserved are one entry or several, as they happen to lie.
    assert.ok(left.entries < 1100, `${left.entries} map entries`);
    assert.ok(left.resident < 32 * 2 ** 20, `${left.resident} bytes in memory`);
  });
}
