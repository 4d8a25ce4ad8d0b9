// What is left of a growing file whose process was killed, or that another made shorter.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { describe, test } from "node:test";
import { type GrowingFile, MappingFaultError, pageSize } from "@tidemark/core";
import { startChild } from "@tidemark/testing/child.js";
import { type GrowingSubject, lengthOf, pageSteps, readBytes } from "./growing-subject.js";

export function survivalContract(growing: GrowingSubject): void {
  describe("survival", () => {
    killed(growing);
    leftByCrashes(growing);
    truncated(growing);
  });
}

function killed(growing: GrowingSubject): void {
  test("of a process killed while its file grows all that was flushed is there", async () => {
    const path = growing.path();
    const flushedPages = 1000;
    const child = startChild(
      `import { GrowingFile, pageSize } from "#core/index.js";
       const [path, strategy, flushedPages] = process.argv.slice(2);
       const file = GrowingFile.create(path, {
         strategy, maxByteLength: 2 ** 25,
         growth: { minStep: 16 * pageSize, maxStep: 16 * pageSize },
       });
       for (let page = 0; page < 2 ** 25 / pageSize; page++) {
         if (strategy === "explicit") file.ensure((page + 1) * pageSize);
         file.bytes(page * pageSize, pageSize).fill(page % 255 + 1);
         if (page !== Number(flushedPages) - 1) continue;
         file.flushSync();
         process.stdout.write("flushed\\n");
       }
       setInterval(() => {}, 1000);`,
      { args: [path, growing.subject.strategy, String(flushedPages)] },
    );
    await child.line("flushed");
    const { signal } = await child.kill("SIGKILL");
    assert.equal(signal, "SIGKILL");

    const left = fs.readFileSync(path);
    assert.equal(left.length % pageSize, 0);
    let dataPages = left.length / pageSize;
    while (left[dataPages * pageSize - 1] === 0) dataPages--;
    assert.ok(dataPages >= flushedPages, `${dataPages} pages`);
    const file = growing.open(path);
    // The page that was being filled counts as soon as one of its bytes is stored.
    const begun = left.subarray(dataPages * pageSize).some((byte) => byte !== 0) ? 1 : 0;
    if (growing.keepsMark) assert.equal(file.byteLength, (dataPages + begun) * pageSize);
    for (let page = 0; page < dataPages; page++) {
      assert.ok(file.bytes(page * pageSize, pageSize).every((byte) => byte === (page % 255) + 1));
    }
    growing.store(file, left.length + 5 * pageSize, 1);
    file.close();
    assert.equal(lengthOf(path), left.length + 6 * pageSize);
  });
}

function leftByCrashes(growing: GrowingSubject): void {
  /** Opens each file, grows it by a store of a zero, and ends without closing anything. */
  async function crashWith(files: readonly string[], maxByteLength: number): Promise<void> {
    const child = startChild(
      `import { GrowingFile } from "#core/index.js";
       const [maxByteLength, strategy, ...paths] = process.argv.slice(2);
       for (const path of paths) {
         const file = GrowingFile.open(path, {
           create: true, strategy, maxByteLength: Number(maxByteLength),
         });
         file.ensure(file.maxByteLength);
         file.bytes(file.maxByteLength - 1, 1)[0] = 0;
       }
       process.kill(process.pid, "SIGKILL");`,
      { args: [String(maxByteLength), growing.subject.strategy, ...files] },
    );
    assert.equal((await child.finished).signal, "SIGKILL");
  }

  test("the length a file had before a crash is found again", async () => {
    const contents = [
      Buffer.concat([Buffer.from("ten bytes!"), Buffer.alloc(9000)]),
      Buffer.alloc(0),
      Buffer.alloc(2 * pageSize, 1),
      Buffer.alloc(777),
    ];
    const paths = contents.map((content) => {
      const path = growing.path();
      fs.writeFileSync(path, content);
      return path;
    });
    await crashWith(paths, 50 * pageSize + 7);
    for (const [index, path] of paths.entries()) {
      const content = contents[index] ?? Buffer.alloc(0);
      assert.equal(lengthOf(path), 51 * pageSize);
      // With the reservation it had, although the file is as long as whole pages.
      const file = growing.open(path, { maxByteLength: 50 * pageSize + 7 });
      if (growing.keepsMark) assert.equal(file.byteLength, content.length);
      file.close();
      const found = fs.readFileSync(path);
      if (growing.keepsMark) assert.equal(found.length, content.length);
      assert.ok(found.subarray(0, content.length).equals(content));
      assert.ok(found.subarray(content.length).every((byte) => byte === 0));
    }
  });

  test("a file left by a crash that is overwritten has no length from before", async () => {
    const path = growing.path();
    fs.writeFileSync(path, Buffer.alloc(20 * pageSize, 1));
    await crashWith([path], 100 * pageSize);
    const file = growing.create(path, { overwrite: true });
    growing.store(file, 3, 1);
    assert.equal(file.byteLength, pageSize);
    file.close();
    assert.equal(lengthOf(path), pageSize);
    assert.deepEqual([...readBytes(path, 0, 5)], [0, 0, 0, 1, 0]);
  });

  test("a process that crashes leaves the others what they write", async () => {
    const path = growing.path();
    const file = growing.create(path);
    growing.store(file, 5, 1);
    await crashWith([path], 300 * pageSize);
    growing.store(file, 400 * pageSize, 2);
    file.close();
    assert.deepEqual([readBytes(path, 5, 1)[0], readBytes(path, 400 * pageSize, 1)[0]], [1, 2]);
    assert.equal(lengthOf(path), 401 * pageSize);
  });
}

