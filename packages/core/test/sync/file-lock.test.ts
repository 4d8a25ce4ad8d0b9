// Locks on files: who excludes whom, how one waits, and what ends a lock.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { GrowingFile, Mapping, pageSize } from "@tidemark/core";
import { startChild } from "@tidemark/testing/child.js";
import { descriptors } from "@tidemark/testing/memory-map.js";
import { Peer, type PeerTools } from "@tidemark/testing/peer.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { type FileLockOptions, lockFile, lockFileSync, tryLockFile } from "#core/sync/file-lock.js";

const linux = { skip: requires("linux") };

function someFile(): string {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(2 * pageSize));
  return file;
}

/** How many descriptors of this process lead to a file. */
function descriptorsOf(file: string): number {
  return [...descriptors().values()].filter((target) => target === file).length;
}

/** Has another process lock a file; gives whether it got the lock. It keeps it. */
async function lockIn(peer: Peer, file: string, options: FileLockOptions = {}): Promise<boolean> {
  const module = import.meta.resolve("#core/sync/file-lock.js");
  return await peer.call(
    async ({ kept }: PeerTools, told) => {
      const { tryLockFile: attempt } = await import(told.module);
      kept["lock"] = attempt(told.file, told.options);
      return kept["lock"] !== undefined;
    },
    { module, file, options },
  );
}

test("an exclusive lock keeps out every other, a shared one the exclusive ones", () => {
  const file = someFile();
  const exclusive = lockFileSync(file);
  assert.deepEqual(
    [exclusive.mode, exclusive.byteOffset, exclusive.byteLength],
    ["exclusive", 0, Number.POSITIVE_INFINITY],
  );
  assert.equal(tryLockFile(file), undefined);
  assert.equal(tryLockFile(file, { mode: "shared" }), undefined);
  exclusive.release();
  exclusive.release();
  assert.ok(exclusive.released);
  using first = lockFileSync(file, { mode: "shared" });
  using second = lockFileSync(file, { mode: "shared" });
  assert.ok(!first.released && !second.released);
  assert.equal(tryLockFile(file), undefined);
});

test("locks of ranges meet only where the ranges do", () => {
  const file = someFile();
  using middle = lockFileSync(file, { byteOffset: 100, byteLength: 50 });
  assert.deepEqual([middle.byteOffset, middle.byteLength], [100, 50]);
  for (const [byteOffset, byteLength, free] of [
    [0, 100, true],
    [0, 101, false],
    [149, 1, false],
    [150, 1, true],
    [2 ** 50, 2 ** 50, true],
  ] as const) {
    const lock = tryLockFile(file, { byteOffset, byteLength });
    assert.equal(lock !== undefined, free, `${byteOffset}+${byteLength}`);
    lock?.release();
  }
  assert.equal(tryLockFile(file, { byteOffset: 120 }), undefined);
  using _after = lockFileSync(file, { byteOffset: 150 });
  // Past the end of data are locks of another kind.
  using mark = tryLockFile(file, { byteOffset: 2 ** 52, byteLength: 1 });
  assert.ok(mark);
  assert.equal(tryLockFile(file, { byteOffset: 2 ** 52 - 1, byteLength: 1 }), undefined);
});

test("a descriptor, a mapping and a path name the same file", linux, () => {
  const file = someFile();
  const fd = fs.openSync(file, "r+");
  using mapping = Mapping.openFile(file, { byteOffset: 10, byteLength: 100 });
  const lock = lockFileSync(fd, { byteOffset: 15, byteLength: 5 });
  assert.equal(tryLockFile(mapping), undefined);
  assert.equal(tryLockFile(mapping, { byteOffset: 5, byteLength: 1 }), undefined);
  const beside = tryLockFile(mapping, { byteOffset: 10 });
  assert.deepEqual([beside?.byteOffset, beside?.byteLength], [20, 90]);
  beside?.release();
  fs.closeSync(fd);
  assert.equal(tryLockFile(file), undefined, "the lock is not the caller's descriptor's");
  lock.release();
  lockFileSync(mapping).release();
  using memory = Mapping.anonymous(pageSize, { sharing: "shared" });
  using _held = lockFileSync(memory);
  assert.equal(tryLockFile(memory), undefined);
});

