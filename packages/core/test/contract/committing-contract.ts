// Commits and rollbacks of tracked files: what the file holds afterwards, and the memory.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { pageSize } from "@tidemark/core";
import type { TrackedSubject } from "./tracked-subject.js";

export function committingContract(subject: TrackedSubject): void {
  commits(subject);
  lengths(subject);
  rollsBack(subject);
  closes(subject);
}

function commits(subject: TrackedSubject): void {
  for (const durable of [true, false]) {
    test(`a commit (durable: ${durable}) writes what was changed, no more`, async () => {
      const path = subject.path(Buffer.alloc(16 * pageSize, 65));
      const file = subject.open(path);
      const bytes = file.bytes();
      for (let round = 1; round <= 4; round++) {
        bytes[3 * pageSize] = round;
        bytes[(4 + round) * pageSize + 9] = round;
        if (round % 2 === 0) file.commitSync({ durable });
        else await file.commit({ durable });
        const data = fs.readFileSync(path);
        assert.equal(data[3 * pageSize], round);
        assert.equal(data[(4 + round) * pageSize + 9], round);
        assert.ok(data.equals(bytes.subarray(0, data.length)));
        assert.equal(data.length, 16 * pageSize);
        assert.deepEqual(file.dirtyRanges(), []);
        assert.deepEqual(subject.strangers(), []);
      }
    });
  }

  test("a commit without changes leaves the file alone", () => {
    const path = subject.path("unchanged");
    const file = subject.open(path);
    const before = fs.statSync(path, { bigint: true });
    file.commitSync();
    assert.equal(fs.statSync(path, { bigint: true }).mtimeNs, before.mtimeNs);
  });

  test("commits that are asked for at once end one after the other", async () => {
    const path = subject.path();
    const file = subject.open(path, { create: true });
    const bytes = file.bytes();
    const all: Promise<void>[] = [];
    for (let page = 0; page < 20; page++) {
      bytes[page * pageSize] = page + 1;
      all.push(file.commit());
      if (page === 10) file.commitSync();
    }
    await Promise.all(all);
    const data = fs.readFileSync(path);
    for (let page = 0; page < 20; page++) assert.equal(data[page * pageSize], page + 1);
  });

  // Past the end, too, where the file takes the place of the memory that was written.
  for (const length of [2000 * pageSize, 0]) {
    test(`what is written to ${length} bytes while a commit goes on is not lost`, async () => {
      const path = subject.path(Buffer.alloc(length, 65));
      const file = subject.open(path);
      const bytes = file.bytes();
      for (let page = 0; page < 2000; page += 2) bytes[page * pageSize] = 1;
      const committed = file.commit();
      for (let page = 1999; page >= 0; page--) bytes[page * pageSize + 1] = 2;
      await committed;
      await file.commit();
      const data = fs.readFileSync(path);
      for (let page = 0; page < 2000; page++) {
        assert.equal(data[page * pageSize], page % 2 === 0 ? 1 : length === 0 ? 0 : 65);
        assert.equal(data[page * pageSize + 1], 2);
      }
    });
  }

  test("pages that were not written show what others write to the file", () => {
    const path = subject.path(Buffer.alloc(4 * pageSize, 65));
    const file = subject.open(path);
    const bytes = file.bytes();
    bytes[0] = 1;
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, "Z", 2 * pageSize);
    fs.closeSync(fd);
    assert.equal(bytes[2 * pageSize], 90);
    assert.deepEqual(file.dirtyRanges(), [{ byteOffset: 0, byteLength: pageSize }]);
  });
}

