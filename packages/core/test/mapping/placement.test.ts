// Which part of which file is mapped: offsets within pages, nothing, devices, beyond 4 GiB.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { ArgumentRangeError, Mapping, NotMappableError, pageSize } from "@tidemark/core";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";
import { longestBuffer } from "#core/mapping/windows.js";

const gibibyte = 2 ** 30;
/** Node 20: the longest buffer is 4 GiB. */
const isNarrow = longestBuffer <= 4 * gibibyte;

function patternedFile(byteLength: number): { readonly file: string; readonly bytes: Buffer } {
  const file = temporaryPath();
  const bytes = Buffer.alloc(byteLength);
  for (let index = 0; index < byteLength; index++) bytes[index] = index * 31 + (index >> 8);
  fs.writeFileSync(file, bytes);
  return { file, bytes };
}

function sparseFile(byteLength: number): string {
  const file = temporaryPath();
  fs.writeFileSync(file, "");
  fs.truncateSync(file, byteLength);
  return file;
}

function readAt(file: string, byteOffset: number, byteLength: number): string {
  const bytes = Buffer.alloc(byteLength);
  const fd = fs.openSync(file, "r");
  fs.readSync(fd, bytes, 0, byteLength, byteOffset);
  fs.closeSync(fd);
  return bytes.toString();
}

function writeAt(file: string, byteOffset: number, text: string): void {
  const fd = fs.openSync(file, "r+");
  fs.writeSync(fd, text, byteOffset);
  fs.closeSync(fd);
}

test("any range of a file is shown exactly, and written exactly", () => {
  const { file, bytes } = patternedFile(4 * pageSize + 123);
  const range = fc
    .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  const property = fc.property(range, fc.nat(255), ([start, end], value) => {
    using mapping = Mapping.openFile(file, {
      access: "read-write",
      byteOffset: start,
      byteLength: end - start,
    });
    assert.equal(mapping.byteLength, end - start);
    assert.equal(mapping.buffer.byteLength, end - start);
    assert.ok(bytes.subarray(start, end).equals(mapping.bytes()));
    mapping.bytes().fill(value);
    bytes.fill(value, start, end);
    assert.ok(bytes.equals(fs.readFileSync(file)), "only the range changed");
    mapping.flushSync();
  });
  fc.assert(property, { numRuns: 60 });
});

test("atomics and every typed array work where their elements are aligned", () => {
  const { file, bytes } = patternedFile(2 * pageSize);
  using mapping = Mapping.openFile(file, { access: "read-write", byteOffset: 8 });
  assert.equal(new Float64Array(mapping.buffer).length, (bytes.length - 8) / 8);
  assert.equal(new BigInt64Array(mapping.buffer)[0], bytes.readBigInt64LE(8));
  Atomics.store(new Int32Array(mapping.buffer), 1, 0x01020304);
  assert.equal(fs.readFileSync(file).readInt32LE(12), 0x01020304);
});

test("without byteLength the mapping goes to the end of the file", () => {
  const { file, bytes } = patternedFile(pageSize + 10);
  using mapping = Mapping.openFile(file, { byteOffset: pageSize + 3 });
  assert.deepEqual([...mapping.bytes()], [...bytes.subarray(pageSize + 3)]);
});

test("a file is named by text, bytes, URL or descriptor; offsets may be bigints", () => {
  const { file, bytes } = patternedFile(pageSize);
  const fd = fs.openSync(file, "r");
  for (const reference of [file, Buffer.from(file), pathToFileURL(file), fd]) {
    using mapping = Mapping.openFile(reference, { byteOffset: 100n, byteLength: 50n });
    assert.ok(bytes.subarray(100, 150).equals(mapping.bytes()));
    assert.deepEqual([...mapping.bytes(10n, 2n)], [...bytes.subarray(110, 112)]);
  }
  fs.closeSync(fd);
});

test("a descriptor stays the caller's, and closing it harms no mapping", () => {
  const { file, bytes } = patternedFile(pageSize);
  const fd = fs.openSync(file, "r");
  const first = Mapping.openFile(fd);
  const second = Mapping.openFile(fd);
  first.close();
  assert.equal(fs.fstatSync(fd).size, bytes.length);
  fs.closeSync(fd);
  assert.ok(bytes.equals(second.bytes()));
  second.close();
});

