// Owners of a mutex that go without unlocking: however they end, the next one gets it and is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Mapping, pageSize } from "@tidemark/core";
import { Mutex } from "@tidemark/core/sync";
import { runChild } from "@tidemark/testing/child.js";
import { mutexLayout, placeLayout } from "#core/sync/layout.js";
import { ownCheck, ownToken } from "#core/sync/owner.js";
import { openShared, startSharer, zeroFile } from "./sharing.js";

const state = mutexLayout.state / 4;
const check = mutexLayout.check / 4;

const endings = {
  SIGKILL: "",
  "process.exit": "setTimeout(() => process.exit(0), 5);",
  "an uncaught error": "setTimeout(() => { throw new Error(); }, 5);",
  abort: "setTimeout(() => process.abort(), 5);",
} as const;

for (const [name, ending] of Object.entries(endings)) {
  test(`${name} with the mutex held: who waits already gets it, and is told`, async () => {
    const file = zeroFile();
    const body = `new sync.Mutex(mapping, 0).lockSync(); ${ending}`;
    const holder = startSharer(file, body);
    await holder.line("ready");
    using mapping = openShared(file);
    const waiting = new Mutex(mapping, 0).lock();
    if (ending === "") holder.process.kill("SIGKILL");
    const guard = await waiting;
    assert.equal(guard.ownerDied, true);
    guard.markConsistent();
    guard.unlock();
    await holder.finished;
  });
}

test("a dead owner is found by each form, also long after", async () => {
  const file = zeroFile();
  const body = `for (let at = 0; at < 3; at++) new sync.Mutex(mapping, at * 64).lockSync();`;
  const holder = startSharer(file, body);
  await holder.line("ready");
  await holder.kill();
  using mapping = openShared(file);
  assert.equal(new Mutex(mapping, 0).tryLock()?.ownerDied, true);
  assert.equal(new Mutex(mapping, 64).lockSync().ownerDied, true);
  assert.equal((await new Mutex(mapping, 128).lock()).ownerDied, true);
});

test("one of several that wait gets the lock of the dead, and then each in turn", async () => {
  const file = zeroFile();
  const holder = startSharer(file, `new sync.Mutex(mapping, 0).lockSync();`);
  await holder.line("ready");
  const body = `
    const mutex = new sync.Mutex(mapping, 0);
    const words = new Int32Array(mapping.buffer, 64);
    Atomics.add(words, 0, 1);
    const guard = process.argv[3] === "blocking" ? mutex.lockSync() : await mutex.lock();
    if (Atomics.add(words, 1, 1) !== 0) throw new Error("two owners");
    if (guard.ownerDied) words[2]++;
    guard.markConsistent();
    Atomics.sub(words, 1, 1);
    guard.unlock();`;
  const waiters = [1, 2, 3].map(() => startSharer(file, body));
  using mapping = openShared(file);
  const words = new Int32Array(mapping.buffer, 64);
  while (Atomics.load(words, 0) < 3) await new Promise((resolve) => setTimeout(resolve, 2));
  holder.process.kill("SIGKILL");
  await Promise.all(waiters.map((waiter) => waiter.line("ready")));
  assert.equal(words[2], 1, "the first alone was told");
  await Promise.all([holder.finished, ...waiters.map((waiter) => waiter.kill())]);
});

test("a worker that is terminated with the mutex held is noticed, its process alive", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { Mapping } from ${JSON.stringify(import.meta.resolve("@tidemark/core"))};
    import { Mutex } from ${JSON.stringify(import.meta.resolve("@tidemark/core/sync"))};
    const mapping = Mapping.attach(workerData);
    globalThis.guards = [0, 64].map((at) => new Mutex(mapping, at).lockSync());
    parentPort.postMessage("held");
    setInterval(() => undefined, 1000);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const worker = new Worker(url, { workerData: mapping.handle() });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  const [first, second] = [new Mutex(mapping, 0), new Mutex(mapping, 64)];
  assert.equal(first.tryLock(), undefined);
  const waiting = first.lock();
  await worker.terminate();
  assert.equal((await waiting).ownerDied, true);
  assert.equal(second.lockSync().ownerDied, true);
});

