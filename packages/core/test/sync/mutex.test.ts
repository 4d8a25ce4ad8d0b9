// The mutex: exclusion, waiting in its three forms, and misuse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingFile, Mapping, pageSize } from "@tidemark/core";
import { Mutex, MutexGuard, RwLock, Semaphore } from "@tidemark/core/sync";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { openShared, startSharer, until, zeroFile } from "./sharing.js";

const misuse = { code: "ERR_TIDEMARK_MISUSE" };
const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };
const closed = { code: "ERR_TIDEMARK_CLOSED" };
const destroyed = { code: "ERR_TIDEMARK_DESTROYED" };

function anonymous(): Mapping {
  return Mapping.anonymous(pageSize, { sharing: "shared" });
}

test("memory of zeros is an unlocked mutex, and each form takes and gives it back", async () => {
  using mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  for (const take of [() => mutex.lock(), () => mutex.lockSync(), () => mutex.tryLock()]) {
    const guard = await take();
    assert.ok(guard instanceof MutexGuard);
    assert.deepEqual([guard.ownerDied, guard.held], [false, true]);
    assert.equal(mutex.tryLock(), undefined);
    guard.unlock();
    assert.equal(guard.held, false);
  }
});

test("a guard gives the mutex back at the end of its block, once", () => {
  using mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  {
    using guard = mutex.lockSync();
    guard.unlock();
  }
  {
    using guard = mutex.lockSync();
    assert.equal(guard.held, true);
  }
  assert.ok(mutex.tryLock()?.held);
});

test("every object at one place is the same mutex, also through another mapping", () => {
  using mapping = anonymous();
  using again = Mapping.attach(mapping.handle());
  using guard = new Mutex(mapping, 64).lockSync();
  assert.equal(new Mutex(mapping, 64).tryLock(), undefined);
  assert.equal(new Mutex(again, 64).tryLock(), undefined);
  assert.ok(new Mutex(again, 128).tryLock()?.held);
  guard.unlock();
  assert.ok(new Mutex(again, 64).tryLock()?.held);
});

test("locking twice is refused at once", async () => {
  using mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  using _guard = mutex.lockSync();
  assert.throws(() => mutex.lockSync(), misuse);
  assert.throws(() => mutex.lockSync(60_000), misuse);
  await assert.rejects(mutex.lock(), misuse);
  await assert.rejects(mutex.lock({ timeoutMs: 60_000 }), misuse);
});

test("unlocking twice, and through a guard of another lock, is refused", () => {
  using mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  const first = mutex.lockSync();
  first.unlock();
  assert.throws(() => first.unlock(), misuse);
  using second = mutex.lockSync();
  assert.throws(() => first.unlock(), misuse);
  assert.throws(() => first.markConsistent(), misuse);
  assert.equal(second.held, true);
  // biome-ignore lint/suspicious/noExplicitAny: what a caller without types may do.
  assert.throws(() => new (MutexGuard as any)(mutex), misuse);
});

