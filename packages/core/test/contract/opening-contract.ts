// How files that grow come to be, and come back.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { ArgumentRangeError, FileError, FileInUseError, pageSize } from "@tidemark/core";
import { type GrowingSubject, lengthOf, readBytes } from "./growing-subject.js";

export function openingContract(growing: GrowingSubject): void {
  describe("opening", () => {
    creation(growing);
    permissions(growing);
    comingBack(growing);
  });
}

function creation(growing: GrowingSubject): void {
  test("a file that exists is not created again, and is as it was", () => {
    const path = growing.path();
    fs.writeFileSync(path, "kept");
    assert.throws(
      () => growing.create(path),
      (error) => error instanceof FileError && error.errnoName === "EEXIST",
    );
    assert.equal(fs.readFileSync(path, "utf8"), "kept");
  });

  test("{ overwrite: true } empties a file that exists, and creates one that does not", () => {
    const path = growing.path();
    fs.writeFileSync(path, Buffer.alloc(3 * pageSize + 5, 1));
    const file = growing.create(path, { overwrite: true });
    assert.equal(lengthOf(path), 0);
    growing.store(file, pageSize, 2);
    assert.equal(file.bytes(0, 1)[0], 0);
    file.close();
    assert.equal(lengthOf(path), 2 * pageSize);
    assert.deepEqual(readBytes(path, 0, pageSize), Buffer.alloc(pageSize));
    const other = growing.path();
    growing.create(other, { overwrite: true }).close();
    assert.equal(lengthOf(other), 0);
  });

  test("a file that is being grown is not overwritten", () => {
    const path = growing.path();
    const file = growing.create(path);
    growing.store(file, 0, 1);
    assert.throws(() => growing.create(path, { overwrite: true }), FileInUseError);
    assert.equal(file.bytes(0, 1)[0], 1);
    file.close();
    growing.create(path, { overwrite: true }).close();
    assert.equal(lengthOf(path), 0);
  });

  test("a file that is not there is opened only with { create: true }", () => {
    const path = growing.path();
    assert.throws(
      () => growing.open(path),
      (error) => error instanceof FileError && error.errnoName === "ENOENT",
    );
    assert.equal(fs.existsSync(path), false);
    growing.open(path, { create: true }).close();
    fs.writeFileSync(path, "kept");
    growing.open(path, { create: true }).close();
    assert.equal(fs.readFileSync(path, "utf8"), "kept");
  });
}

function permissions(growing: GrowingSubject): void {
  test("a file is its owner's alone, unless a mode is given", () => {
    const mask = process.umask(0);
    try {
      for (const [mode, expected] of [
        [undefined, 0o600],
        [0o644, 0o644],
        [0o440, 0o440],
      ] as const) {
        const options = mode === undefined ? {} : { mode };
        const created = growing.path();
        growing.create(created, options).close();
        assert.equal(fs.statSync(created).mode & 0o777, expected);
        const opened = growing.path();
        growing.open(opened, { ...options, create: true }).close();
        assert.equal(fs.statSync(opened).mode & 0o777, expected);
      }
    } finally {
      process.umask(mask);
    }
  });

  test("the mode of a file that exists stays as it is", () => {
    const path = growing.path();
    fs.writeFileSync(path, "", { mode: 0o640 });
    fs.chmodSync(path, 0o640);
    growing.open(path, { create: true, mode: 0o600 }).close();
    growing.create(path, { overwrite: true, mode: 0o600 }).close();
    assert.equal(fs.statSync(path).mode & 0o777, 0o640);
  });
}

function comingBack(growing: GrowingSubject): void {
  test("a file that is opened again and again grows on each time", () => {
    const path = growing.path();
    growing.create(path).close();
    for (let round = 0; round < 10; round++) {
      const file = growing.open(path);
      assert.equal(file.byteLength, round * 70_001);
      growing.fill(file, { byteOffset: round * 70_001, byteLength: 70_001, value: round + 1 });
      file.close({ byteLength: (round + 1) * 70_001 });
    }
    const found = fs.readFileSync(path);
    assert.equal(found.length, 700_010);
    for (let round = 0; round < 10; round++) {
      const part = found.subarray(round * 70_001, (round + 1) * 70_001);
      assert.ok(part.equals(Buffer.alloc(70_001, round + 1)), `round ${round}`);
    }
  });

  test("a file longer than what is to be reserved is refused, and is as it was", () => {
    const path = growing.path();
    const content = Buffer.alloc(2 * pageSize + 11, 3);
    fs.writeFileSync(path, content);
    const options = { maxByteLength: 2 * pageSize + 10 };
    assert.throws(() => growing.open(path, options), ArgumentRangeError);
    assert.ok(fs.readFileSync(path).equals(content));
    // Not held: it can be had as a whole.
    growing.create(path, { overwrite: true }).close();
  });

  test("two that have a file open see each other's bytes at once", () => {
    const path = growing.path();
    const first = growing.create(path);
    const second = growing.open(path);
    for (let index = 0; index < 64; index++) {
      const [writer, reader] = index % 2 === 0 ? [first, second] : [second, first];
      growing.store(writer, index * 5 * pageSize + index, index + 1);
      assert.equal(reader.bytes(index * 5 * pageSize + index, 1)[0], index + 1);
      assert.equal(readBytes(path, index * 5 * pageSize + index, 1)[0], index + 1);
    }
    first.close();
    second.close();
    assert.deepEqual([first.faults, second.faults], [[], []]);
  });

  test("who attaches by its handle grows the same file", () => {
    const path = growing.path();
    const file = growing.create(path);
    growing.store(file, 0, 1);
    const attached = (file.constructor as typeof import("@tidemark/core").GrowingFile).attach(
      JSON.parse(JSON.stringify(file.handle())),
      growing.options,
    );
    assert.equal(attached.maxByteLength, file.maxByteLength);
    growing.store(attached, 3 * 2 ** 20, 2);
    assert.equal(file.bytes(3 * 2 ** 20, 1)[0], 2);
    file.close();
    growing.store(attached, 4 * 2 ** 20, 3);
    attached.close();
    assert.equal(readBytes(path, 3 * 2 ** 20, 1)[0], 2);
    if (growing.keepsMark) assert.equal(lengthOf(path), 4 * 2 ** 20 + pageSize);
  });
}
