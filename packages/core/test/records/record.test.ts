// Records in memory: where they are found, how they move, what their types say, how they close.

import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingFile, Mapping, pageSize } from "@tidemark/core";
import {
  array,
  atomic,
  bytes,
  float64,
  int32,
  int64,
  type RecordOf,
  record,
  text,
  uint8,
  uint32,
  uint64,
} from "@tidemark/core/records";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { makeRecordClass } from "#core/records/accessors.js";
import { Located } from "#core/records/field.js";

// biome-ignore lint/suspicious/noExplicitAny: to pass what the types forbid.
type Any = any;

const Point = record({ x: float64, y: int32 }, { name: "Point" });

test("a description gives the types", () => {
  const GlobalId = record({
    magic: bytes(4),
    updatedAt: float64,
    value: int64,
    hits: atomic(uint32),
  });
  type Id = RecordOf<typeof GlobalId>;
  using mapping = Mapping.anonymous(pageSize);
  const id: Id = GlobalId.at(mapping, 64);
  id.magic = Buffer.from("TIDE");
  id.updatedAt = 5.5;
  id.value += 2n;
  const before: number = id.hits.add(3);
  const value: bigint = id.value;
  // @ts-expect-error a bigint is no number
  const wrong: number = id.value;
  const assign = (): void => {
    // @ts-expect-error atomics are changed by their operations
    id.hits = GlobalId.at(mapping).hits;
  };
  // @ts-expect-error there is no such field
  const missing = id.other;
  assert.deepEqual(
    [before, value, wrong, missing, typeof assign],
    [0, 2n, 2n, undefined, "function"],
  );
  assert.deepEqual(GlobalId.toPlain(id), {
    magic: new Uint8Array(Buffer.from("TIDE")),
    updatedAt: 5.5,
    value: 2n,
    hits: 3,
  });
  assert.equal(GlobalId.offsetOf("value"), 16);
});

test("layout is a table of offsets, sizes and padding", () => {
  const Outer = record({ tag: uint8, at: Point, all: array(Point, 2) }, { name: "Outer" });
  assert.equal(
    String(Outer.layout),
    [
      "Outer: 56 bytes, alignment 8",
      "offset  bytes  field     type",
      "     0      1  tag       uint8",
      "     1      7            (padding)",
      "     8     16  at        Point",
      "     8      8  at.x      float64",
      "    16      4  at.y      int32",
      "    20      4            (padding)",
      "    24     32  all       array(Point, 2)",
      "    24      8  all[0].x  float64",
      "    32      4  all[0].y  int32",
      "    36      4            (padding)",
    ].join("\n"),
  );
  assert.equal(record({ a: uint8 }, { alignment: 64 }).byteLength, 64);
  assert.equal(record({ a: uint8, b: float64 }, { packed: true }).byteLength, 9);
});