test("a lock leaves those alone who grow the file", linux, () => {
  const path = temporaryPath();
  const growing = GrowingFile.create(path, { maxByteLength: 2 ** 24 });
  const lock = lockFileSync(path);
  const second = GrowingFile.open(path, { maxByteLength: 2 ** 24 });
  second.bytes()[5 * pageSize] = 1;
  assert.equal(tryLockFile(growing), undefined);
  growing.close();
  second.close();
  assert.equal(fs.statSync(path).size, 6 * pageSize, "the last one trimmed it");
  assert.equal(tryLockFile(path), undefined, "the lock is still held");
  lock.release();
  lockFileSync(path).release();
});

test("a lock held elsewhere is waited for, and had when it is let go", linux, async () => {
  const file = someFile();
  using peer = new Peer();
  assert.ok(await lockIn(peer, file));
  let order = "";
  const waiting = lockFile(file).then((lock) => {
    order += "locked";
    return lock;
  });
  // The loop goes on meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 20));
  order += "released ";
  await peer.call(({ kept }) => kept["lock"].release());
  (await waiting).release();
  assert.equal(order, "released locked");
  assert.ok(await lockIn(peer, file));
  let turns = 0;
  const turn = setImmediate(() => turns++);
  assert.throws(() => lockFileSync(file, { timeoutMs: 30 }), { code: "ERR_TIDEMARK_TIMEOUT" });
  assert.equal(turns, 0, "the synchronous form lets the loop wait");
  clearImmediate(turn);
  const released = peer.call(({ kept }) =>
    new Promise((resolve) => setTimeout(resolve, 50)).then(() => {
      kept["lock"].release();
    }),
  );
  lockFileSync(file).release();
  await released;
});

test("waiting ends by its time or by its signal, and leaves nothing behind", async () => {
  const file = someFile();
  using _held = lockFileSync(file);
  const before = descriptorsOf(file);
  await assert.rejects(lockFile(file, { timeoutMs: 10 }), { code: "ERR_TIDEMARK_TIMEOUT" });
  await assert.rejects(lockFile(file, { timeoutMs: 0 }), { code: "ERR_TIDEMARK_TIMEOUT" });
  assert.throws(() => lockFileSync(file, { timeoutMs: 0 }), { code: "ERR_TIDEMARK_TIMEOUT" });
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = lockFile(file, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 10);
  const aborted = { code: "ERR_TIDEMARK_ABORTED", cause: reason };
  await assert.rejects(waiting, aborted);
  await assert.rejects(lockFile(file, { signal: controller.signal }), aborted);
  assert.equal(descriptorsOf(file), before);
});

test("the lock of a process that is killed is free at once", linux, async () => {
  const file = someFile();
  const peer = new Peer();
  assert.ok(await lockIn(peer, file));
  assert.equal(tryLockFile(file), undefined);
  const waiting = lockFile(file, { timeoutMs: 30_000 });
  peer[Symbol.dispose]();
  (await waiting).release();
});

