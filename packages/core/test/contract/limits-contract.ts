// Where growing ends, and in which steps it goes there.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ArgumentRangeError, pageSize } from "@tidemark/core";
import { type GrowingSubject, lengthOf, readBytes } from "./growing-subject.js";

export function limitsContract(growing: GrowingSubject): void {
  describe("limits", () => {
    for (const tail of [0, 1, 123, pageSize - 1]) reservationEnd(growing, 5 * pageSize + tail);
    reservationEnd(growing, 1);
    steps(growing);
  });
}

function reservationEnd(growing: GrowingSubject, maxByteLength: number): void {
  test(`the last of ${maxByteLength} reserved bytes can be stored, and none after it`, () => {
    const path = growing.path();
    const file = growing.create(path, { maxByteLength });
    assert.equal(file.maxByteLength, maxByteLength);
    assert.equal(file.buffer.byteLength, maxByteLength);
    growing.store(file, maxByteLength - 1, 42);
    assert.equal(file.byteLength, maxByteLength);
    assert.ok(file.fileByteLength - maxByteLength < pageSize);

    assert.throws(() => file.ensure(maxByteLength + 1), ArgumentRangeError);
    assert.throws(() => file.bytes(maxByteLength, 1), ArgumentRangeError);
    assert.throws(() => new DataView(file.buffer).setUint8(maxByteLength, 1), RangeError);
    const bytes = Buffer.from(file.buffer as ArrayBuffer);
    assert.throws(() => bytes.writeUInt8(1, maxByteLength), RangeError);
    const elements = new Uint8Array(file.buffer);
    elements[maxByteLength] = 1;
    assert.equal(elements[maxByteLength], undefined);

    assert.deepEqual(file.faults, []);
    file.close();
    assert.equal(lengthOf(path), maxByteLength);
    assert.deepEqual([...readBytes(path, maxByteLength - 1, 2)], [42]);

    const again = growing.open(path, { maxByteLength });
    assert.equal(again.bytes(maxByteLength - 1, 1)[0], 42);
    again.close();
    assert.equal(lengthOf(path), maxByteLength);
  });
}

function steps(growing: GrowingSubject): void {
  const step = 4 * pageSize;

  test("a file grows by the least step, then as far again as it is long, bounded", () => {
    const path = growing.path();
    const file = growing.create(path, { growth: { minStep: step, maxStep: 4 * step } });
    const lengths: number[] = [];
    for (let byteOffset = 0; byteOffset < 20 * step; byteOffset += pageSize) {
      growing.store(file, byteOffset, 1);
      const length = lengthOf(path);
      assert.equal(file.fileByteLength, length);
      if (lengths.at(-1) !== length) lengths.push(length);
    }
    file.close();
    assert.deepEqual(
      lengths,
      [1, 2, 4, 8, 12, 16, 20].map((count) => count * step),
    );
    assert.equal(lengthOf(path), 20 * step);
  });

  test("steps of one size go by that size", () => {
    const path = growing.path();
    const file = growing.create(path, { growth: { minStep: step, maxStep: step } });
    for (let index = 0; index < 64; index++) {
      growing.store(file, index * pageSize, 1);
      assert.equal(lengthOf(path), (Math.floor(index / 4) + 1) * step);
    }
    file.close();
  });

  test("nothing that is touched, ensured or read makes a file that others grew shorter", () => {
    const path = growing.path();
    const first = growing.create(path, { growth: { minStep: step, maxStep: step } });
    const second = growing.open(path, { growth: { minStep: pageSize, maxStep: pageSize } });
    let longest = 0;
    for (let index = 0; index < 200; index++) {
      const file = index % 3 === 0 ? first : second;
      if (index % 5 === 0) file.ensure(((index * 7) % 300) * pageSize);
      growing.store(file, ((index * 13) % 300) * pageSize, 1);
      assert.ok(lengthOf(path) >= longest, `${lengthOf(path)} after ${longest}`);
      longest = lengthOf(path);
    }
    first.close();
    assert.equal(lengthOf(path), longest);
    second.close();
  });

  for (const prefault of [false, true]) {
    test(`the bytes are the same with prefault ${prefault ? "on" : "off"}`, () => {
      const path = growing.path();
      const file = growing.create(path, { prefault, growth: { minStep: 2 ** 20 } });
      const byteLength = 12 * 2 ** 20 + 4;
      growing.announce(file, byteLength);
      const words = new Uint32Array(file.buffer, 0, byteLength / 4);
      for (let index = 0; index < words.length; index++) words[index] = (index * 2654435761) | 1;
      file.close({ byteLength });
      assert.equal(lengthOf(path), byteLength);
      const found = readBytes(path, 0, byteLength);
      const expected = new Uint32Array(byteLength / 4);
      for (let index = 0; index < expected.length; index++) {
        expected[index] = (index * 2654435761) | 1;
      }
      assert.equal(Buffer.compare(found, new Uint8Array(expected.buffer)), 0);
    });
  }
}
