// Files of records: their header tells another layout, another version, damage, and strangers.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { GrowingFile, Mapping, pageSize } from "@tidemark/core";
import { float64, int32, int64, RecordLayoutError, record, uint8 } from "@tidemark/core/records";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";

const Point = record({ x: float64, y: int32 }, { name: "Point" });

test("what was created is opened again", () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 20 });
  const points = Point.create(file, { length: 1000 });
  points.get(999).y = 7;
  file.close();
  using mapping = Mapping.openFile(path);
  const opened = Point.open(mapping);
  assert.equal(opened.length, 1000);
  assert.equal(opened.get(999).y, 7);
  assert.equal(opened.byteOffset % 64, 0);
  assert.throws(() => Point.create(mapping), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
});

test("records that are all zero are there again, and a file that was cut short is refused", () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 30 });
  Point.create(file, { length: 10_000 });
  file.close();
  const mapping = Mapping.openFile(path);
  const points = Point.open(mapping);
  assert.equal(points.length, 10_000);
  assert.equal(points.get(9_999).y, 0);
  mapping.close();
  const end = points.byteOffset + 10_000 * Point.byteLength;
  for (const length of [end + 7, end, 5000]) {
    fs.truncateSync(path, length);
    using cut = Mapping.openFile(path);
    assert.throws(() => Point.open(cut), { code: "ERR_TIDEMARK_RECORD_LAYOUT" });
  }
});

test("another layout or version is an error that shows both", () => {
  using mapping = Mapping.anonymous(pageSize);
  Point.create(mapping, { length: 3 });
  const others = [
    record({ x: float64, y: int64 }, { name: "Point" }),
    record({ y: int32, x: float64 }, { name: "Point" }),
    record({ x: float64, z: int32 }, { name: "Point" }),
    record({ x: float64, y: int32 }, { name: "Dot" }),
    record({ x: float64, y: int32 }, { name: "Point", packed: true }),
    record({ x: float64, y: int32 }, { name: "Point", version: 2 }),
  ];
  for (const other of others) {
    assert.throws(
      () => other.open(mapping),
      (error: RecordLayoutError) => {
        assert.ok(error instanceof RecordLayoutError);
        assert.equal(error.code, "ERR_TIDEMARK_RECORD_LAYOUT");
        assert.equal(error.stored, `version 1 of ${Point.layout}`);
        assert.equal(error.expected, `version ${other.version} of ${other.layout}`);
        assert.ok(error.message.includes(error.stored) && error.message.includes(error.expected));
        return true;
      },
    );
  }
  assert.equal(record({ x: float64, y: int32 }, { name: "Point" }).open(mapping).length, 3);
});

test("memory without a header is refused, and so is a second header over the first", () => {
  for (const content of [
    "",
    "TMRECORD",
    "TMRECOR",
    "%PDF-1.7 and more than a header's length of it".repeat(3),
  ]) {
    const path = temporaryPath();
    fs.writeFileSync(path, content);
    using mapping = Mapping.openFile(path, { access: "read-write" });
    assert.throws(() => Point.open(mapping), { code: "ERR_TIDEMARK_RECORD_LAYOUT" });
    assert.throws(() => Point.create(mapping), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  }
  using mapping = Mapping.anonymous(pageSize);
  Point.create(mapping);
  assert.throws(() => Point.create(mapping), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
    message: /open/,
  });
  const Byte = record({ b: uint8 });
  assert.equal(Byte.create(mapping, { overwrite: true, length: 5 }).length, 5);
  assert.equal(Byte.open(mapping).length, 5);
  assert.throws(() => Byte.create(mapping, { byteOffset: 1024, length: pageSize }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
});

test("no change to a header's bytes passes for the header, nor does any crash", () => {
  const size = 512;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (changes) => {
        const memory = new Uint8Array(size);
        const points = Point.create(memory, { length: 2 });
        const { byteOffset } = points;
        const before = memory.slice(0, byteOffset);
        for (const [at, by] of changes) memory[at] = ((memory[at] ?? 0) + by) & 0xff;
        let count: number;
        try {
          count = Point.open(memory).length;
        } catch (error) {
          assert.ok(error instanceof RecordLayoutError, String(error));
          return;
        }
        // What opened has the same layout; only how many and what is never read may differ.
        assert.ok(count * Point.byteLength <= size - byteOffset);
        before[32] = memory[32] ?? 0;
        assert.equal(Buffer.compare(before.subarray(0, 12), memory.subarray(0, 12)), 0);
        assert.equal(Buffer.compare(before.subarray(16, 24), memory.subarray(16, 24)), 0);
      },
    ),
    { numRuns: 5000 },
  );
});
