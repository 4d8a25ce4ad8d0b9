// Waiting for words of shared memory: what ends a wait, and what it leaves alone.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Mapping, pageSize } from "@tidemark/core";
import { runChild, startChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { native } from "#core/binding.js";
import { isDead, ownCheck, ownToken } from "#core/sync/owner.js";
import { waitFor, waitHere, wake } from "#core/sync/waiting.js";

function sharedFile(): string {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(2 * pageSize));
  return file;
}

function wordsOf(mapping: Mapping): Int32Array {
  return new Int32Array(mapping.buffer);
}

const waker = `
  import { Mapping } from "@tidemark/core";
  import { wake } from "#core/sync/waiting.js";
  const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
  const words = new Int32Array(mapping.buffer);
  // Word 1 tells that the other one is about to wait.
  while (Atomics.load(words, 1) === 0);
  Atomics.store(words, 0, 7);
  wake(mapping, 0, 1);`;

test("a wait for a promise ends when another process changes the word", async () => {
  const file = sharedFile();
  const child = startChild(waker, { args: [file] });
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const words = wordsOf(mapping);
  const waiting = waitFor(mapping, 0, 0);
  Atomics.store(words, 1, 1);
  assert.equal(await waiting, "woken");
  assert.equal(Atomics.load(words, 0), 7);
  assert.equal((await child.finished).code, 0);
});

test("a wait on the thread ends when another process changes the word", async () => {
  const file = sharedFile();
  const child = startChild(waker, { args: [file] });
  using mapping = Mapping.openFile(file, { access: "read-write", shared: true });
  const words = wordsOf(mapping);
  Atomics.store(words, 1, 1);
  while (Atomics.load(words, 0) === 0) waitHere(mapping, 0, 0, 20_000);
  assert.equal((await child.finished).code, 0);
});

test("a wait for a word that is another already ends at once, and one of 0 ms, too", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  assert.equal(waitHere(mapping, 4, 1, 20_000), "woken");
  assert.equal(waitHere(mapping, 4, 0, 0), "timed-out");
  assert.equal(await waitFor(mapping, 4, 1), "woken");
  assert.equal(await waitFor(mapping, 4, 0, { timeoutMs: 0 }), "timed-out");
  assert.equal(await waitFor(mapping, 4, 0, { timeoutMs: 20 }), "timed-out");
});

test("values with the highest bit set are compared as they are", async () => {
  using mapping = Mapping.anonymous(pageSize);
  wordsOf(mapping)[3] = -5;
  assert.equal(waitHere(mapping, 12, -5, 0), "timed-out");
  assert.equal(await waitFor(mapping, 12, -5, { timeoutMs: 1 }), "timed-out");
  assert.equal(waitHere(mapping, 12, 5, 20_000), "woken");
});

test("a mapping that starts inside a page waits for its own words", async () => {
  const file = sharedFile();
  using part = Mapping.openFile(file, { access: "read-write", byteOffset: 64, byteLength: 64 });
  using whole = Mapping.openFile(file, { access: "read-write" });
  const waiting = waitFor(part, 8, 0);
  wordsOf(whole)[(64 + 8) / 4] = 1;
  wake(whole, 64 + 8, 1);
  assert.equal(await waiting, "woken");
});

