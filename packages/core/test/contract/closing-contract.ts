// How long a file is after it was closed.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { ArgumentRangeError, pageSize } from "@tidemark/core";
import { type GrowingSubject, lengthOf, readBytes } from "./growing-subject.js";

export function closingContract(growing: GrowingSubject): void {
  describe("closing", () => {
    ofNewFiles(growing);
    ofFilesThatWereThere(growing);
    ofSeveral(growing);
  });
}

function ofNewFiles(growing: GrowingSubject): void {
  test("a new file that nothing was written to is empty", () => {
    const path = growing.path();
    growing.create(path).close();
    assert.equal(lengthOf(path), 0);
    const ensured = growing.create(growing.path());
    ensured.ensure(2 ** 22);
    assert.equal(ensured.byteLength, 0);
    ensured.close();
    growing.open(path).close();
    assert.equal(lengthOf(path), 0);
  });

  for (const byteLength of [0, 1, pageSize - 1, pageSize, pageSize + 1, 1_000_003, 3 * 2 ** 20]) {
    test(`{ byteLength: ${byteLength} } gives the file exactly that length`, () => {
      const path = growing.path();
      const file = growing.create(path);
      growing.fill(file, { byteOffset: 0, byteLength: 2 ** 20, value: 7 });
      file.close({ byteLength });
      assert.equal(lengthOf(path), byteLength);
      const expected = Buffer.alloc(byteLength);
      expected.fill(7, 0, Math.min(byteLength, 2 ** 20));
      assert.ok(fs.readFileSync(path).equals(expected));
    });
  }

  for (const last of [0, 1, pageSize - 1, pageSize, 300 * pageSize + 17, 2 ** 25 + 5]) {
    test(`a file whose last byte is at ${last} ends with the page of that byte`, () => {
      const path = growing.path();
      const file = growing.create(path);
      growing.store(file, last, 1);
      const end = (Math.floor(last / pageSize) + 1) * pageSize;
      assert.equal(file.byteLength, end);
      file.close();
      assert.equal(lengthOf(path), end);
    });
  }

  test("{ trim: false } leaves the file as long as it has grown", () => {
    const path = growing.path();
    const file = growing.create(path, { growth: { minStep: 2 ** 20 } });
    growing.store(file, 0, 1);
    const length = file.fileByteLength;
    assert.ok(length > pageSize || !growing.growsByTouch);
    file.close({ trim: false });
    assert.equal(lengthOf(path), length);
  });

  test("a length that was not reserved is refused, and the file is still open then", () => {
    const path = growing.path();
    const file = growing.create(path, { maxByteLength: 10 * pageSize });
    growing.store(file, 0, 1);
    assert.throws(() => file.close({ byteLength: 10 * pageSize + 1 }), ArgumentRangeError);
    assert.throws(() => file.close({ byteLength: 1, trim: false }), ArgumentRangeError);
    assert.equal(file.bytes(0, 1)[0], 1);
    file.close();
    file.close();
    assert.equal(lengthOf(path), pageSize);
  });
}

function ofFilesThatWereThere(growing: GrowingSubject): void {
  const contents = {
    "of less than a page": Buffer.from("high water"),
    "of one byte more than a page": Buffer.alloc(pageSize + 1, 5),
    "of whole pages": Buffer.alloc(3 * pageSize, 6),
    "that ends in many zeros": Buffer.concat([Buffer.from("data"), Buffer.alloc(123_456)]),
    "of zeros alone": Buffer.alloc(54_321),
  };
  for (const [name, content] of Object.entries(contents)) {
    test(`a file ${name} is as it was when it was only read`, () => {
      const path = growing.path();
      fs.writeFileSync(path, content);
      const file = growing.open(path);
      assert.ok(Buffer.from(file.bytes(0, content.length)).equals(content));
      assert.equal(file.byteLength, content.length);
      if (growing.growsByTouch) assert.equal(file.bytes(2 ** 21, 1)[0], 0);
      file.close();
      assert.ok(fs.readFileSync(path).equals(content));
    });

    test(`a file ${name} grows on from where it ended`, () => {
      const path = growing.path();
      fs.writeFileSync(path, content);
      const file = growing.open(path);
      const added = Buffer.from("and higher");
      const byteEnd = content.length + 2 * pageSize;
      growing.announce(file, byteEnd);
      file.bytes(content.length, added.length).set(added);
      file.bytes(byteEnd - 1, 1)[0] = 1;
      file.close({ byteLength: byteEnd });
      const found = fs.readFileSync(path);
      assert.equal(found.length, byteEnd);
      assert.ok(found.subarray(0, content.length).equals(content));
      assert.ok(found.subarray(content.length).subarray(0, added.length).equals(added));
    });

    test(`a file ${name} can be made shorter than it was, if that is asked for`, () => {
      const path = growing.path();
      fs.writeFileSync(path, content);
      const file = growing.open(path);
      file.close({ byteLength: 3 });
      assert.ok(fs.readFileSync(path).equals(content.subarray(0, 3)));
    });
  }

  test("a store inside the last page of a file that ends there is part of the file", () => {
    const path = growing.path();
    fs.writeFileSync(path, "ten bytes!");
    const file = growing.open(path);
    file.bytes(2000, 1)[0] = 9;
    assert.equal(file.byteLength, pageSize);
    growing.store(file, 5 * 2 ** 20, 8);
    assert.equal(readBytes(path, 2000, 1)[0], 9);
    file.close();
    assert.equal(readBytes(path, 2000, 1)[0], 9);
    assert.equal(lengthOf(path), 5 * 2 ** 20 + pageSize);
  });
}

function ofSeveral(growing: GrowingSubject): void {
  test("of several that have a file open only the last to close trims it", () => {
    const path = growing.path();
    const files = [growing.create(path), growing.open(path), growing.open(path)];
    for (const [index, file] of files.entries()) growing.store(file, index * pageSize, index + 1);
    const length = lengthOf(path);
    files[1]?.close();
    assert.equal(lengthOf(path), length);
    files[0]?.close();
    assert.equal(lengthOf(path), length);
    // The last one still sees and grows it.
    growing.store(files[2] as NonNullable<(typeof files)[2]>, 4 * pageSize, 5);
    files[2]?.close();
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((page) => readBytes(path, page * pageSize, 1)[0]),
      [1, 2, 3, 0, 5],
    );
    if (growing.keepsMark) assert.equal(lengthOf(path), 5 * pageSize);
  });

  test("the length that one gives at its close is kept by the others", () => {
    const path = growing.path();
    const first = growing.create(path);
    const second = growing.open(path);
    growing.store(first, 0, 1);
    growing.announce(first, 100 * pageSize + 10);
    first.close({ byteLength: 100 * pageSize + 10 });
    second.close();
    // Said by the mark: elsewhere only the data itself is kept.
    assert.equal(lengthOf(path), growing.keepsMark ? 100 * pageSize + 10 : pageSize);
  });
}