for (const shared of [false, true]) {
  test(`an empty file maps to nothing, usable in every way (shared: ${shared})`, async () => {
    const file = sparseFile(0);
    const mapping = Mapping.openFile(file, { access: "read-write", shared });
    assert.equal(mapping.byteLength, 0);
    assert.equal(mapping.bytes().length, 0);
    assert.equal(mapping.buffer.byteLength, 0);
    assert.equal(mapping.buffer instanceof SharedArrayBuffer, shared);
    await mapping.flush();
    mapping.flushSync();
    mapping.protect({}, "read");
    mapping.advise(undefined, "random");
    mapping.prefetch({}, { write: true });
    mapping.lock();
    mapping.unlock();
    mapping.release({});
    mapping.punchHole({});
    assert.equal(mapping.residency().pageCount, 0);
    assert.throws(() => mapping.bytes(0, 1), ArgumentRangeError);
    assert.throws(() => mapping.handle(), { code: "ERR_TIDEMARK_UNSUPPORTED" });
    mapping.check();
    assert.deepEqual([...mapping.faults], []);
    mapping.close();
    mapping.close();
    assert.equal(mapping.closed, true);
    assert.throws(() => mapping.bytes(), { code: "ERR_TIDEMARK_CLOSED" });
  });
}

test("a mapping may start at the end of its file, but not behind it", () => {
  const { file } = patternedFile(100);
  using mapping = Mapping.openFile(file, { byteOffset: 100 });
  assert.equal(mapping.byteLength, 0);
  assert.throws(() => Mapping.openFile(file, { byteOffset: 101 }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
    message: /at most 100/,
  });
});

test("a shared buffer starts where a page does", () => {
  const { file, bytes } = patternedFile(2 * pageSize);
  assert.throws(() => Mapping.openFile(file, { byteOffset: 1, shared: true }), ArgumentRangeError);
  using mapping = Mapping.openFile(file, { byteOffset: pageSize, byteLength: 99, shared: true });
  assert.ok(bytes.subarray(pageSize, pageSize + 99).equals(mapping.bytes()));
});

test("a device that can be mapped is, with its length given", { skip: requires("linux") }, () => {
  using zeros = Mapping.openFile("/dev/zero", { byteLength: 3 * pageSize });
  assert.ok(zeros.bytes().every((byte) => byte === 0));
  using scratch = Mapping.openFile("/dev/zero", { access: "copy-on-write", byteLength: 10 });
  scratch.bytes().fill(9);
  assert.equal(scratch.bytes()[9], 9);
  assert.throws(() => Mapping.openFile("/dev/zero"), NotMappableError);
  assert.throws(() => Mapping.openFile("/dev/null", { byteLength: pageSize }), {
    code: "ERR_TIDEMARK_UNSUPPORTED",
    errnoName: "ENODEV",
  });
});

test("a block device is mapped like a file", {
  skip: requires("linux", "root", "mount:ext4"),
}, () => {
  const { file, bytes } = patternedFile(16 * pageSize);
  const made = spawnSync("losetup", ["--find", "--show", file], { encoding: "utf8" });
  const device = made.stdout.trim();
  assert.equal(made.status, 0, made.stderr);
  try {
    assert.throws(() => Mapping.openFile(device), NotMappableError);
    using mapping = Mapping.openFile(device, { byteOffset: 10, byteLength: pageSize });
    assert.ok(bytes.subarray(10, 10 + pageSize).equals(mapping.bytes()));
  } finally {
    spawnSync("losetup", ["--detach", device]);
  }
});

test("offsets over 2^32 reach the right bytes", () => {
  const file = sparseFile(9 * gibibyte);
  const far = 8 * gibibyte + 4097;
  writeAt(file, far, "far away");
  for (const byteOffset of [far, BigInt(far)]) {
    using mapping = Mapping.openFile(file, { access: "read-write", byteOffset, byteLength: 100 });
    assert.equal(Buffer.from(mapping.bytes(0, 8)).toString(), "far away");
    mapping.bytes(8).set(Buffer.from(", written"));
  }
  assert.equal(readAt(file, far, 17), "far away, written");
  assert.equal(readAt(file, far % 2 ** 32, 8), "\0\0\0\0\0\0\0\0", "nothing wrapped");
});