test("an AbortSignal ends a wait, before it begins and while it lasts", async () => {
  using mapping = Mapping.anonymous(pageSize);
  const reason = new Error("enough");
  const aborted = { code: "ERR_TIDEMARK_ABORTED", name: "AbortError", cause: reason };
  await assert.rejects(waitFor(mapping, 0, 0, { signal: AbortSignal.abort(reason) }), aborted);
  const controller = new AbortController();
  const waiting = waitFor(mapping, 0, 0, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(waiting, aborted);
});

test("closing a mapping ends its waits, and no others", async () => {
  const mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  using other = Mapping.attach(mapping.handle());
  const waits = [waitFor(mapping, 0, 0), waitFor(mapping, 64, 0)];
  const others = waitFor(other, 0, 0);
  mapping.close();
  for (const waiting of waits) await assert.rejects(waiting, { code: "ERR_TIDEMARK_CLOSED" });
  wordsOf(other)[0] = 1;
  wake(other, 0, 1);
  assert.equal(await others, "woken");
  await assert.rejects(waitFor(mapping, 0, 0), { code: "ERR_TIDEMARK_CLOSED" });
  assert.throws(() => waitHere(mapping, 0, 0, 1), { code: "ERR_TIDEMARK_CLOSED" });
  assert.throws(() => wake(mapping, 0, 1), { code: "ERR_TIDEMARK_CLOSED" });
});

test("memory that goes under a wait is an error, and nothing hangs", async () => {
  const file = sharedFile();
  using mapping = Mapping.openFile(file, { access: "read-write" });
  wordsOf(mapping)[pageSize / 4] = 0;
  const owners = { byteOffset: pageSize + 8, count: 1 };
  const waiting = waitFor(mapping, pageSize, 0, { owners });
  fs.truncateSync(file, pageSize);
  const destroyed = { code: "ERR_TIDEMARK_DESTROYED", errnoName: "EFAULT" };
  assert.throws(() => waitHere(mapping, pageSize, 0, 20_000), destroyed);
  // The waiting thread looks at the memory when it has something else to do.
  const prodding = waitFor(mapping, 0, 0, { timeoutMs: 1 });
  await assert.rejects(waiting, destroyed);
  assert.equal(await prodding, "timed-out");
});

test("a released page ends a wait for it", async () => {
  using mapping = Mapping.anonymous(2 * pageSize, { sharing: "shared" });
  const waiting = waitFor(mapping, pageSize, 0, { owners: { byteOffset: pageSize + 8, count: 1 } });
  mapping.release({ byteOffset: pageSize });
  await assert.rejects(waiting, { code: "ERR_TIDEMARK_DESTROYED" });
});

test("a thousand waits at once share a few threads, and all end", async () => {
  using mapping = Mapping.anonymous(1000 * 64, { sharing: "shared" });
  const words = wordsOf(mapping);
  const waits = Array.from({ length: 1000 }, (_, index) => waitFor(mapping, index * 64, 0));
  const threads = native.waitThreads();
  assert.ok(threads <= Math.ceil(1000 / 127) + 1 || threads === 1000, `${threads} threads`);
  for (let index = 0; index < 1000; index++) {
    words[index * 16] = 1;
    wake(mapping, index * 64, 1);
  }
  assert.deepEqual(new Set(await Promise.all(waits)), new Set(["woken"]));
});

test("a pending wait keeps the process running, and nothing does afterwards", async () => {
  const result = await runChild(`
    import { Mapping } from "@tidemark/core";
    import { waitFor } from "#core/sync/waiting.js";
    const mapping = Mapping.anonymous(4096);
    waitFor(mapping, 0, 0, { timeoutMs: 50 }).then((end) => console.log(JSON.stringify(end)));
    process.on("exit", () => mapping.close());`);
  assert.deepEqual([result.code, result.json], [0, "timed-out"], result.stderr);
});

test("worker threads end while they wait, in either way", async () => {
  const mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { Mapping } from "@tidemark/core";
    import * as waiting from "${import.meta.resolve("#core/sync/waiting.js")}";
    const { waitFor, waitHere, longestTurnMs } = waiting;
    const mapping = Mapping.attach(workerData.handle);
    for (let at = 0; at < 300; at++) waitFor(mapping, at * 4, 0);
    parentPort.postMessage("waiting");
    if (workerData.blocks) for (;;) waitHere(mapping, 0, 0, longestTurnMs);`.replace(
    '"@tidemark/core"',
    JSON.stringify(import.meta.resolve("@tidemark/core")),
  );
  for (const blocks of [false, true]) {
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
    const worker = new Worker(url, { workerData: { handle: mapping.handle(), blocks } });
    await new Promise((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
    });
    await worker.terminate();
  }
  mapping.close();
});

test("the death of an owner that is watched ends a wait", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const words = wordsOf(mapping);
  const child = startChild(`
    import { ownCheck, ownToken } from "#core/sync/owner.js";
    console.log(JSON.stringify([ownToken, ownCheck]));
    setInterval(() => undefined, 1000);`);
  const [token, check] = JSON.parse(await child.line(/\[/));
  assert.equal(isDead(token, check), false);
  words.set([ownToken, ownCheck, token, check, 0, 0], 4);
  const waiting = waitFor(mapping, 0, 0, { owners: { byteOffset: 16, count: 3 } });
  await child.kill();
  assert.equal(await waiting, "owner-died");
  assert.equal(isDead(token, check), true);
});

test("an owner is known by its start and not by its number alone", () => {
  assert.equal(isDead(ownToken, ownCheck), false);
  assert.equal(isDead(ownToken, 0), false, "not said yet");
  assert.equal(isDead(ownToken, ownCheck ^ 1), true, "another thread of that number");
  assert.equal(isDead(ownToken ^ (1 << 25), 0), true, "the same, seen by the token alone");
});
