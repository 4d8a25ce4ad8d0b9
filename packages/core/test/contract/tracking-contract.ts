// What is known of the memory of a tracked file: what was written, and how far.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { pageSize } from "@tidemark/core";
import type { TrackedSubject } from "./tracked-subject.js";

export function trackingContract(subject: TrackedSubject): void {
  const pages = (...numbers: readonly (readonly [first: number, count: number])[]) => {
    return numbers.map(([first, count]) => {
      return { byteOffset: first * pageSize, byteLength: count * pageSize };
    });
  };
  shows(subject, pages);
  grows(subject, pages);
  // What a buffer is made of changes nothing for these, and Node 20 has no long shared ones.
  if (!subject.shared) isLong(subject);
}

type Pages = (
  ...numbers: readonly (readonly [first: number, count: number])[]
) => { byteOffset: number; byteLength: number }[];

function shows(subject: TrackedSubject, pages: Pages): void {
  test("a tracked file shows what the file holds, and zeros past its end", () => {
    const path = subject.path(Buffer.alloc(3 * pageSize + 100, 65));
    const file = subject.open(path);
    const bytes = file.bytes(0, 5 * pageSize);
    assert.ok(bytes.subarray(0, 3 * pageSize + 100).every((byte) => byte === 65));
    assert.ok(bytes.subarray(3 * pageSize + 100).every((byte) => byte === 0));
    assert.deepEqual(file.dirtyRanges(), []);
    assert.equal(file.byteLength, 3 * pageSize + 100);
    assert.equal(file.detection, subject.detection);
  });

  test("writing to the memory does not change the file", () => {
    const before = Buffer.alloc(4 * pageSize, 65);
    const path = subject.path(before);
    const { mtimeMs } = fs.statSync(path);
    const file = subject.open(path);
    file.bytes(0, 8 * pageSize).fill(66);
    assert.deepEqual(fs.readFileSync(path), before);
    assert.equal(fs.statSync(path).mtimeMs, mtimeMs);
    assert.deepEqual(subject.strangers(), []);
  });

  test("the pages that were written are known, neighbours joined, and no other", () => {
    const file = subject.open(subject.path(Buffer.alloc(64 * pageSize, 65)));
    const bytes = file.bytes();
    for (const page of [3, 4, 5, 9, 40, 63]) bytes[page * pageSize + 17] = page;
    assert.equal(bytes[20 * pageSize], 65);
    assert.deepEqual(file.dirtyRanges(), pages([3, 3], [9, 1], [40, 1], [63, 1]));
    // From one end to the other, as a file is filled.
    for (let page = 10; page < 40; page++) bytes[page * pageSize] = page;
    assert.deepEqual(file.dirtyRanges(), pages([3, 3], [9, 32], [63, 1]));
  });

  test("a page that was written with what it held counts as written", () => {
    const file = subject.open(subject.path(Buffer.alloc(4 * pageSize, 65)));
    file.bytes()[pageSize] = 65;
    assert.deepEqual(file.dirtyRanges(), pages([1, 1]));
  });

  test("touch makes pages written ones, for system calls that write into them", () => {
    const path = subject.path(Buffer.alloc(4 * pageSize, 65));
    const file = subject.open(path);
    file.touch({ byteOffset: pageSize + 1, byteLength: pageSize });
    assert.deepEqual(file.dirtyRanges(), pages([1, 2]));
    const other = fs.openSync(subject.path(Buffer.alloc(pageSize, 66)), "r");
    const view = file.bytes(pageSize, pageSize);
    assert.equal(fs.readSync(other, view, 0, pageSize, 0), pageSize);
    fs.closeSync(other);
    file.commitSync();
    assert.equal(fs.readFileSync(path)[2 * pageSize - 1], 66);
    file.touch({ byteOffset: 5, byteLength: 0 });
    assert.deepEqual(file.dirtyRanges(), []);
  });

  test("threads write to shared memory, and what they wrote is known", async () => {
    const file = subject.open(subject.path(Buffer.alloc(32 * pageSize, 65)));
    if (!file.shared) return;
    const worker = new Worker(
      `const { workerData: { buffer, pageSize } } = require("node:worker_threads");
      const bytes = new Uint8Array(buffer);
      for (let page = 0; page < 64; page += 2) bytes[page * pageSize] = 1;`,
      { eval: true, workerData: { buffer: file.buffer, pageSize } },
    );
    await new Promise((resolve) => worker.once("exit", resolve));
    assert.equal(file.dirtyRanges().length, 32);
    assert.equal(file.byteLength, 63 * pageSize);
  });
}

