// What a heap does for one program: allocations, names, growth, and what it refuses.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { GrowingFile, Mapping, pageSize, TidemarkError } from "@tidemark/core";
import { Heap, List } from "@tidemark/core/heap";
import { temporaryPath } from "@tidemark/testing/temporary.js";

// biome-ignore lint/suspicious/noExplicitAny: to pass what the types forbid.
type Any = any;

const mebibyte = 2 ** 20;

function assertSound(heap: Heap): void {
  assert.deepEqual(heap.check(), []);
}

test("allocations keep what is written to them, until they are freed", () => {
  using mapping = Mapping.anonymous(mebibyte);
  const heap = Heap.create(mapping);
  const all = [0, 1, 15, 16, 17, 100, 4096, 100_000].map((byteLength) => {
    const at = heap.allocate(byteLength);
    assert.equal(at % 16, 0);
    assert.equal(heap.byteLengthOf(at), byteLength);
    heap.bytes(at).fill(byteLength);
    return { byteOffset: at, byteLength };
  });
  assertSound(heap);
  for (const { byteOffset, byteLength } of all) {
    assert.ok(heap.bytes(byteOffset).every((byte) => byte === (byteLength & 0xff)));
  }
  assert.deepEqual(heap.allocations(), all);
  for (const { byteOffset } of all) heap.free(byteOffset);
  assertSound(heap);
  assert.equal(heap.usage.allocationCount, 0);
  assert.equal(heap.usage.allocatedByteLength, 0);
  // All of it is one piece again.
  heap.free(heap.allocate(heap.usage.byteLength - 4096 - 64));
});

test("an allocation is aligned as asked for, and zero where that is asked for", () => {
  using mapping = Mapping.anonymous(64 * mebibyte);
  const heap = Heap.create(mapping);
  const kept: number[] = [];
  for (let alignment = 1; alignment <= mebibyte; alignment *= 2) {
    for (const byteLength of [1, 24, 5000]) {
      const at = heap.allocate(byteLength, { alignment });
      assert.equal(at % alignment, 0);
      heap.bytes(at).fill(0xff);
      kept.push(at);
      assertSound(heap);
    }
  }
  for (const at of kept) heap.free(at);
  assertSound(heap);
  assert.ok(heap.bytes(heap.allocate(100_000, { zero: true })).every((byte) => byte === 0));
});

test("reallocation keeps the contents, in place and elsewhere", () => {
  using mapping = Mapping.anonymous(mebibyte);
  const heap = Heap.create(mapping);
  const first = heap.allocate(1000);
  const second = heap.allocate(1000);
  heap.bytes(first).forEach((_, index, bytes) => {
    bytes[index] = index;
  });
  const lengths = [1001, 500, 17, 0, 900, 40_000, 39_990, 100];
  let at = first;
  let known = 1000;
  for (const byteLength of lengths) {
    at = heap.reallocate(at, byteLength);
    assert.equal(heap.byteLengthOf(at), byteLength);
    known = Math.min(known, byteLength);
    const bytes = heap.bytes(at);
    for (let index = 0; index < known; index++) assert.equal(bytes[index], index & 0xff);
    assertSound(heap);
  }
  // Next to free memory it grows where it is.
  heap.free(second);
  assert.equal(heap.reallocate(at, 120), at);
  assert.throws(() => heap.reallocate(at, 2 * mebibyte), { code: "ERR_TIDEMARK_HEAP_FULL" });
  assert.equal(heap.byteLengthOf(at), 120);
  assertSound(heap);
});

