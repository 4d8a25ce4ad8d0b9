// The condition: waiting with the mutex given back, and holding it again however the wait ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { Condition, Mutex } from "@tidemark/core/sync";
import { openShared, startSharer, zeroFile } from "./sharing.js";

test("two processes take turns by one condition, in both forms", async () => {
  const file = zeroFile();
  const count = 500;
  const body = (own: number, wait: string): string => `
    const mutex = new sync.Mutex(mapping, 0);
    const changed = new sync.Condition(mapping, 64);
    const words = new Int32Array(mapping.buffer, 1024);
    for (let turn = 0; turn < ${count}; turn++) {
      const guard = mutex.lockSync();
      while (words[0] % 2 !== ${own}) ${wait};
      words[0] = words[0] + 1;
      changed.notify();
      guard.unlock();
    }`;
  const bodies = [body(0, "changed.waitSync(guard)"), body(1, "await changed.wait(guard)")];
  const sharers = bodies.map((each) => startSharer(file, each));
  await Promise.all(sharers.map((sharer) => sharer.line("ready")));
  using mapping = openShared(file);
  assert.equal(new Int32Array(mapping.buffer, 1024)[0], 2 * count);
  await Promise.all(sharers.map((sharer) => sharer.kill()));
});

test("notifyAll wakes all that wait", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const mutex = new Mutex(mapping, 0);
  const changed = new Condition(mapping, 64);
  let go = false;
  const tasks = Array.from({ length: 10 }, async () => {
    const guard = await mutex.lock({ queue: true });
    while (!go) await changed.wait(guard);
    assert.equal(guard.held, true);
    guard.unlock();
  });
  const guard = await mutex.lock({ queue: true });
  go = true;
  changed.notifyAll();
  guard.unlock();
  await Promise.all(tasks);
});

test("after a timeout and an abort the mutex is held again", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const mutex = new Mutex(mapping, 0);
  const changed = new Condition(mapping, 64);
  const guard = mutex.lockSync();
  const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };
  assert.throws(() => changed.waitSync(guard, 10), timeout);
  assert.equal(guard.held, true);
  await assert.rejects(changed.wait(guard, { timeoutMs: 10 }), timeout);
  assert.equal(guard.held, true);
  const controller = new AbortController();
  const aborted = changed.wait(guard, { signal: controller.signal });
  assert.equal(guard.held, false);
  assert.throws(() => guard.unlock(), { code: "ERR_TIDEMARK_MISUSE" });
  const other = mutex.lockSync();
  controller.abort();
  other.unlock();
  await assert.rejects(aborted, { code: "ERR_TIDEMARK_ABORTED" });
  assert.equal(guard.held, true);
  guard.unlock();
});

test("a guard that holds nothing is refused, and so is what is no guard", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const changed = new Condition(mapping, 64);
  const guard = new Mutex(mapping, 0).lockSync();
  guard.unlock();
  assert.throws(() => changed.waitSync(guard), { code: "ERR_TIDEMARK_MISUSE" });
  await assert.rejects(changed.wait(guard), { code: "ERR_TIDEMARK_MISUSE" });
  for (const value of [undefined, {}, mapping]) {
    const type = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
    assert.throws(() => changed.waitSync(value as never), type);
  }
  assert.throws(() => changed.notify(0), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  changed.notify();
});

test("who waits is told when an owner of the mutex died meanwhile", async () => {
  const file = zeroFile();
  using mapping = openShared(file);
  const mutex = new Mutex(mapping, 0);
  const changed = new Condition(mapping, 64);
  const guard = mutex.lockSync();
  const waiting = changed.wait(guard);
  const dying = startSharer(
    file,
    `new sync.Mutex(mapping, 0).lockSync();
     new sync.Condition(mapping, 64).notify();`,
  );
  await dying.line("ready");
  await dying.kill();
  await waiting;
  assert.deepEqual([guard.held, guard.ownerDied], [true, true]);
  guard.markConsistent();
  guard.unlock();
});

test("closing ends the wait, and the guard holds nothing", async () => {
  const mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const guard = new Mutex(mapping, 0).lockSync();
  const changed = new Condition(mapping, 64);
  const waiting = changed.wait(guard);
  mapping.close();
  await assert.rejects(waiting, { code: "ERR_TIDEMARK_CLOSED" });
  assert.equal(guard.held, false);
  assert.throws(() => changed.notify(), { code: "ERR_TIDEMARK_CLOSED" });
});
