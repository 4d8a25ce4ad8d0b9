// The read-write lock: who may be in together, who waits, whom a death lets in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { ReadGuard, RwLock } from "@tidemark/core/sync";
import { monitorLayout } from "#core/sync/layout.js";
import { openShared, startSharer, until, zeroFile } from "./sharing.js";

const misuse = { code: "ERR_TIDEMARK_MISUSE" };
const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };
const closed = { code: "ERR_TIDEMARK_CLOSED" };
const destroyed = { code: "ERR_TIDEMARK_DESTROYED" };

/** A process that holds the lock at byte 0 in one way, until it is told to unlock. */
function startHolder(file: string, kind: "read" | "write"): ReturnType<typeof startSharer> {
  return startSharer(
    file,
    `const guard = new sync.RwLock(mapping, 0).${kind}LockSync();
     process.stdin.on("data", () => { guard.unlock(); console.log("unlocked"); });`,
  );
}

test("each form takes it and gives it back", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const lock = new RwLock(mapping, 0);
  for (const take of [
    () => lock.readLock(),
    () => lock.readLockSync(),
    () => lock.tryReadLock(),
    () => lock.writeLock(),
    () => lock.writeLockSync(),
    () => lock.tryWriteLock(),
  ]) {
    const guard = await take();
    assert.ok(guard instanceof ReadGuard);
    assert.deepEqual([guard.held, guard.ownerDied], [true, false]);
    guard.unlock();
    assert.throws(() => guard.unlock(), misuse);
    guard[Symbol.dispose]();
    assert.equal(guard.held, false);
  }
});

test("readers share it, a writer has it alone", async () => {
  const file = zeroFile();
  const reader = startHolder(file, "read");
  await reader.line("ready");
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  assert.equal(lock.tryWriteLock(), undefined);
  assert.throws(() => lock.writeLockSync(20), timeout);
  await assert.rejects(lock.writeLock({ timeoutMs: 20 }), timeout);
  lock.readLockSync(20_000).unlock();
  (await lock.readLock()).unlock();
  lock.tryReadLock()?.unlock();
  const writing = lock.writeLock();
  reader.send("unlock");
  const guard = await writing;
  assert.equal(guard.ownerDied, false);
  const peer = startSharer(
    file,
    `const lock = new sync.RwLock(mapping, 0);
     console.log(JSON.stringify([lock.tryReadLock(), lock.tryWriteLock()].map((it) => !!it)));`,
  );
  assert.equal(await peer.line(/\[/), "[false,false]");
  guard.unlock();
  await Promise.all([reader.kill(), peer.kill()]);
});

test("a writer that waits keeps new readers out, until it gives up", async () => {
  const file = zeroFile();
  const reader = startHolder(file, "read");
  await reader.line("ready");
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  const controller = new AbortController();
  const writing = lock.writeLock({ signal: controller.signal });
  const late = startSharer(
    file,
    `const lock = new sync.RwLock(mapping, 0);
     for (let guard; (guard = lock.tryReadLock()) !== undefined; ) {
       guard.unlock();
       await new Promise((resolve) => setTimeout(resolve, 2));
     }
     console.log("kept out");
     lock.readLockSync();`,
  );
  await late.line("kept out");
  controller.abort();
  await assert.rejects(writing, { code: "ERR_TIDEMARK_ABORTED" });
  await late.line("ready");
  await Promise.all([reader.kill(), late.kill()]);
});

test("a writer comes to its turn between readers that never pause", async () => {
  const file = zeroFile();
  const body = `
    const lock = new sync.RwLock(mapping, 0);
    const words = new Int32Array(mapping.buffer, 1024);
    console.log("ready");
    // Two readers at any time, so that there is never none.
    let last = await lock.readLock();
    while (Atomics.load(words, 0) === 0) {
      const next = await lock.readLock({ queue: true, timeoutMs: 5 }).catch(() => undefined);
      last?.unlock();
      last = next;
      await new Promise((resolve) => setImmediate(resolve));
    }
    last?.unlock();`;
  const readers = [1, 2].map(() => startSharer(file, body));
  await Promise.all(readers.map((reader) => reader.line("ready")));
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  for (let turn = 0; turn < 20; turn++) (await lock.writeLock()).unlock();
  new Int32Array(mapping.buffer, 1024)[0] = 1;
  await Promise.all(readers.map((reader) => reader.kill()));
});

test("a thread may read again, and may not write while it reads", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const lock = new RwLock(mapping, 0);
  const [first, second] = [lock.readLockSync(), await lock.readLock()];
  assert.throws(() => lock.writeLockSync(), misuse);
  await assert.rejects(lock.writeLock(), misuse);
  assert.equal(lock.tryWriteLock(), undefined);
  first.unlock();
  assert.throws(() => lock.writeLockSync(), misuse);
  const waiting = lock.writeLock({ queue: true });
  // A task of this thread waits for the writer's place: to wait for it here would be for ever.
  await until(() => lock.tryReadLock()?.unlock() === undefined);
  second.unlock();
  const writing = await waiting;
  assert.throws(() => lock.readLockSync(), misuse);
  assert.throws(() => lock.writeLockSync(), misuse);
  await assert.rejects(lock.readLock(), misuse);
  const reading = lock.readLock({ queue: true });
  writing.unlock();
  (await reading).unlock();
});