test("nested records, arrays and flags are assigned whole, or from another record", () => {
  const Line = record({ from: Point, to: Point });
  const memory = new Uint8Array(2 * Line.byteLength);
  const [first, second] = [Line.at(memory, 0), Line.at(memory, Line.byteLength)];
  first.from = { x: 1, y: 2 };
  Line.assign(first, { to: first.from });
  second.to = first.to;
  assert.deepEqual(Line.toPlain(second), { from: { x: 0, y: 0 }, to: { x: 1, y: 2 } });
  for (const value of [{ x: 1 }, null, 5, { x: 1, y: "2" }]) {
    assert.throws(
      () => {
        first.from = value as Any;
      },
      { code: /^ERR_TIDEMARK_ARGUMENT/ },
    );
  }
  assert.throws(() => Line.assign(first, { other: 1 } as Any), {
    code: "ERR_TIDEMARK_ARGUMENT_TYPE",
  });
  assert.throws(() => Line.assign({} as Any, {}), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
});

test("a cursor moves one record over all of them; get gives records that stay", () => {
  using mapping = Mapping.anonymous(pageSize);
  const points = Point.array(mapping, { byteOffset: 16, length: 100 });
  const cursor = points.cursor();
  for (let index = 0; index < points.length; index++) cursor.to(index).y = index;
  assert.equal(cursor.record, cursor.to(7));
  const seventh = points.get(7);
  cursor.to(99);
  assert.equal(seventh.y, 7);
  assert.equal(cursor.record.y, 99);
  assert.equal(Point.at(mapping, 16 + 50 * 16).y, 50);
  assert.deepEqual([...points].length, 100);
  assert.equal([...points].at(0)?.y, 99, "iteration moves one record");
  let sum = 0;
  for (const point of points) sum += point.y;
  assert.equal(sum, 4950);
  for (const index of [-1, 100, 0.5, Number.NaN, "1", 1n, Symbol("x"), undefined, 2 ** 40]) {
    assert.throws(() => cursor.to(index as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
    assert.throws(() => points.get(index as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  }
  const none = Point.array(mapping, { byteOffset: pageSize, length: 0 });
  assert.deepEqual([...none], []);
  assert.throws(() => none.cursor().to(0), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
});

test("records lie anywhere in memory far longer than a buffer", () => {
  const path = temporaryPath();
  const maxByteLength = 20 * 2 ** 30;
  const file = GrowingFile.create(path, { maxByteLength });
  const Wide = record({ first: float64, rest: array(float64, 6), last: uint64 });
  const wide = Wide.array(file, { byteOffset: 8 });
  const cursor = wide.cursor();
  // Around each place where windows meet, forwards and backwards, and at both ends.
  const places = [1, 2, 3, 4, 5, 8, 19].flatMap((gib) => {
    const index = Math.floor((gib * 2 ** 30) / Wide.byteLength);
    return [index - 2, index - 1, index, index + 1];
  });
  const all = [0, ...places, wide.length - 1];
  for (const index of all) {
    const each = cursor.to(index);
    each.first = index;
    each.last = BigInt(index);
  }
  for (const index of all.toReversed()) {
    assert.equal(cursor.to(index).first, index);
    assert.equal(wide.get(index).last, BigInt(index));
    assert.equal(Wide.at(file, 8 + index * 64).first, index);
  }
  file.close({ byteLength: 0 });
});

test("what does not lie inside, or is not aligned, is refused", () => {
  using mapping = Mapping.anonymous(pageSize);
  for (const offset of [-8, 4, pageSize, pageSize - 8, 0.5, Number.NaN, 2 ** 53, "0", null, -1n]) {
    assert.throws(() => Point.at(mapping, offset as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
    assert.throws(() => Point.array(mapping, { byteOffset: offset as Any, length: 1 }), {
      code: /^ERR_TIDEMARK_ARGUMENT/,
    });
  }
  for (const length of [-1, 257, 0.5, Number.NaN, "1", 1n]) {
    assert.throws(() => Point.array(mapping, { length: length as Any }), {
      code: /^ERR_TIDEMARK_ARGUMENT/,
    });
  }
  assert.equal(Point.at(mapping, BigInt(pageSize - 16)).y, 0);
  for (const memory of [null, {}, "x", new ArrayBuffer(100), Point, new Float64Array(100)]) {
    assert.throws(() => Point.at(memory as Any), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
  }
  assert.throws(() => Point.at(new Uint8Array(15)), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
});

test("descriptions that cannot be are refused", () => {
  const bad: readonly (() => unknown)[] = [
    () => record({}),
    () => record(null as Any),
    () => record({ x: "float64" } as Any),
    () => record({ "not an identifier": uint8 }),
    () => record({ constructor: uint8 } as Any),
    () => record({ ["__proto__"]: uint8 }),
    () => record({ '"]() {} get ["x': uint8 }),
    () => record({ x: uint8 }, { name: "not an identifier" }),
    () => record({ x: uint8 }, { name: "" }),
    () => record({ x: uint8 }, { version: -1 }),
    () => record({ x: uint8 }, { alignment: 3 }),
    () => record({ x: uint8 }, { alignment: 8192 }),
    () => record({ x: uint8 }, { packed: 1 as Any }),
    () => record({ x: uint8 }, { other: 1 } as Any),
    () => record({ x: bytes(2 ** 30), y: bytes(2 ** 30) }),
    () => bytes(0),
    () => text(-1),
    () => text(2 ** 31),
    () => array(float64, 2 ** 30),
    () => array(Object(5) as Any, 2),
  ];
  for (const describe of bad) {
    assert.throws(describe, { code: /^ERR_TIDEMARK_ARGUMENT/ }, String(describe));
  }
  // Words of the language are fine names.
  const odd = record({ class: uint8, get: uint8, $1: uint8 }, { name: "class" });
  assert.equal(odd.at(new Uint8Array(3)).class, 0);
});

test("a record of a closed mapping throws, in every kind of field", () => {
  const mapping = Mapping.anonymous(pageSize);
  const All = record({
    number: float64,
    big: int64,
    raw: bytes(4),
    name: text(8),
    long: text(100),
    list: array(int32, 2),
    texts: array(text(4), 2),
    inner: Point,
    hits: atomic(uint64),
  });
  const all = All.at(mapping);
  const cursor = All.array(mapping).cursor();
  const { list, texts, inner, hits } = all;
  mapping.close();
  const uses: readonly (() => unknown)[] = [
    () => all.number,
    () => {
      all.number = 1;
    },
    () => all.big,
    () => all.raw,
    () => {
      all.raw = new Uint8Array(4);
    },
    () => all.name,
    () => all.long,
    () => {
      all.name = "a";
    },
    () => {
      all.long = "ä";
    },
    () => list.get(0),
    () => list.set(0, 1),
    () => list.assign([1, 2]),
    () => texts.get(1),
    () => inner.x,
    () => {
      all.inner = { x: 1, y: 2 };
    },
    () => hits.load(),
    () => hits.add(1n),
    () => cursor.to(1).number,
    () => All.at(mapping),
    () => All.array(mapping).get(0),
    () => All.create(mapping),
    () => All.open(mapping),
    () => All.assign(all, { number: 1 }),
    () => All.toPlain(all),
  ];
  for (const use of uses) assert.throws(use, { code: "ERR_TIDEMARK_CLOSED" }, String(use));
});

test("without code generation from strings all is the same", async () => {
  const child = await runChild(
    `import { Mapping } from "@tidemark/core";
     import * as r from "@tidemark/core/records";
     const Point = r.record({ x: r.float64, y: r.int32 }, { name: "Point" });
     const Shape = r.record({ p: Point, list: r.array(r.int16, 3), n: r.text(5), b: r.uint8 });
     const mapping = Mapping.anonymous(4096);
     const shapes = Shape.array(mapping, { length: 3 });
     const cursor = shapes.cursor();
     for (let i = 0; i < 3; i++) Shape.assign(cursor.to(i), { p: { x: i, y: -i }, n: "n" + i });
     cursor.to(1).list.assign([1, 2, 3]);
     const errors = [() => { cursor.record.b = 256; }, () => cursor.to(3)].map((run) => {
       try { run(); } catch (error) { return error.code; }
     });
     const values = [...Array(3).keys()].map((i) => Shape.toPlain(shapes.get(i)));
     const name = shapes.get(0).p.constructor.name;
     console.log(JSON.stringify({ values, errors, name }));`,
    { execArgv: ["--disallow-code-generation-from-strings"] },
  );
  assert.deepEqual(child.json, {
    values: [0, 1, 2]
      .map((i) => ({
        p: { x: i, y: -i },
        list: i === 1 ? [1, 2, 3] : [0, 0, 0],
        n: `n${i}`,
        b: 0,
      }))
      .map((value, i) => (i === 0 ? { ...value, p: { x: 0, y: 0 } } : value)),
    errors: ["ERR_TIDEMARK_ARGUMENT_RANGE", "ERR_TIDEMARK_ARGUMENT_RANGE"],
    name: "Point",
  });
});

test("both kinds of accessors read and write the same", () => {
  const Both = record({ a: int32, p: Point, l: array(uint8, 2), t: text(4), h: atomic(uint32) });
  const classes = [true, false].map((generated) => {
    return makeRecordClass<Any>(Both.layout, Located, { generated });
  });
  const images = classes.map((made) => {
    const memory = new Uint8Array(Both.byteLength);
    const place = Both.at(memory) as Any;
    const symbols = Object.getOwnPropertySymbols(place);
    const window = place[symbols[0] as symbol];
    const object = new made(window, 0);
    object.a = -5;
    object.p.x = 1.5;
    object.l = [1, 2];
    object.t = "é";
    object.h.add(6);
    assert.throws(
      () => {
        object.a = 0.5;
      },
      { code: "ERR_TIDEMARK_ARGUMENT_RANGE" },
    );
    return [Buffer.from(memory).toString("hex"), object.a, object.p.x, object.t];
  });
  assert.deepEqual(images[0], images[1]);
});

test("ids are handed out by several processes, each once", async () => {
  const path = temporaryPath();
  const Ids = record({ next: atomic(uint64) });
  GrowingFile.create(path, { maxByteLength: pageSize }).close({ byteLength: pageSize });
  const source = `
    import { Mapping } from "@tidemark/core";
    import { atomic, record, uint64 } from "@tidemark/core/records";
    const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
    const { next } = record({ next: atomic(uint64) }).at(mapping);
    let sum = 0n;
    for (let turn = 0; turn < 20000; turn++) sum += next.add(1n);
    console.log(JSON.stringify(String(sum)));`;
  const children = await Promise.all([1, 2, 3].map(() => runChild(source, { args: [path] })));
  const total = children.reduce((sum, child) => sum + BigInt(child.json), 0n);
  using mapping = Mapping.openFile(path);
  assert.equal(Ids.at(mapping).next.load(), 60_000n);
  assert.equal(total, (60_000n * 59_999n) / 2n);
});