test("a mapping over 4 GiB shows every part of itself", () => {
  const file = sparseFile(9 * gibibyte + 5);
  const border = 4 * gibibyte;
  using mapping = Mapping.openFile(file, { access: "read-write" });
  assert.equal(mapping.byteLength, 9 * gibibyte + 5);
  for (const byteOffset of [0, 2, 4, 6, 8, 9].map((count) => count * gibibyte)) {
    const start = Math.max(0, byteOffset - 3);
    const byteLength = Math.min(8, mapping.byteLength - start);
    const text = `at ${byteOffset / gibibyte} GiB`.slice(0, byteLength).padEnd(byteLength);
    mapping.bytes(start, byteLength).set(Buffer.from(text));
    assert.equal(readAt(file, start, byteLength), text);
    assert.equal(Buffer.from(mapping.bytes(BigInt(start), byteLength)).toString(), text);
  }
  // A long view and a short one over the same bytes, which on Node 20 come from two buffers.
  const long = mapping.bytes(border - gibibyte, 2 * gibibyte);
  const short = mapping.bytes(border, 1);
  long[gibibyte] = 77;
  assert.equal(short[0], 77);
  assert.equal(mapping.bytes(9 * gibibyte + 4).length, 1);
  assert.throws(() => mapping.bytes(9 * gibibyte + 5, 1), ArgumentRangeError);
  if (isNarrow) {
    assert.throws(() => mapping.buffer, {
      code: "ERR_TIDEMARK_ARGUMENT_RANGE",
      message: /bytes\(/,
    });
    assert.throws(() => mapping.bytes(), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  } else {
    assert.equal(mapping.buffer.byteLength, mapping.byteLength);
    assert.equal(mapping.bytes()[border], 77);
  }
  const views = [long, short];
  mapping.close();
  assert.deepEqual(
    views.map((view) => view.length),
    [0, 0],
    "every window is empty after close",
  );
});

test("views up to half the longest buffer are possible anywhere", {
  skip: !isNarrow && "this Node has long buffers",
}, () => {
  using mapping = Mapping.openFile(sparseFile(13 * gibibyte));
  const offset = fc.nat(13 * gibibyte);
  const property = fc.property(offset, fc.nat(2 * gibibyte), (byteOffset, byteLength) => {
    const fitting = Math.min(byteLength, mapping.byteLength - byteOffset);
    assert.equal(mapping.bytes(byteOffset, fitting).length, fitting);
  });
  fc.assert(property, { numRuns: 100 });
  assert.throws(() => mapping.bytes(gibibyte, 4 * gibibyte), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
    message: /at most 3221225472 at byteOffset 1073741824/,
  });
});

test("anonymous memory over 4 GiB is one mapping", () => {
  using mapping = Mapping.anonymous(5 * gibibyte);
  const across = mapping.bytes(4 * gibibyte - 4, 8);
  across.set([1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([...mapping.bytes(4 * gibibyte, 4)], [5, 6, 7, 8]);
  assert.equal(mapping.bytes(5 * gibibyte - 1)[0], 0);
});

test("shared memory over 4 GiB works, or says which Node it needs", () => {
  const make = (byteLength: number): Mapping =>
    Mapping.anonymous(byteLength, { sharing: "shared" });
  using almost = make(4 * gibibyte - pageSize);
  almost.bytes(almost.byteLength - 1)[0] = 5;
  assert.equal(new Uint8Array(almost.buffer).at(-1), 5);
  if (isNarrow) {
    assert.throws(() => make(5 * gibibyte), {
      code: "ERR_TIDEMARK_UNSUPPORTED",
      message: /Node 22/,
    });
    return;
  }
  using mapping = make(5 * gibibyte);
  mapping.bytes(4 * gibibyte - 2, 4).set([1, 2, 3, 4]);
  assert.deepEqual([...mapping.bytes(4 * gibibyte, 2)], [3, 4]);
});