function truncated(growing: GrowingSubject): void {
  function truncateElsewhere(path: string, byteLength: number): void {
    const code = `require("node:fs").truncateSync(process.argv[1], ${byteLength})`;
    assert.equal(spawnSync(process.execPath, ["-e", code, path]).status, 0);
  }

  function grownFile(path: string): GrowingFile {
    const file = growing.create(path, { growth: pageSteps });
    growing.fill(file, { byteOffset: 0, byteLength: 200 * pageSize, value: 1 });
    assert.equal(lengthOf(path), 200 * pageSize);
    return file;
  }

  test("a file that another process makes shorter is extended again, and it is told", () => {
    const path = growing.path();
    const file = grownFile(path);
    truncateElsewhere(path, 10 * pageSize);
    if (growing.growsByTouch) {
      assert.equal(file.bytes(150 * pageSize, 1)[0], 0);
      file.bytes(100 * pageSize, 1)[0] = 2;
      assert.deepEqual(
        file.faults.map(({ kind }) => kind),
        ["truncated"],
      );
      assert.throws(
        () => file.check(),
        (error) => error instanceof MappingFaultError && error.kind === "truncated",
      );
    }
    growing.store(file, 300 * pageSize, 3);
    assert.equal(file.bytes(9 * pageSize, 1)[0], 1);
    file.close();
    assert.equal(lengthOf(path), 301 * pageSize);
    assert.deepEqual(
      [9, 10, 100, 199, 300].map((page) => readBytes(path, page * pageSize, 1)[0]),
      [1, 0, growing.growsByTouch ? 2 : 0, 0, 3],
    );
  });

  test("who joins finds whole pages in a file that a stranger has cut inside one", () => {
    const path = growing.path();
    const file = grownFile(path);
    truncateElsewhere(path, 10 * pageSize + 100);
    const joined = growing.open(path);
    assert.equal(lengthOf(path) % pageSize, 0);
    joined.bytes(10 * pageSize + 200, 1)[0] = 5;
    growing.store(joined, 20 * pageSize, 6);
    try {
      file.close();
    } catch (error) {
      assert.ok(error instanceof MappingFaultError && error.kind === "truncated");
    }
    joined.close();
    assert.equal(lengthOf(path), 21 * pageSize);
    assert.deepEqual(
      [10 * pageSize + 99, 10 * pageSize + 200, 20 * pageSize].map(
        (at) => readBytes(path, at, 1)[0],
      ),
      [1, 5, 6],
    );
  });

  test("what was ensured is ensured again after another process made the file shorter", () => {
    const path = growing.path();
    const file = grownFile(path);
    truncateElsewhere(path, 0);
    file.ensure(200 * pageSize);
    assert.equal(lengthOf(path), 200 * pageSize);
    file.bytes(199 * pageSize, 1)[0] = 4;
    file.close();
    assert.equal(readBytes(path, 199 * pageSize, 1)[0], 4);
    assert.equal(readBytes(path, 0, 1)[0], 0);
  });

  test("a file that is deleted while it grows grows on for those who have it open", () => {
    const path = growing.path();
    const file = growing.create(path);
    growing.store(file, 0, 1);
    fs.rmSync(path);
    growing.store(file, 5 * 2 ** 20, 2);
    assert.deepEqual([file.bytes(0, 1)[0], file.bytes(5 * 2 ** 20, 1)[0]], [1, 2]);
    file.close();
    assert.equal(fs.existsSync(path), false);
    assert.deepEqual(file.faults, []);
  });
}