test("every guard says that an owner died, until one marks it consistent", async () => {
  const file = zeroFile();
  const holder = startSharer(file, `new sync.Mutex(mapping, 0).lockSync();`);
  await holder.line("ready");
  await holder.kill();
  using mapping = openShared(file);
  const mutex = new Mutex(mapping, 0);
  for (const take of [() => mutex.lockSync(), () => mutex.lock(), () => mutex.tryLock()]) {
    const guard = await take();
    assert.equal(guard?.ownerDied, true);
    guard?.unlock();
  }
  const repairing = mutex.lockSync();
  repairing.markConsistent();
  assert.equal(repairing.ownerDied, false);
  repairing.unlock();
  assert.equal(mutex.lockSync().ownerDied, false);
});

test("an owner whose number another thread has by now is dead", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const words = new Int32Array(mapping.buffer);
  // Another thread of this number: seen by the check, or, killed before it was written, by the
  // token.
  const others = [
    [ownToken, ownCheck ^ 0x100],
    [ownToken ^ (1 << 24), ownCheck],
    [ownToken ^ (1 << 24), 0],
  ] as const;
  for (const [token, itsCheck] of others) {
    const mutex = new Mutex(mapping, 0);
    words[state] = token;
    words[check] = itsCheck;
    assert.equal(await deadFromAnotherProcess(mapping), true);
    words[state] = token;
    words[check] = itsCheck;
    const guard = await mutex.lock();
    assert.equal(guard.ownerDied, true);
    guard.markConsistent();
    guard.unlock();
  }
});

async function deadFromAnotherProcess(mapping: Mapping): Promise<boolean> {
  const result = await runChild(
    `import { Mapping } from "@tidemark/core";
     import { Mutex } from "@tidemark/core/sync";
     const mutex = new Mutex(Mapping.attach(JSON.parse(process.argv[2])), 0);
     console.log(JSON.stringify(mutex.lockSync(20_000).ownerDied));`,
    { args: [JSON.stringify(mapping.handle())] },
  );
  return result.json;
}

test("a lock that was held when the system went down is reset by the next boot", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const mutex = new Mutex(mapping, 0);
  mutex.lockSync();
  // What that memory is after a restart: an owner and a world of another boot.
  const words = new Int32Array(mapping.buffer);
  const world = placeLayout.world / 4;
  words[world] = (words[world] ?? 0) ^ 0x5555_5500;
  words[world + 1] = 12345;
  words[state] = (words[state] ?? 0) ^ (0x3f << 22);
  words[check] = (words[check] ?? 0) ^ 0x3ff;
  using again = Mapping.attach(mapping.handle());
  using guard = await new Mutex(again, 0).lock();
  assert.equal(guard.ownerDied, true);
});

test("processes of another PID namespace are refused, and do not take the lock", () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  new Mutex(mapping, 0);
  const words = new Int32Array(mapping.buffer);
  words[placeLayout.world / 4 + 1] = 12345;
  assert.throws(() => new Mutex(mapping, 0), { code: "ERR_TIDEMARK_UNSUPPORTED" });
});

test("an owner that lives keeps the lock, however long others wait and look", async () => {
  const file = zeroFile();
  const holder = startSharer(
    file,
    `const guard = new sync.Mutex(mapping, 0).lockSync();
     process.stdin.on("data", () => { guard.unlock(); console.log("unlocked"); });`,
  );
  await holder.line("ready");
  holder.process.kill("SIGSTOP");
  using mapping = openShared(file);
  const mutex = new Mutex(mapping, 0);
  // Several looks at the owner, which is stopped and not dead.
  assert.throws(() => mutex.lockSync(150), { code: "ERR_TIDEMARK_TIMEOUT" });
  await assert.rejects(mutex.lock({ timeoutMs: 150 }), { code: "ERR_TIDEMARK_TIMEOUT" });
  assert.equal(mutex.tryLock(), undefined);
  holder.process.kill("SIGCONT");
  const waiting = mutex.lock();
  holder.send("unlock");
  assert.equal((await waiting).ownerDied, false);
  await holder.kill();
});

test("a state that no thread has written is not waited for", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const words = new Int32Array(mapping.buffer);
  const mutex = new Mutex(mapping, 0);
  // A hash without a number: nobody will ever give that back.
  words[state] = 0x15 << 22;
  const guard = await mutex.lock();
  assert.equal(guard.ownerDied, true);
  guard.unlock();
});
