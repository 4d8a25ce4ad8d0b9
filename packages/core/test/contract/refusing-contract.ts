// Commits that are refused: the file as it was, the changes still in memory.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { pageSize, TidemarkError } from "@tidemark/core";
import type { TrackedSubject } from "./tracked-subject.js";

const changed = { code: "ERR_TIDEMARK_FILE_CHANGED" };

export function refusingContract(subject: TrackedSubject): void {
  const ways: Readonly<Record<string, (path: string) => void>> = {
    longer: (path) => fs.appendFileSync(path, "more"),
    shorter: (path) => fs.truncateSync(path, pageSize),
    "different in place": (path) => {
      const fd = fs.openSync(path, "r+");
      fs.writeSync(fd, "Z", 3 * pageSize);
      fs.closeSync(fd);
    },
  };
  for (const [how, change] of Object.entries(ways)) {
    test(`a file that others made ${how} is not committed to; the changes stay`, async () => {
      const path = subject.path(Buffer.alloc(4 * pageSize, 65));
      // A kernel before 6.13 tells times of modification apart by its clock's ticks alone.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const file = subject.open(path);
      const bytes = file.bytes();
      bytes[0] = 1;
      bytes[10 * pageSize] = 2;
      change(path);
      const theirs = fs.readFileSync(path);
      assert.throws(() => file.commitSync(), changed);
      await assert.rejects(file.commit(), changed);
      assert.throws(() => file.close(), changed);
      assert.equal(file.closed, false);
      assert.deepEqual(fs.readFileSync(path), theirs);
      assert.deepEqual([bytes[0], bytes[10 * pageSize]], [1, 2]);
      assert.equal(file.dirtyRanges().length, 2);
      assert.deepEqual(subject.strangers(), []);
      file.rollback();
      assert.equal(bytes[0], 65);
      bytes[1] = 3;
      file.commitSync();
      assert.equal(fs.readFileSync(path)[1], 3);
    });
  }

  test("a file that another one has replaced, or that is gone, is not committed to", () => {
    const path = subject.path(Buffer.alloc(pageSize, 65));
    const file = subject.open(path);
    file.bytes()[0] = 1;
    const other = subject.path(Buffer.alloc(pageSize, 66));
    fs.renameSync(other, path);
    assert.throws(() => file.commitSync(), changed);
    fs.rmSync(path);
    assert.throws(() => file.commitSync(), changed);
    assert.equal(fs.existsSync(path), false);
    assert.equal(file.bytes()[0], 1);
    assert.deepEqual(subject.strangers(), []);
  });

  test("of two who have a file open, the second to commit is refused", () => {
    const path = subject.path(Buffer.alloc(pageSize, 65));
    const first = subject.open(path);
    const second = subject.open(path);
    first.bytes()[0] = 1;
    second.bytes()[1] = 2;
    first.commitSync();
    assert.throws(() => second.commitSync(), changed);
    second.rollback();
    assert.deepEqual([second.bytes()[0], second.bytes()[1]], [1, 65]);
    second.bytes()[1] = 2;
    second.commitSync();
    assert.deepEqual([...fs.readFileSync(path).subarray(0, 3)], [1, 2, 65]);
  });

  test("a using block that cannot commit says so, and is closed", () => {
    const path = subject.path(Buffer.alloc(pageSize, 65));
    assert.throws(
      () => {
        using file = subject.open(path);
        file.bytes()[0] = 1;
        fs.appendFileSync(path, "more");
      },
      (error) => error instanceof TidemarkError && error.code === changed.code,
    );
    assert.equal(fs.readFileSync(path)[0], 65);
  });
}