function lengths(subject: TrackedSubject): void {
  test("a commit gives the file the length it is told, and the memory follows", () => {
    const path = subject.path(Buffer.alloc(8 * pageSize, 65));
    const file = subject.open(path);
    const bytes = file.bytes();
    bytes[0] = 1;
    bytes[7 * pageSize] = 2;
    file.commitSync({ byteLength: 2 * pageSize + 10 });
    let data = fs.readFileSync(path);
    assert.equal(data.length, 2 * pageSize + 10);
    assert.deepEqual([data[0], data[1], data.at(-1)], [1, 65, 65]);
    const shown = bytes.subarray(2 * pageSize + 10, 10 * pageSize);
    assert.ok(shown.every((byte) => byte === 0));
    assert.deepEqual(file.dirtyRanges(), []);
    file.commitSync({ byteLength: 5n * BigInt(pageSize) });
    assert.equal(fs.statSync(path).size, 5 * pageSize);
    bytes[4 * pageSize + 1] = 9;
    assert.equal(file.byteLength, 5 * pageSize);
    file.commitSync({ byteLength: 0 });
    assert.equal(fs.statSync(path).size, 0);
    assert.equal(bytes[0], 0);
    bytes[pageSize] = 3;
    file.commitSync();
    data = fs.readFileSync(path);
    assert.equal(data.length, 2 * pageSize);
    assert.deepEqual([data[0], data[pageSize]], [0, 3]);
    assert.deepEqual(subject.strangers(), []);
  });
}

function rollsBack(subject: TrackedSubject): void {
  test("a rollback drops the changes, and tracking goes on", () => {
    const path = subject.path(Buffer.alloc(8 * pageSize, 65));
    const file = subject.open(path);
    const bytes = file.bytes();
    bytes.fill(1, 0, 20 * pageSize);
    file.rollback();
    assert.deepEqual(file.dirtyRanges(), []);
    assert.equal(file.byteLength, 8 * pageSize);
    assert.ok(bytes.subarray(0, 8 * pageSize).every((byte) => byte === 65));
    assert.ok(bytes.subarray(8 * pageSize, 30 * pageSize).every((byte) => byte === 0));
    bytes[5] = 5;
    file.commitSync();
    assert.equal(fs.readFileSync(path)[5], 5);
    assert.equal(fs.statSync(path).size, 8 * pageSize);
  });

  test("a rollback shows the file as others have made it", () => {
    const path = subject.path(Buffer.alloc(2 * pageSize, 65));
    const file = subject.open(path);
    const bytes = file.bytes();
    bytes[0] = 1;
    fs.writeFileSync(path, Buffer.alloc(6 * pageSize + 3, 66));
    file.rollback();
    assert.equal(file.byteLength, 6 * pageSize + 3);
    assert.ok(bytes.subarray(0, 6 * pageSize + 3).every((byte) => byte === 66));
    fs.truncateSync(path, 1);
    file.rollback();
    assert.deepEqual([bytes[0], bytes[1], bytes[pageSize], file.byteLength], [66, 0, 0, 1]);
    bytes[1] = 67;
    file.commitSync({ byteLength: 2 });
    assert.equal(fs.readFileSync(path, "utf8"), "BC");
  });
}

function closes(subject: TrackedSubject): void {
  test("close commits, unless told otherwise", () => {
    const path = subject.path("abc");
    const first = subject.open(path);
    first.bytes()[0] = 65;
    first.close();
    assert.equal(fs.readFileSync(path, "utf8"), "Abc");
    assert.equal(first.closed, true);
    first.close();
    const second = subject.open(path);
    second.bytes()[1] = 66;
    second.close({ commit: false });
    assert.equal(fs.readFileSync(path, "utf8"), "Abc");
    const third = subject.open(path);
    third.bytes()[3] = 68;
    third.close({ byteLength: 4, durable: false });
    assert.equal(fs.readFileSync(path, "utf8"), "AbcD");
  });

  test("the end of a block commits", async () => {
    const path = subject.path("abc");
    {
      using file = subject.open(path);
      file.bytes()[0] = 65;
    }
    assert.equal(fs.readFileSync(path, "utf8"), "Abc");
    {
      await using file = subject.open(path);
      file.bytes()[1] = 66;
    }
    assert.equal(fs.readFileSync(path, "utf8"), "ABc");
  });

  test("a close waits for commits that are going on", async () => {
    const path = subject.path();
    const file = subject.open(path, { create: true });
    const bytes = file.bytes();
    bytes.fill(7, 0, 500 * pageSize);
    const running = [file.commit(), file.commit()];
    bytes[600 * pageSize] = 8;
    file.close();
    await Promise.all(running);
    const data = fs.readFileSync(path);
    assert.equal(data.length, 601 * pageSize);
    assert.deepEqual([data[500 * pageSize - 1], data[600 * pageSize]], [7, 8]);
    assert.deepEqual(subject.strangers(), []);
  });
}