test("freeing twice, or what was never allocated, is an error, and changes nothing", () => {
  using mapping = Mapping.anonymous(mebibyte);
  const heap = Heap.create(mapping);
  const kept = heap.allocate(1000);
  // What looks like headers inside an allocation is none.
  heap.bytes(kept).set(mapping.bytes(kept - 16, 16), 32);
  const freed = heap.allocate(100);
  heap.setRoot("root", kept);
  const list = List.create(heap);
  const element = list.add(new Uint8Array(10));
  heap.free(freed);
  const before = heap.usage;
  const wild = [freed, kept + 16, kept + 48, kept + 1, kept - 16, 0, 16, 4096, mebibyte, 2 ** 45];
  for (const offset of [...wild, list.byteOffset, element, element - 16]) {
    for (const use of [
      () => heap.free(offset),
      () => heap.reallocate(offset, 10),
      () => heap.bytes(offset),
      () => heap.byteLengthOf(offset),
      () => heap.free(BigInt(offset)),
    ]) {
      assert.throws(use, { code: "ERR_TIDEMARK_HEAP_OFFSET", byteOffset: offset }, `${offset}`);
    }
  }
  assert.throws(() => heap.free(freed), /freed already/);
  for (const offset of [-16, 0.5, Number.NaN, "5", null, undefined, {}, -1n, 2n ** 70n]) {
    assert.throws(() => heap.free(offset as Any), TidemarkError);
    assert.throws(() => heap.bytes(offset as Any), TidemarkError);
  }
  assert.deepEqual(heap.usage, before);
  assertSound(heap);
});