test("a reader that dies is forgotten", async () => {
  const file = zeroFile();
  const readers = [startHolder(file, "read"), startHolder(file, "read")];
  await Promise.all(readers.map((reader) => reader.line("ready")));
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  const writing = lock.writeLock();
  for (const reader of readers) reader.process.kill("SIGKILL");
  const guard = await writing;
  assert.equal(guard.ownerDied, false);
  guard.unlock();
  await Promise.all(readers.map((reader) => reader.finished));
});

test("after a writer has died readers and writers are told, until one has repaired", async () => {
  const file = zeroFile();
  const writer = startHolder(file, "write");
  await writer.line("ready");
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  const reading = lock.readLock();
  writer.process.kill("SIGKILL");
  const guard = await reading;
  assert.equal(guard.ownerDied, true);
  guard.unlock();
  const repairing = lock.writeLockSync();
  assert.equal(repairing.ownerDied, true);
  repairing.markConsistent();
  assert.equal(repairing.ownerDied, false);
  repairing.unlock();
  assert.equal(lock.readLockSync().ownerDied, false);
  await writer.finished;
});

test("a writer that dies while it waits is forgotten", async () => {
  const file = zeroFile();
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  const reading = lock.readLockSync();
  const writer = startSharer(
    file,
    `console.log("waiting");
     new sync.RwLock(mapping, 0).writeLockSync();`,
  );
  const peer = startSharer(
    file,
    `const lock = new sync.RwLock(mapping, 0);
     for (let guard; (guard = lock.tryReadLock()) !== undefined; ) {
       guard.unlock();
       await new Promise((resolve) => setTimeout(resolve, 2));
     }
     console.log("kept out");
     console.log("died: " + lock.readLockSync().ownerDied);`,
  );
  await peer.line("kept out");
  await writer.kill();
  assert.equal(await peer.line(/died/), "died: false");
  reading.unlock();
  await peer.kill();
});

test("more threads than there are slots read one after the other", async () => {
  const file = zeroFile();
  const reader = startHolder(file, "read");
  await reader.line("ready");
  using mapping = openShared(file);
  const lock = new RwLock(mapping, 0);
  // All slots of readers are that one's, who lives: slots 1 to 23, of two words each.
  const slots = new Int32Array(mapping.buffer, monitorLayout.slots + 8, 46);
  for (let at = 2; at < slots.length; at++) slots[at] = slots[at - 2] as number;
  assert.throws(() => lock.readLockSync(60), timeout);
  assert.equal(lock.tryReadLock(), undefined);
  const waiting = lock.readLock();
  await reader.kill();
  (await waiting).unlock();
});

test("closing ends waits, gives back what was held, and says so to writers", async () => {
  const file = zeroFile();
  using other = openShared(file);
  const lock = new RwLock(other, 0);
  const mapping = openShared(file);
  const gone = new RwLock(mapping, 0);
  const reading = gone.readLockSync();
  const writing = gone.writeLock({ queue: true });
  await until(() => lock.tryReadLock()?.unlock() === undefined);
  mapping.close();
  await assert.rejects(writing, closed);
  assert.throws(() => reading.unlock(), closed);
  const guard = lock.writeLockSync();
  assert.equal(guard.ownerDied, false, "a reader changes nothing");
  guard.unlock();
  const again = openShared(file);
  new RwLock(again, 0).writeLockSync();
  again.close();
  assert.equal(lock.readLockSync().ownerDied, true);
  assert.throws(() => gone.readLockSync(), closed);
  await assert.rejects(gone.writeLock(), closed);
});

test("memory of something else, and overwritten memory, is refused", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  mapping.bytes(512, 256).fill(0x5a);
  assert.throws(() => new RwLock(mapping, 512), destroyed);
  const lock = new RwLock(mapping, 0);
  const guard = lock.readLockSync();
  mapping.bytes(0, 256).fill(0xa5);
  assert.throws(() => guard.unlock(), destroyed);
  assert.throws(() => lock.readLockSync(), destroyed);
  assert.throws(() => lock.tryWriteLock(), destroyed);
  await assert.rejects(lock.writeLock(), destroyed);
});
