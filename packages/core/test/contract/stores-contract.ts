// What a program writes past the end is in the file, whichever way it writes it.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { MappingFaultError, pageSize } from "@tidemark/core";
import { type GrowingSubject, lengthOf, pageSteps, readBytes } from "./growing-subject.js";
import { kindsOfStore } from "./kinds-of-store.js";

/** Apart enough that no step taken for one store reaches the next. */
const storeStride = 64 * pageSize;

export function storesContract(growing: GrowingSubject): void {
  describe("stores", () => {
    for (const shared of [false, true]) {
      for (const straddle of [false, true]) everyKindOfStore(growing, { shared, straddle });
    }
    orders(growing);
    reads(growing);
    systemCalls(growing);
  });
}

function everyKindOfStore(
  growing: GrowingSubject,
  { shared, straddle }: { readonly shared: boolean; readonly straddle: boolean },
): void {
  const buffer = shared ? "a SharedArrayBuffer" : "an ArrayBuffer";
  const where = straddle ? "across the last page's end" : "far past the end";
  test(`every kind of store to ${buffer} ${where} reaches the file`, () => {
    const path = growing.path();
    const file = growing.create(path, {
      maxByteLength: (kindsOfStore.length + 2) * storeStride,
      growth: pageSteps,
      shared,
    });
    file.ensure(pageSize);
    file.bytes(0, pageSize).fill(0xee);
    assert.equal(file.buffer instanceof SharedArrayBuffer, shared);
    const expected: { name: string; byteOffset: number; bytes: Uint8Array }[] = [];
    for (const [index, kind] of kindsOfStore.entries()) {
      const page = (index + 1) * storeStride;
      // The first half of what is stored lies in the file, the rest past its end.
      const byteOffset = straddle ? page - kind.alignment : page + 8 * kind.alignment;
      if (straddle) file.ensure(page);
      const lengthBefore = file.fileByteLength;
      assert.ok(lengthBefore <= page, kind.name);
      growing.announce(file, byteOffset + kind.byteLength);
      const bytes = kind.store(file.buffer, byteOffset);
      assert.ok(file.fileByteLength > lengthBefore, `${kind.name} did not extend the file`);
      assert.deepEqual(Buffer.from(file.bytes(byteOffset, bytes.length)), Buffer.from(bytes));
      expected.push({ name: kind.name, byteOffset, bytes });
    }
    file.close();
    for (const { name, byteOffset, bytes } of expected) {
      assert.deepEqual(readBytes(path, byteOffset, bytes.length), Buffer.from(bytes), name);
    }
    assert.deepEqual(readBytes(path, 0, pageSize), Buffer.alloc(pageSize, 0xee));
  });
}

function orders(growing: GrowingSubject): void {
  const pages = 32;
  const forward = Array.from({ length: pages }, (_, index) => index);
  const shuffled = forward.map((index) => (index * 13 + 5) % pages);
  const orders = {
    forwards: forward,
    backwards: forward.toReversed(),
    "in no order": shuffled,
    "far ones first": forward.map((index) =>
      index % 2 === 0 ? pages - 1 - index / 2 : index >> 1,
    ),
  };
  for (const [name, order] of Object.entries(orders)) {
    for (const growth of [pageSteps, undefined]) {
      const steps = growth === undefined ? "default steps" : "steps of a page";
      test(`pages of an empty file written ${name} are all there, with ${steps}`, () => {
        const path = growing.path();
        // A page of its own for each, a MiB apart by default: so that each is past the end.
        const stride = growth === undefined ? 2 ** 20 + pageSize : pageSize;
        const file = growing.create(path, growth === undefined ? {} : { growth });
        assert.equal(lengthOf(path), 0);
        for (const index of order) {
          const byteOffset = index * stride;
          growing.announce(file, byteOffset + pageSize);
          file.bytes(byteOffset, pageSize).fill(index + 1);
        }
        file.close();
        assert.equal(lengthOf(path), (pages - 1) * stride + pageSize);
        for (let index = 0; index < pages; index++) {
          const found = readBytes(path, index * stride, stride);
          const expected = Buffer.alloc(index === pages - 1 ? pageSize : stride);
          expected.fill(index + 1, 0, pageSize);
          assert.ok(found.equals(expected), `page ${index}`);
        }
      });
    }
  }

  test("a store far past the end leaves a hole of zeros, and takes no disk for it", () => {
    const path = growing.path();
    const file = growing.create(path);
    const far = 2 ** 29;
    growing.announce(file, pageSize);
    file.bytes(0, 1)[0] = 1;
    if (growing.growsByTouch) {
      file.bytes(far, 1)[0] = 2;
      file.close();
      assert.equal(lengthOf(path), far + pageSize);
      assert.ok(fs.statSync(path).blocks * 512 < 2 ** 23, `${fs.statSync(path).blocks} blocks`);
      assert.deepEqual(readBytes(path, far - pageSize, pageSize), Buffer.alloc(pageSize));
      assert.equal(readBytes(path, far, 1)[0], 2);
    } else {
      file.close();
    }
    fs.rmSync(path);
  });
}

function reads(growing: GrowingSubject): void {
  const readers: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
    "an element": (bytes) => bytes[0],
    "a DataView": (bytes) => Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)),
    "a slice": (bytes) => Math.max(...bytes.slice(0, 64)),
    "a search": (bytes) => bytes.indexOf(1) + 1,
    "a comparison": (bytes) => Buffer.compare(bytes, Buffer.alloc(bytes.length)),
    "Atomics.load": (bytes) => Atomics.load(bytes, 0),
    "a decoder": (bytes) => new TextDecoder().decode(bytes.slice()).replaceAll("\0", "").length,
  };
  test("memory past the end reads as zeros", () => {
    const path = growing.path();
    const file = growing.create(path, { growth: pageSteps });
    let byteOffset = 16 * pageSize;
    for (const [name, read] of Object.entries(readers)) {
      assert.equal(read(file.bytes(byteOffset, 2 * pageSize)), 0, name);
      byteOffset += 16 * pageSize;
    }
    if (growing.growsByTouch) {
      assert.deepEqual(file.faults, []);
      assert.equal(file.byteLength, 0);
      file.close();
    } else {
      assert.equal(file.fileByteLength, 0);
      assert.equal(file.faults[0]?.kind, "past-end");
      assert.equal(file.faults[0]?.byteOffset, 16 * pageSize);
      assert.throws(() => file.close(), MappingFaultError);
    }
    assert.equal(lengthOf(path), 0);
  });
}

function systemCalls(growing: GrowingSubject): void {
  test("memory that was ensured can be handed to the system to read from and to write to", () => {
    const path = growing.path();
    const source = growing.path();
    fs.writeFileSync(source, Buffer.alloc(3 * pageSize, 0xa5));
    const file = growing.create(path, { growth: pageSteps });
    file.ensure(10 * pageSize);
    assert.ok(file.fileByteLength >= 10 * pageSize);
    const view = file.bytes(7 * pageSize, 3 * pageSize);
    const reader = fs.openSync(source, "r+");
    assert.equal(fs.readSync(reader, view, 0, view.length, 0), view.length);
    assert.equal(fs.writeSync(reader, file.bytes(4 * pageSize, 6 * pageSize), 0), 6 * pageSize);
    fs.closeSync(reader);
    file.close();
    assert.deepEqual(readBytes(path, 7 * pageSize, 9 * pageSize), Buffer.alloc(3 * pageSize, 0xa5));
  });
}