test("arguments that cannot be are refused", () => {
  using mapping = Mapping.anonymous(mebibyte);
  const heap = Heap.create(mapping);
  for (const byteLength of [-1, 0.5, Number.NaN, 2 ** 36, 2 ** 60, "5", null, undefined, {}, -1n]) {
    assert.throws(() => heap.allocate(byteLength as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  }
  for (const alignment of [0, 3, -16, 2 ** 21, "16", Number.NaN, 1.5]) {
    assert.throws(() => heap.allocate(1, { alignment: alignment as Any }), {
      code: /^ERR_TIDEMARK_ARGUMENT/,
    });
  }
  assert.throws(() => heap.allocate(1, { zero: 1 as Any }), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  assert.throws(() => heap.allocate(1, { other: 1 } as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  for (const name of [5, null, "x".repeat(1025), "\ud800"]) {
    assert.throws(() => heap.setRoot(name as Any, 1), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  }
  for (const value of [null, {}, "x", new Uint8Array(mebibyte)]) {
    assert.throws(() => Heap.create(value as Any), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
    assert.throws(() => Heap.open(value as Any), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
    assert.throws(() => List.create(value as Any), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
  }
  assert.throws(() => new (Heap as Any)(), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
  using short = Mapping.anonymous(pageSize);
  assert.throws(() => Heap.create(short), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  assert.throws(() => Heap.create(mapping), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  assert.equal(Heap.create(mapping, { overwrite: true }).usage.allocationCount, 0);
});

test("a full heap says so, and has room again when something is freed", () => {
  using mapping = Mapping.anonymous(256 * 1024);
  const heap = Heap.create(mapping);
  const all: number[] = [];
  const fill = (): void => {
    for (;;) all.push(heap.allocate(100));
  };
  assert.throws(fill, { code: "ERR_TIDEMARK_HEAP_FULL" });
  const { length } = all;
  assert.ok(length * 128 > 0.97 * (256 * 1024 - 4096), `${length} allocations`);
  assertSound(heap);
  assert.throws(() => heap.setRoot("no room for a name".repeat(9), 5), {
    code: "ERR_TIDEMARK_HEAP_FULL",
  });
  heap.free(all[7] as number);
  all[7] = heap.allocate(100);
  assert.throws(() => heap.allocate(100), { code: "ERR_TIDEMARK_HEAP_FULL" });
  for (const at of all) heap.free(at);
  assertSound(heap);
  heap.free(heap.allocate(250 * 1024));
  // To the last byte, also where the longest piece is not of the class that is looked in first.
  const largest = heap.usage.byteLength - 4096 - 32;
  heap.free(heap.allocate(largest));
  assert.throws(() => heap.allocate(largest + 1), { code: "ERR_TIDEMARK_HEAP_FULL" });
  heap.free(heap.allocate(largest));
});

test("names lead to offsets, and are found again", () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 30 });
  const heap = Heap.create(file);
  const names = ["", "a", "ä".repeat(512), "root"];
  for (const [index, name] of names.entries()) heap.setRoot(name, index);
  heap.setRoot("a", 2 ** 53 - 1);
  assert.equal(heap.getRoot("a"), 2 ** 53 - 1);
  assert.equal(heap.getRoot("b"), undefined);
  assert.equal(heap.deleteRoot("root"), true);
  assert.equal(heap.deleteRoot("root"), false);
  assertSound(heap);
  file.close();
  using mapping = Mapping.openFile(path, { access: "read-write" });
  const again = Heap.open(mapping);
  assert.deepEqual(Object.fromEntries(again.roots()), {
    "": 0,
    a: 2 ** 53 - 1,
    ["ä".repeat(512)]: 2,
  });
  for (const name of again.roots().keys()) again.deleteRoot(name);
  assert.equal(again.usage.allocationCount, 0);
  assertSound(again);
});

test("in a growing file it grows with the file, and is whole when that is trimmed", () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 32 });
  const heap = Heap.create(file);
  const all = Array.from({ length: 2000 }, (_, index) => heap.allocate(index * 7));
  const zeros = heap.allocate(300_000);
  assert.ok(file.fileByteLength >= heap.usage.byteLength);
  file.close();
  assert.ok(fs.statSync(path).size >= zeros + 300_000);
  using reopened = GrowingFile.open(path, { maxByteLength: 2 ** 32 });
  const again = Heap.open(reopened);
  assertSound(again);
  assert.deepEqual(
    again.allocations().map(({ byteOffset }) => byteOffset),
    [...all, zeros],
  );
  again.allocate(10_000_000);
  assertSound(again);
});

test("it reaches past 4 GiB", () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 40, growth: { minStep: 2 ** 20 } });
  fs.rmSync(path);
  const heap = Heap.create(file);
  const gap = heap.allocate(16);
  // A sparse file: what is between is never touched.
  const memory = (heap as Any).mapping as GrowingFile;
  assert.equal(memory, file);
  heap.free(gap);
  const huge = hugeAllocation(heap);
  const far = heap.allocate(1000);
  assert.ok(far > 2 ** 32);
  heap.bytes(far).fill(9);
  assert.equal(heap.bytes(far)[999], 9);
  assertSound(heap);
  heap.free(huge);
  heap.free(far);
  assertSound(heap);
  file.close({ trim: false });
});

/** More than 4 GiB, without having the disk promise them all. */
function hugeAllocation(heap: Heap): number {
  const file = heap.mapping as GrowingFile;
  const ensure = file.ensure;
  // The file is extended past a hole instead.
  file.ensure = (end) => {
    file.bytes(Number(end) - 1, 1)[0] = 0;
  };
  try {
    return heap.allocate(2 ** 32 + 2 ** 20);
  } finally {
    file.ensure = ensure;
  }
}

test("a foreign file, another format and a file cut short are errors", () => {
  const path = temporaryPath();
  const opening = (): Heap => {
    const mapping = Mapping.openFile(path, { access: "read-write" });
    try {
      return Heap.open(mapping);
    } finally {
      mapping.close();
    }
  };
  for (const content of [Buffer.alloc(8192), Buffer.alloc(9000, 7), Buffer.alloc(8192, "TMHE")]) {
    fs.writeFileSync(path, content);
    assert.throws(opening, { code: "ERR_TIDEMARK_HEAP_CORRUPT" });
  }
  fs.writeFileSync(path, "short");
  assert.throws(opening, { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  fs.rmSync(path);
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 20 });
  Heap.create(file).allocate(100_000);
  file.close();
  const whole = fs.readFileSync(path);
  fs.truncateSync(path, 20_000);
  assert.throws(opening, { code: "ERR_TIDEMARK_HEAP_CORRUPT", message: /cut short/ });
  whole.writeUInt32LE(2, 8);
  fs.writeFileSync(path, whole);
  assert.throws(opening, { code: "ERR_TIDEMARK_HEAP_CORRUPT", message: /format 2/ });
  whole.writeUInt32LE(1, 8);
  fs.writeFileSync(path, whole);
  opening();
  using readOnly = Mapping.openFile(path);
  assert.throws(() => Heap.open(readOnly), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
});

test("a mapping that does not grow with the heap is told so", () => {
  const path = temporaryPath();
  using file = GrowingFile.create(path, { maxByteLength: 2 ** 30 });
  const heap = Heap.create(file);
  const at = heap.allocate(100);
  using fixed = Mapping.openFile(path, { access: "read-write" });
  const short = Heap.open(fixed);
  assert.equal(short.byteLengthOf(at), 100);
  const far = heap.allocate(100_000_000);
  for (const use of [() => short.allocate(1), () => short.bytes(at), () => Heap.open(fixed)]) {
    assert.throws(use, { code: "ERR_TIDEMARK_HEAP_CORRUPT", message: /GrowingFile|cut short/ });
  }
  assert.equal(short.check().length, 1);
  heap.free(far);
  assertSound(heap);
});

test("in a copy-on-write mapping a heap is the program's own", () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 20 });
  const heap = Heap.create(file);
  const at = heap.allocate(1000);
  const list = List.create(heap);
  list.add(Buffer.from("theirs"));
  const before = heap.allocations();
  const copy = Mapping.openFile(path, { access: "copy-on-write" });
  const own = Heap.open(copy);
  own.free(at);
  own.bytes(own.allocate(500)).fill(1);
  const ownList = List.open(own, list.byteOffset);
  assert.throws(() => ownList.visit(() => own.allocate(1)), { code: "ERR_TIDEMARK_MISUSE" });
  assert.equal(Buffer.from(ownList.takeFirst() ?? []).toString(), "theirs");
  assertSound(own);
  assert.deepEqual(heap.allocations(), before);
  assert.equal(list.length, 1);
  copy.close();
  assert.throws(() => own.allocate(1), { code: "ERR_TIDEMARK_CLOSED" });
  file.close();
});

test("check names what was overwritten, and where", () => {
  using mapping = Mapping.anonymous(mebibyte);
  const heap = Heap.create(mapping);
  const [first, second, third] = [heap.allocate(64), heap.allocate(64), heap.allocate(64)];
  heap.free(second);
  const words = new Uint32Array(mapping.buffer);
  const spoil = (byteOffset: number, by: number): readonly { byteOffset: number }[] => {
    const was = words[byteOffset / 4] as number;
    words[byteOffset / 4] = was ^ by;
    const problems = heap.check();
    words[byteOffset / 4] = was;
    assertSound(heap);
    return problems;
  };
  const header = (at: number): number => at - 16;
  for (const [place, at] of [
    [header(first) + 8, header(first)],
    [header(first) + 12, header(first)],
    [header(second) + 4, header(second)],
    [header(second) + 20, header(second)],
    [header(third) + 4, header(third)],
    [header(third) + 8, header(third)],
  ] as const) {
    const problems = spoil(place, 0x4000);
    assert.ok(
      problems.some(({ byteOffset }) => byteOffset === at),
      `byte ${place}: ${JSON.stringify(problems)}`,
    );
  }
  for (const place of [12, 24, 28, 256, 260, header(first), header(second)])
    assert.ok(spoil(place, 2).length > 0, `byte ${place}`);
});

test("a heap in a closed mapping throws, whatever is asked of it", () => {
  const mapping = Mapping.anonymous(mebibyte);
  const heap = Heap.create(mapping);
  const at = heap.allocate(10);
  const list = List.create(heap);
  mapping.close();
  for (const use of [
    () => heap.allocate(1),
    () => heap.free(at),
    () => heap.reallocate(at, 1),
    () => heap.bytes(at),
    () => heap.byteLengthOf(at),
    () => heap.check(),
    () => heap.usage,
    () => heap.allocations(),
    () => heap.roots(),
    () => heap.setRoot("a", 1),
    () => heap.getRoot("a"),
    () => heap.deleteRoot("a"),
    () => list.add(new Uint8Array(1)),
    () => list.length,
    () => list.visit(() => true),
    () => list.takeFirst(),
    () => list.remove(at),
    () => list.free(),
    () => List.create(heap),
    () => Heap.open(mapping),
    () => Heap.create(mapping),
  ]) {
    assert.throws(use, { code: "ERR_TIDEMARK_CLOSED" }, String(use));
  }
});
