// The semaphore: permits that come back, also from the dead, and permits that are used up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { Semaphore } from "@tidemark/core/sync";
import { openShared, startSharer, zeroFile } from "./sharing.js";

const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };
const closed = { code: "ERR_TIDEMARK_CLOSED" };
const range = { code: "ERR_TIDEMARK_ARGUMENT_RANGE" };

test("as many as there are permits get one, in each form; the next one waits", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const semaphore = new Semaphore(mapping, 0, { permits: 3 });
  const permits = [semaphore.acquireSync(), await semaphore.acquire(), semaphore.tryAcquire()];
  assert.equal(semaphore.available, 0);
  assert.equal(semaphore.tryAcquire(), undefined);
  assert.throws(() => semaphore.acquireSync(10), timeout);
  await assert.rejects(semaphore.acquire({ timeoutMs: 10 }), timeout);
  const controller = new AbortController();
  const aborted = semaphore.acquire({ signal: controller.signal });
  const waiting = semaphore.acquire();
  controller.abort();
  await assert.rejects(aborted, { code: "ERR_TIDEMARK_ABORTED" });
  permits[0]?.release();
  assert.throws(() => permits[0]?.release(), { code: "ERR_TIDEMARK_MISUSE" });
  (await waiting).release();
  for (const permit of permits) permit?.[Symbol.dispose]();
  assert.equal(semaphore.available, 3);
});

test("memory of zeros has no permits, but those that are released; consumed ones are gone", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const semaphore = new Semaphore(mapping, 0);
  assert.equal(semaphore.tryAcquire(), undefined);
  semaphore.release(2);
  semaphore.tryAcquire()?.consume();
  assert.equal(semaphore.available, 1);
  semaphore.tryAcquire()?.release();
  assert.equal(semaphore.available, 1);
});

test("one process makes, another uses: each thing wakes one, and none is lost", async () => {
  const file = zeroFile();
  const count = 3000;
  const bodies = [
    `const made = new sync.Semaphore(mapping, 0);
     const room = new sync.Semaphore(mapping, 256, { permits: 8 });
     for (let turn = 0; turn < ${count}; turn++) {
       room.acquireSync().consume();
       made.release();
     }`,
    `const made = new sync.Semaphore(mapping, 0);
     const room = new sync.Semaphore(mapping, 256, { permits: 8 });
     for (let turn = 0; turn < ${count}; turn++) {
       (turn % 2 === 0 ? made.acquireSync() : await made.acquire()).consume();
       room.release();
     }`,
  ];
  const sharers = bodies.map((body) => startSharer(file, body));
  await Promise.all(sharers.map((sharer) => sharer.line("ready")));
  using mapping = openShared(file);
  assert.equal(new Semaphore(mapping, 0).available, 0);
  assert.equal(new Semaphore(mapping, 256, { permits: 8 }).available, 8);
  await Promise.all(sharers.map((sharer) => sharer.kill()));
});

test("permits of the dead come back, and who gets one is told until one has repaired", async () => {
  const file = zeroFile();
  const body = `
    const semaphore = new sync.Semaphore(mapping, 0, { permits: 4 });
    for (let turn = 0; turn < 2; turn++) semaphore.acquireSync();
    if (process.argv[3] === undefined) semaphore.acquireSync().consume();`;
  const holder = startSharer(file, body);
  await holder.line("ready");
  using mapping = openShared(file);
  const semaphore = new Semaphore(mapping, 0, { permits: 4 });
  const last = semaphore.acquireSync();
  assert.equal(semaphore.available, 0);
  const waiting = semaphore.acquire();
  holder.process.kill("SIGKILL");
  const permit = await waiting;
  assert.equal(permit.ownerDied, true);
  permit.markConsistent();
  permit.release();
  assert.equal(semaphore.acquireSync().ownerDied, false);
  last.release();
  assert.equal(semaphore.available, 2, "the consumed one is gone, one is held here");
  await holder.finished;
});

test("all who use one say the same number of permits", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  new Semaphore(mapping, 0, { permits: 2 });
  new Semaphore(mapping, 0, { permits: 2 });
  assert.throws(() => new Semaphore(mapping, 0, { permits: 3 }), range);
  assert.throws(() => new Semaphore(mapping, 0), range);
});

test("wrong counts are refused", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  for (const permits of [-1, 1.5, 2 ** 30, Number.NaN]) {
    assert.throws(() => new Semaphore(mapping, 0, { permits }), range);
  }
  const type = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
  assert.throws(() => new Semaphore(mapping, 0, { permits: "4" as never }), type);
  assert.throws(() => new Semaphore(mapping, 0, { count: 4 } as never), type);
  const semaphore = new Semaphore(mapping, 0);
  for (const count of [0, -1, 0.5, 2 ** 30]) {
    assert.throws(() => semaphore.release(count), range);
  }
  semaphore.release(2 ** 30 - 1);
  assert.throws(() => semaphore.release(), range);
});

test("closing ends waits and gives permits back", async () => {
  const file = zeroFile();
  using other = openShared(file);
  const semaphore = new Semaphore(other, 0, { permits: 1 });
  const mapping = openShared(file);
  const permit = new Semaphore(mapping, 0, { permits: 1 }).acquireSync();
  const waiting = new Semaphore(mapping, 0, { permits: 1 }).acquire();
  assert.equal(semaphore.tryAcquire(), undefined);
  mapping.close();
  await assert.rejects(waiting, closed);
  assert.throws(() => permit.release(), closed);
  assert.equal(semaphore.acquireSync().ownerDied, true);
});