function grows(subject: TrackedSubject, pages: Pages): void {
  test("writing past the end makes the file longer, in page steps, when it is committed", () => {
    const path = subject.path(Buffer.alloc(100, 65));
    const file = subject.open(path);
    const bytes = file.bytes();
    bytes[10 * pageSize + 5] = 7;
    assert.equal(file.byteLength, 11 * pageSize);
    assert.equal(file.fileByteLength, 100);
    assert.deepEqual(file.dirtyRanges(), pages([10, 1]));
    file.commitSync();
    const data = fs.readFileSync(path);
    assert.equal(data.length, 11 * pageSize);
    assert.equal(data.indexOf(0), 100);
    assert.equal(data[10 * pageSize + 5], 7);
    assert.equal(file.fileByteLength, 11 * pageSize);
    // Zeros, too.
    bytes[20 * pageSize] = 0;
    assert.equal(file.byteLength, 21 * pageSize);
  });

  test("reading past the end gives zeros, and leaves the file as long as it is", () => {
    const path = subject.path("short");
    const file = subject.open(path);
    const bytes = file.bytes(0, 2000 * pageSize);
    let sum = 0;
    for (let at = pageSize; at < bytes.length; at += pageSize) sum += bytes[at] as number;
    assert.equal(sum, 0);
    assert.deepEqual(file.dirtyRanges(), []);
    assert.equal(file.byteLength, 5);
    bytes[0] = 83;
    file.close();
    assert.equal(fs.readFileSync(path, "utf8"), "Short");
  });

  test("in its last page the file ends where it did, unless it is written past that", () => {
    const path = subject.path("twelve bytes");
    const file = subject.open(path);
    const bytes = file.bytes();
    bytes[0] = 84;
    assert.equal(file.byteLength, 12);
    file.commitSync();
    assert.equal(fs.readFileSync(path, "utf8"), "Twelve bytes");
    bytes[12] = 33;
    assert.equal(file.byteLength, pageSize);
    file.commitSync({ byteLength: 13 });
    assert.equal(fs.readFileSync(path, "utf8"), "Twelve bytes!");
    bytes[20] = 33;
    file.commitSync();
    assert.equal(fs.statSync(path).size, pageSize);
  });

  test("a file never gets longer than its reservation, whatever that is", () => {
    const path = subject.path();
    const maxByteLength = 3 * pageSize + 77;
    const file = subject.open(path, { create: true, maxByteLength });
    const bytes = file.bytes();
    assert.equal(bytes.length, maxByteLength);
    bytes[maxByteLength - 1] = 7;
    assert.equal(file.byteLength, maxByteLength);
    assert.deepEqual(file.dirtyRanges(), [{ byteOffset: 3 * pageSize, byteLength: 77 }]);
    file.close();
    assert.equal(fs.statSync(path).size, maxByteLength);
  });
}

function isLong(subject: TrackedSubject): void {
  test("100 GiB of sparse file cost what is written to them", () => {
    const path = subject.path("");
    const byteLength = 100 * 2 ** 30;
    fs.truncateSync(path, byteLength);
    const file = subject.open(path, { maxByteLength: 2 ** 38 });
    // Windows: Node 20 has no longer ones.
    for (const at of [
      0,
      2 ** 32 + 5,
      50 * 2 ** 30 + 1,
      byteLength - 1,
      byteLength + 9 * pageSize,
    ]) {
      file.bytes(at, 1)[0] = 42;
    }
    assert.equal(file.dirtyRanges().length, 5);
    file.commitSync();
    assert.equal(fs.statSync(path).size, byteLength + 10 * pageSize);
    assert.ok(fs.statSync(path).blocks * 512 < 2 ** 20);
    assert.equal(file.bytes(50 * 2 ** 30 + 1, 1)[0], 42);
    const fd = fs.openSync(path, "r");
    const byte = Buffer.alloc(1);
    fs.readSync(fd, byte, 0, 1, byteLength - 1);
    fs.closeSync(fd);
    assert.equal(byte[0], 42);
  });

  test("very many scattered pages need few map entries, are all known, and committed", () => {
    const path = subject.path("");
    const file = subject.open(path, { maxByteLength: 2 ** 33 });
    const count = 10_000;
    const bytes = file.bytes(0, count * 3 * pageSize);
    for (let index = 0; index < count; index++) {
      // Neither in order nor side by side.
      const page = ((index * 7919) % count) * 3;
      bytes[page * pageSize + (index % pageSize)] = 1 + (index % 255);
    }
    const entries = fs.readFileSync("/proc/self/maps", "latin1").split("\n").length;
    assert.ok(entries < 10_000, `${entries} map entries`);
    assert.equal(file.dirtyRanges().length, count);
    file.commitSync({ durable: false });
    assert.deepEqual(file.dirtyRanges(), []);
    const fd = fs.openSync(path, "r");
    const byte = Buffer.alloc(1);
    for (let index = 0; index < count; index++) {
      const page = ((index * 7919) % count) * 3;
      fs.readSync(fd, byte, 0, 1, page * pageSize + (index % pageSize));
      if (byte[0] !== 1 + (index % 255)) assert.fail(`page ${page} has ${byte[0]}`);
    }
    fs.closeSync(fd);
  });
}