test("tasks of one thread wait in line when they ask for it", async () => {
  using mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  const order: number[] = [];
  let inside = 0;
  const task = async (index: number): Promise<void> => {
    using _guard = await mutex.lock({ queue: true });
    assert.equal(++inside, 1);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(index);
    inside--;
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => task(index)));
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test("a task in line gives up by time, by its signal, and by the close", async () => {
  const mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  mutex.lockSync();
  const controller = new AbortController();
  const first = mutex.lock({ queue: true });
  const late = mutex.lock({ queue: true, timeoutMs: 5 });
  const aborted = mutex.lock({ queue: true, signal: controller.signal });
  const last = mutex.lock({ queue: true });
  await assert.rejects(late, timeout);
  controller.abort();
  await assert.rejects(aborted, { code: "ERR_TIDEMARK_ABORTED" });
  mapping.close();
  await assert.rejects(first, closed);
  await assert.rejects(last, closed);
});

test("a lock of another process is waited for, in each form, and not beyond the time", async () => {
  const file = zeroFile();
  const holder = startSharer(
    file,
    `let guard = new sync.Mutex(mapping, 0).lockSync();
     process.stdin.on("data", () => { guard.unlock(); console.log("unlocked"); });`,
  );
  await holder.line("ready");
  using mapping = openShared(file);
  const mutex = new Mutex(mapping, 0);
  assert.equal(mutex.tryLock(), undefined);
  assert.throws(() => mutex.lockSync(30), timeout);
  assert.throws(() => mutex.lockSync(0), timeout);
  await assert.rejects(mutex.lock({ timeoutMs: 30 }), timeout);
  const controller = new AbortController();
  const aborted = mutex.lock({ signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { code: "ERR_TIDEMARK_ABORTED", name: "AbortError" });
  const waiting = mutex.lock();
  holder.send("unlock");
  assert.equal((await waiting).ownerDied, false);
  await holder.kill();
});

test("the event loop goes on while a lock is waited for, and the pool is not used", async () => {
  const file = zeroFile();
  const holder = startSharer(file, `new sync.Mutex(mapping, 0).lockSync();`);
  await holder.line("ready");
  // With one thread in the pool a wait there would leave none for the file.
  const result = await runChild(
    `import fs from "node:fs/promises";
     import { Mapping } from "@tidemark/core";
     import { Mutex } from "@tidemark/core/sync";
     const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
     const controller = new AbortController();
     const waits = Array.from({ length: 8 }, (_, index) =>
       new Mutex(mapping, 64 * index).lock({ signal: controller.signal, queue: true }));
     waits.push(new Mutex(mapping, 0).lock({ signal: controller.signal }));
     const before = process.cpuUsage();
     for (let turn = 0; turn < 20; turn++) await fs.readFile(process.argv[2]);
     controller.abort();
     console.log(JSON.stringify((await Promise.allSettled(waits)).map(({ status }) => status)));`,
    { args: [file], env: { UV_THREADPOOL_SIZE: "1" } },
  );
  const others = Array.from({ length: 7 }, () => "fulfilled");
  assert.deepEqual(result.json, ["rejected", ...others, "rejected"], result.stderr);
  await holder.kill();
});

test("two processes that count under a lock lose nothing", async () => {
  const file = zeroFile();
  const count = 20_000;
  const body = `
    const mutex = new sync.Mutex(mapping, 0);
    const words = new Int32Array(mapping.buffer);
    for (let turn = 0; turn < ${count}; turn++) {
      const guard = turn % 2 === 0 ? mutex.lockSync() : await mutex.lock();
      words[32] = words[32] + 1;
      guard.unlock();
    }`;
  const sharers = [1, 2].map(() => startSharer(file, body));
  await Promise.all(sharers.map((sharer) => sharer.line("ready")));
  using mapping = openShared(file);
  assert.equal(new Int32Array(mapping.buffer)[32], 2 * count);
  for (const sharer of sharers) await sharer.kill();
});

test("closing the mapping ends every wait, and gives back what it held", async () => {
  const file = zeroFile();
  using other = openShared(file);
  const mapping = openShared(file);
  const guard = new Mutex(mapping, 0).lockSync();
  mapping.close();
  assert.throws(() => guard.unlock(), closed);
  assert.throws(() => guard.markConsistent(), closed);
  assert.equal(guard.held, false);
  guard[Symbol.dispose]();
  // To the others it is an owner that went without unlocking.
  using next = new Mutex(other, 0).lockSync();
  assert.equal(next.ownerDied, true);
  const again = openShared(file);
  const waiting = new Mutex(again, 0).lock({ queue: true });
  again.close();
  await assert.rejects(waiting, closed);
});

test("a closed mapping is refused by every call", async () => {
  const mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  mapping.close();
  await assert.rejects(mutex.lock(), closed);
  assert.throws(() => mutex.lockSync(), closed);
  assert.throws(() => mutex.tryLock(), closed);
  assert.throws(() => new Mutex(mapping, 0), closed);
});

test("wrong places are refused", () => {
  using mapping = anonymous();
  const range = { code: "ERR_TIDEMARK_ARGUMENT_RANGE" };
  const type = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
  for (const byteOffset of [-8, 1, 4, 63, pageSize - 56, pageSize, 2 ** 53, Number.NaN, 8.5, -8n]) {
    assert.throws(() => new Mutex(mapping, byteOffset), range, String(byteOffset));
  }
  for (const byteOffset of [undefined, null, "0", {}, [0]]) {
    assert.throws(() => new Mutex(mapping, byteOffset as never), type, String(byteOffset));
  }
  for (const value of [undefined, null, {}, mapping.buffer, Mapping]) {
    assert.throws(() => new Mutex(value as never, 0), type);
  }
  using small = Mapping.anonymous(63);
  assert.throws(() => new Mutex(small, 0), range);
  const file = zeroFile();
  using skewed = Mapping.openFile(file, { access: "read-write", byteOffset: 4, byteLength: 256 });
  assert.throws(() => new Mutex(skewed, 4), range);
  for (const access of ["read", "copy-on-write"] as const) {
    using other = Mapping.openFile(file, { access });
    assert.throws(() => new Mutex(other, 0), range);
  }
  assert.ok(new Mutex(mapping, pageSize - 64).tryLock());
  assert.ok(new Mutex(mapping, 64n).tryLock());
});

test("wrong options are refused", async () => {
  using mapping = anonymous();
  const mutex = new Mutex(mapping, 0);
  for (const timeoutMs of [-1, Number.NaN, "5", 5n, null, {}]) {
    const code = /^ERR_TIDEMARK_ARGUMENT/;
    assert.throws(() => mutex.lockSync(timeoutMs as never), { code });
    await assert.rejects(mutex.lock({ timeoutMs: timeoutMs as never }), { code });
  }
  for (const options of [5, "x", [], { signal: {} }, { queue: 1 }, { timeout: 5 }]) {
    await assert.rejects(mutex.lock(options as never), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
  }
  const aborted = { code: "ERR_TIDEMARK_ABORTED" };
  await assert.rejects(mutex.lock({ signal: AbortSignal.abort() }), aborted);
  assert.ok(mutex.tryLock(), "none of them took it");
});

test("memory that holds something else is refused", async () => {
  using mapping = anonymous();
  mapping.bytes(0, 64).fill(0xa5);
  assert.throws(() => new Mutex(mapping, 0), destroyed);
  mapping.bytes(64 + 40, 4).fill(1);
  assert.throws(() => new Mutex(mapping, 64), destroyed, "bytes that are no mutex's");
  new Mutex(mapping, 256);
  assert.throws(() => new Mutex(mapping, 256 - 8), destroyed, "a mutex, not from its first byte");
});

test("a mutex that is overwritten is an error for who holds it and for who wants it", async () => {
  for (const fill of [0, 0xa5, 0xff]) {
    using mapping = anonymous();
    const mutex = new Mutex(mapping, 0);
    const guard = mutex.lockSync();
    mapping.bytes(0, 64).fill(fill);
    assert.throws(() => guard.unlock(), destroyed, `filled with ${fill}`);
    if (fill === 0) continue;
    await assert.rejects(mutex.lock(), destroyed);
    assert.throws(() => mutex.lockSync(), destroyed);
  }
});

test("memory that was emptied can be another primitive, in the same mapping", async () => {
  using mapping = anonymous();
  new Mutex(mapping, 0).lockSync();
  mapping.bytes(0, 256).fill(0);
  const lock = new RwLock(mapping, 0);
  lock.writeLockSync().unlock();
  mapping.bytes(0, 256).fill(0);
  const semaphore = new Semaphore(mapping, 0, { permits: 1 });
  (await semaphore.acquire()).release();
  mapping.bytes(0, 256).fill(0);
  new Mutex(mapping, 0).lockSync().unlock();
});

test("memory that is gone is an error, whoever waits", async () => {
  const mapping = Mapping.anonymous(2 * pageSize, { sharing: "shared" });
  const mutex = new Mutex(mapping, pageSize);
  mutex.lockSync();
  const waiting = mutex.lock({ queue: true });
  mapping.release({ byteOffset: pageSize });
  await assert.rejects(waiting, destroyed);
  assert.throws(() => mapping.close(), { code: "ERR_TIDEMARK_MAPPING_FAULT" });
});

test("a mutex can lie in a growing file, and in memory of one process", async () => {
  const file = GrowingFile.create(temporaryPath(), { maxByteLength: 1 << 24 });
  const far = new Mutex(file, (1 << 23) + 8);
  (await far.lock()).unlock();
  assert.ok(far.tryLock());
  file.close();
  using own = Mapping.anonymous(pageSize);
  const mutex = new Mutex(own, 0);
  const guard = mutex.lockSync();
  const waiting = mutex.lock({ queue: true });
  guard.unlock();
  (await waiting).unlock();
});

test("thousands of tasks can wait for hundreds of locks", async () => {
  using mapping = Mapping.anonymous(500 * 64, { sharing: "shared" });
  const mutexes = Array.from({ length: 500 }, (_, index) => new Mutex(mapping, index * 64));
  const guards = mutexes.map((mutex) => mutex.lockSync());
  let taken = 0;
  const tasks = mutexes.flatMap((mutex) => {
    return Array.from({ length: 4 }, async () => {
      (await mutex.lock({ queue: true })).unlock();
      taken++;
    });
  });
  assert.equal(taken, 0);
  for (const guard of guards) guard.unlock();
  await Promise.all(tasks);
  await until(() => taken === 2000);
});
