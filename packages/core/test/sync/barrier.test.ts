// The barrier: all pass together, and who dies or gives up while it waits counts no more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { Barrier } from "@tidemark/core/sync";
import { openShared, startSharer, zeroFile } from "./sharing.js";

const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };

test("tasks pass together, one of them as the last, round after round", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const barrier = new Barrier(mapping, 0, { parties: 3 });
  for (let round = 0; round < 5; round++) {
    const passages = await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()]);
    assert.deepEqual(
      passages.map(({ last }) => last),
      [false, false, true],
    );
    assert.ok(passages.every(({ ownerDied }) => !ownerDied));
  }
});

test("processes that wait in different forms stay in step", async () => {
  const file = zeroFile();
  const rounds = 200;
  const body = (wait: string): string => `
    const barrier = new sync.Barrier(mapping, 0, { parties: 3 });
    const words = new Int32Array(mapping.buffer, 1024);
    for (let round = 0; round < ${rounds}; round++) {
      Atomics.add(words, 0, 1);
      ${wait};
      if (Atomics.load(words, 0) < 3 * (round + 1)) throw new Error("passed too early");
      ${wait};
    }`;
  const waits = ["barrier.waitSync()", "await barrier.wait()", "barrier.waitSync(60_000)"];
  const sharers = waits.map((wait) => startSharer(file, body(wait)));
  await Promise.all(sharers.map((sharer) => sharer.line("ready")));
  using mapping = openShared(file);
  assert.equal(new Int32Array(mapping.buffer, 1024)[0], 3 * rounds);
  await Promise.all(sharers.map((sharer) => sharer.kill()));
});

test("who gives up counts no more, and tryWait comes only when it is the last", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const barrier = new Barrier(mapping, 0, { parties: 2 });
  assert.equal(barrier.tryWait(), undefined);
  assert.throws(() => barrier.waitSync(10), timeout);
  await assert.rejects(barrier.wait({ timeoutMs: 10 }), timeout);
  const controller = new AbortController();
  const aborted = barrier.wait({ signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { code: "ERR_TIDEMARK_ABORTED" });
  assert.equal(barrier.tryWait(), undefined, "nobody waits any more");
  const waiting = barrier.wait();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(barrier.tryWait(), { last: true, ownerDied: false });
  assert.deepEqual(await waiting, { last: false, ownerDied: false });
  // The slots of the rounds before are free, whatever their number.
  for (let round = 0; round < 4; round++) {
    assert.equal(barrier.tryWait(), undefined);
    const other = barrier.wait();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(barrier.tryWait()?.last, true);
    await other;
  }
});

test("one that dies while it waits is replaced, and the others are told", async () => {
  const file = zeroFile();
  const dying = startSharer(
    file,
    `const barrier = new sync.Barrier(mapping, 0, { parties: 2 });
     barrier.wait();
     setImmediate(() => console.log("waiting"));`,
  );
  await dying.line("waiting");
  await dying.kill();
  using mapping = openShared(file);
  const barrier = new Barrier(mapping, 0, { parties: 2 });
  assert.equal(barrier.tryWait(), undefined, "the dead is not there");
  const passages = await Promise.all([barrier.wait(), barrier.wait()]);
  assert.deepEqual(passages, [
    { last: false, ownerDied: true },
    { last: true, ownerDied: true },
  ]);
  assert.equal((await Promise.all([barrier.wait(), barrier.wait()]))[0].ownerDied, false);
});

test("closing ends waits, and the others wait for someone else", async () => {
  const file = zeroFile();
  using other = openShared(file);
  const barrier = new Barrier(other, 0, { parties: 2 });
  const mapping = openShared(file);
  const waiting = new Barrier(mapping, 0, { parties: 2 }).wait();
  await new Promise((resolve) => setImmediate(resolve));
  mapping.close();
  await assert.rejects(waiting, { code: "ERR_TIDEMARK_CLOSED" });
  assert.equal(barrier.tryWait(), undefined);
});

test("wrong numbers of parties are refused", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const range = { code: "ERR_TIDEMARK_ARGUMENT_RANGE" };
  for (const parties of [0, -1, 25, 1.5]) {
    assert.throws(() => new Barrier(mapping, 0, { parties }), range);
  }
  const type = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
  assert.throws(() => new Barrier(mapping, 0, undefined as never), type);
  assert.throws(() => new Barrier(mapping, 0, { parties: "2" as never }), type);
  assert.equal(new Barrier(mapping, 0, { parties: 1 }).waitSync().last, true);
  assert.throws(() => new Barrier(mapping, 0, { parties: 2 }), range);
});
