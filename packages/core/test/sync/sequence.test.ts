// The sequence: each number once, none left out, in order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { Sequence } from "@tidemark/core/sync";
import { rounds } from "@tidemark/testing/torture.js";
import { sequenceLayout } from "#core/sync/layout.js";
import { openShared, startSharer, zeroFile } from "./sharing.js";

test("numbers start at 1 and follow each other; blocks are the caller's alone", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const ids = new Sequence(mapping, 0);
  assert.equal(ids.last, 0);
  assert.deepEqual([ids.next(), ids.next()], [1, 2]);
  assert.equal(ids.reserve(10), 3);
  assert.equal(new Sequence(mapping, 0).next(), 13);
  assert.equal(ids.last, 13);
});

test("eight processes get every number once, each in rising order", async () => {
  const file = zeroFile();
  const count = rounds({ short: 50_000, long: 1_000_000 });
  // Each marks what it got in a bitmap of its own part of the file.
  const bytesEach = (8 * count) / 8;
  const body = `
    const ids = new sync.Sequence(mapping, 0);
    const seen = new Uint8Array(${bytesEach} + 1);
    let before = 0;
    for (let turn = 0; turn < ${count}; turn++) {
      const id = turn % 1000 === 0 ? ids.reserve(1) : ids.next();
      if (id <= before) throw new Error("not rising");
      if (id > ${8 * count}) throw new Error("left out");
      before = id;
      seen[id >> 3] |= 1 << (id & 7);
    }
    fs.writeFileSync(process.argv[2] + "." + process.pid, seen);`;
  const sharers = Array.from({ length: 8 }, () => startSharer(file, body));
  await Promise.all(sharers.map((sharer) => sharer.line("ready")));
  const fs = await import("node:fs");
  const all = new Uint8Array(bytesEach + 1);
  for (const sharer of sharers) {
    const seen = fs.readFileSync(`${file}.${sharer.process.pid}`);
    for (let at = 0; at < all.length; at++) {
      assert.equal((all[at] as number) & (seen[at] as number), 0, "a number was given out twice");
      all[at] = (all[at] as number) | (seen[at] as number);
    }
    await sharer.kill();
  }
  using mapping = openShared(file);
  assert.equal(new Sequence(mapping, 0).last, 8 * count);
  for (let id = 1; id <= 8 * count; id++) {
    assert.ok(((all[id >> 3] as number) & (1 << (id & 7))) !== 0, `${id} was left out`);
  }
});

test("at the end of the numbers it says so, and stays there", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const ids = new Sequence(mapping, 0);
  const last = new BigInt64Array(mapping.buffer, sequenceLayout.last, 1);
  last[0] = BigInt(Number.MAX_SAFE_INTEGER) - 2n;
  assert.throws(() => ids.reserve(3), { code: "ERR_TIDEMARK_RESOURCE_LIMIT" });
  assert.equal(ids.reserve(2), Number.MAX_SAFE_INTEGER - 1);
  for (let turn = 0; turn < 3; turn++) {
    assert.throws(() => ids.next(), { code: "ERR_TIDEMARK_RESOURCE_LIMIT" });
  }
  assert.equal(ids.last, Number.MAX_SAFE_INTEGER);
});

test("wrong counts, overwritten memory and closed mappings are refused", () => {
  const mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const ids = new Sequence(mapping, 0);
  for (const count of [0, -1, 1.5, 2 ** 33]) {
    assert.throws(() => ids.reserve(count), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  }
  const destroyed = { code: "ERR_TIDEMARK_DESTROYED" };
  new BigInt64Array(mapping.buffer, sequenceLayout.last, 1)[0] = -5n;
  assert.throws(() => ids.next(), destroyed);
  mapping.bytes(0, 64).fill(0);
  assert.throws(() => ids.next(), destroyed);
  assert.throws(() => ids.last, destroyed);
  mapping.close();
  const closed = { code: "ERR_TIDEMARK_CLOSED" };
  assert.throws(() => ids.next(), closed);
  assert.throws(() => ids.reserve(1), closed);
  assert.throws(() => ids.last, closed);
});