test("the lock of a worker that is terminated is free again", linux, async () => {
  const file = someFile();
  const module = import.meta.resolve("#core/sync/file-lock.js");
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     import(workerData.module).then(({ lockFileSync }) => {
       globalThis.lock = lockFileSync(workerData.file);
       parentPort.postMessage("locked");
       for (;;);
     });`,
    { eval: true, workerData: { module, file } },
  );
  await new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  assert.equal(tryLockFile(file), undefined);
  const before = descriptorsOf(file);
  await worker.terminate();
  (await lockFile(file, { timeoutMs: 30_000 })).release();
  assert.equal(descriptorsOf(file), before - 1, "its descriptor is closed");
});

test("four processes that read, add one and write under the lock lose nothing", linux, async () => {
  const file = someFile();
  const module = import.meta.resolve("#core/sync/file-lock.js");
  const source = `
    import fs from "node:fs";
    import { lockFile, lockFileSync } from ${JSON.stringify(module)};
    const file = process.argv[2];
    for (let turn = 0; turn < 100; turn++) {
      const lock = turn % 2 === 0 ? await lockFile(file) : lockFileSync(file);
      const count = Number(fs.readFileSync(file, "utf8").replaceAll("\\0", ""));
      fs.writeFileSync(file, String(count + 1));
      lock.release();
    }`;
  const children = [1, 2, 3, 4].map(() => startChild(source, { args: [file] }));
  for (const { code, stderr } of await Promise.all(children.map(({ finished }) => finished))) {
    assert.equal(code, 0, stderr);
  }
  assert.equal(fs.readFileSync(file, "utf8"), "400");
});

test("what cannot be locked is refused with what is wrong", async () => {
  const file = someFile();
  const before = descriptorsOf(file);
  const refused = [
    [undefined, {}, "ERR_TIDEMARK_ARGUMENT_TYPE"],
    ["", {}, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [-1, {}, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [9999, {}, "ERR_TIDEMARK_FILE"],
    [`${file}/none`, {}, "ERR_TIDEMARK_FILE"],
    ["/", {}, "ERR_TIDEMARK_NOT_MAPPABLE"],
    [file, null, "ERR_TIDEMARK_ARGUMENT_TYPE"],
    [file, { mode: "both" }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { byteLength: 0 }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { byteLength: 2 ** 54 }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { byteOffset: 2 ** 52 }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { byteOffset: 1, byteLength: 2 ** 52 }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { byteOffset: -1 }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { byteOffset: "0" }, "ERR_TIDEMARK_ARGUMENT_TYPE"],
    [file, { other: 1 }, "ERR_TIDEMARK_ARGUMENT_TYPE"],
    [file, { timeoutMs: -1 }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { timeoutMs: Number.NaN }, "ERR_TIDEMARK_ARGUMENT_RANGE"],
    [file, { timeoutMs: "5" }, "ERR_TIDEMARK_ARGUMENT_TYPE"],
    [file, { signal: {} }, "ERR_TIDEMARK_ARGUMENT_TYPE"],
  ] as const;
  for (const [target, options, code] of refused) {
    await assert.rejects(lockFile(target as never, options as never), { code });
    assert.throws(() => lockFileSync(target as never, options as never), {
      code: options !== null && "signal" in options ? "ERR_TIDEMARK_ARGUMENT_TYPE" : code,
    });
  }
  using memory = Mapping.anonymous(10);
  assert.throws(() => lockFileSync(memory), { code: "ERR_TIDEMARK_UNSUPPORTED" });
  const closed = Mapping.openFile(file);
  closed.close();
  assert.throws(() => lockFileSync(closed), { code: "ERR_TIDEMARK_CLOSED" });
  using short = Mapping.openFile(file, { byteLength: 10 });
  assert.throws(() => lockFileSync(short, { byteOffset: 5, byteLength: 6 }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
  short.close();
  assert.equal(descriptorsOf(file), before);
});

test("who may only read a file can share its lock, and no more", {
  skip: requires("linux", "root"),
}, async () => {
  const file = someFile();
  fs.chmodSync(file, 0o644);
  for (
    let folder = file;
    folder !== "/";
    folder = folder.slice(0, folder.lastIndexOf("/")) || "/"
  ) {
    if (folder !== file) fs.chmodSync(folder, fs.statSync(folder).mode | 0o055);
  }
  using peer = new Peer({ uid: 65534 });
  assert.equal(await lockIn(peer, file, { mode: "shared" }), true);
  await assert.rejects(lockIn(peer, file), { code: "ERR_TIDEMARK_FILE", message: /EACCES/ });
});
