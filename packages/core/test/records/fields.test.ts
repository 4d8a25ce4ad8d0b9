// Every type of field: what it holds comes back, what it cannot hold is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping } from "@tidemark/core";
import {
  array,
  atomic,
  boolean,
  bytes,
  enumeration,
  type FieldType,
  type FixedArray,
  flags,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  int64Number,
  RecordValueError,
  record,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
  uint64Number,
} from "@tidemark/core/records";
import fc from "fast-check";

// biome-ignore lint/suspicious/noExplicitAny: to pass what the types forbid.
type Any = any;

const hostile: readonly unknown[] = [
  undefined,
  null,
  "5",
  Symbol("x"),
  {},
  [],
  () => 1,
  { valueOf: () => 5 },
  new Proxy({}, { get: () => assert.fail("was looked into") }),
];

/** A record with one field in odd company, so that neighbours show what is written too far. */
function alone<V, I>(type: FieldType<V, I>): { value: Any; readonly rest: string } {
  const Odd = record({ before: bytes(8), value: type, after: bytes(8) });
  const memory = new Uint8Array(Odd.byteLength);
  const odd = Odd.at(memory);
  odd.before = new Uint8Array(8).fill(0xaa);
  odd.after = new Uint8Array(8).fill(0xbb);
  return Object.defineProperty(odd as Any, "rest", {
    get: () => Buffer.concat([odd.before, odd.after]).toString("hex"),
  });
}

const untouched = "aa".repeat(8) + "bb".repeat(8);

function refuses(target: { value: Any; readonly rest: string }, value: unknown): void {
  const before = target.value;
  assert.throws(
    () => {
      target.value = value;
    },
    { code: /^ERR_TIDEMARK_ARGUMENT_(TYPE|RANGE)$/ },
    String(typeof value),
  );
  assert.deepEqual(target.value, before);
  assert.equal(target.rest, untouched);
}

for (const [type, least, most] of [
  [int8, -128, 127],
  [uint8, 0, 255],
  [int16, -32768, 32767],
  [uint16, 0, 65535],
  [int32, -(2 ** 31), 2 ** 31 - 1],
  [uint32, 0, 2 ** 32 - 1],
  [int64Number, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [uint64Number, 0, Number.MAX_SAFE_INTEGER],
] as const) {
  test(`${type.name} as a number holds ${least} to ${most}, and nothing else`, () => {
    const target = alone(type);
    fc.assert(
      fc.property(fc.integer({ min: least, max: most }), (value) => {
        target.value = value;
        assert.equal(target.value, value);
      }),
    );
    for (const value of [least, most, 0, 1, most - 1]) {
      target.value = value;
      assert.equal(target.value, value);
    }
    for (const value of [least - 1, most + 1, 0.5, Number.NaN, 2 ** 64, -Infinity, 5n, true]) {
      refuses(target, value);
    }
    for (const value of hostile) refuses(target, value);
    assert.equal(target.rest, untouched);
  });
}

for (const [type, least, most] of [
  [int64, -(2n ** 63n), 2n ** 63n - 1n],
  [uint64, 0n, 2n ** 64n - 1n],
] as const) {
  test(`${type.name} holds ${least} to ${most} as bigints, and nothing else`, () => {
    const target = alone(type);
    fc.assert(
      fc.property(fc.bigInt({ min: least, max: most }), (value) => {
        target.value = value;
        assert.equal(target.value, value);
      }),
    );
    for (const value of [least - 1n, most + 1n, 2n ** 2000n, 5, 0.5]) refuses(target, value);
    for (const value of hostile) refuses(target, value);
  });
}

test("floats hold every number, rounded to their width", () => {
  const [single, double] = [alone(float32), alone(float64)];
  fc.assert(
    fc.property(fc.double(), (value) => {
      single.value = value;
      double.value = value;
      assert.equal(single.value, Math.fround(value));
      assert.equal(double.value, value);
    }),
  );
  for (const target of [single, double])
    for (const value of [5n, ...hostile]) refuses(target, value);
});

test("a 64-bit integer that no number holds exactly is an error to read as one", () => {
  const Both = record({ big: uint64 });
  const Numbers = record({ big: uint64Number });
  const memory = new Uint8Array(8);
  Both.at(memory).big = 2n ** 53n;
  assert.throws(() => Numbers.at(memory).big, RecordValueError);
  Both.at(memory).big = 2n ** 53n - 1n;
  assert.equal(Numbers.at(memory).big, 2 ** 53 - 1);
});

test("text comes back whole, to the last byte of its room", () => {
  for (const room of [1, 6, 47, 48, 49, 200]) {
    const target = alone(text(room));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: room }), (value) => {
        const fits = Buffer.byteLength(value) <= room && !value.includes("\0");
        if (!fits || !(value as Any).isWellFormed()) return refuses(target, value);
        target.value = value;
        assert.equal(target.value, value);
        assert.equal(target.rest, untouched);
      }),
    );
    target.value = "x".repeat(room);
    assert.equal(target.value, "x".repeat(room));
    target.value = "";
    assert.equal(target.value, "");
  }
  const target = alone(text(8));
  for (const value of ["123456789", "a\0b", "\ud800", 5, ...hostile.filter((x) => x !== "5")]) {
    refuses(target, value);
  }
});

test("memory that is not UTF-8 reads as replacement characters", () => {
  const Name = record({ name: text(4) });
  assert.equal(Name.at(new Uint8Array([0x41, 0xff, 0x42, 0])).name, "A\ufffdB");
});

test("bytes are a window to the memory itself", () => {
  const Tag = record({ tag: bytes(4) });
  const memory = new Uint8Array(4);
  Tag.at(memory).tag[2] = 7;
  assert.deepEqual([...memory], [0, 0, 7, 0]);
  const target = alone(bytes(4));
  for (const value of [new Uint8Array(3), new Uint8Array(5), new Uint16Array(4), ...hostile]) {
    refuses(target, value);
  }
});

test("a boolean is one byte, and any byte but 0 is true", () => {
  const Flag = record({ on: boolean });
  const memory = new Uint8Array(1);
  const flag = Flag.at(memory);
  flag.on = true;
  assert.deepEqual([...memory], [1]);
  memory[0] = 2;
  assert.equal(flag.on, true);
  for (const value of [0, 1, ...hostile]) refuses(alone(boolean), value);
});

test("an enumeration is read and written by name; what has no name is an error", () => {
  const Shirt = record({
    color: enumeration(uint8, ["red", "green"]),
    size: enumeration(int16, { small: -1, large: 300 }),
  });
  const memory = new Uint8Array(Shirt.byteLength);
  const shirt = Shirt.at(memory);
  shirt.color = "green";
  assert.equal(shirt.color satisfies "red" | "green", "green");
  shirt.size = "large";
  assert.deepEqual([...memory], [1, 0, 44, 1]);
  memory[0] = 9;
  assert.throws(() => shirt.color, { code: "ERR_TIDEMARK_RECORD_VALUE", message: /9.*red=0/ });
  const target = alone(enumeration(uint8, ["red", "green"]));
  for (const value of ["blue", "", "constructor", 0, ...hostile]) refuses(target, value);
  for (const [base, choices] of [
    [uint8, { a: 256 }],
    [uint8, { a: 1, b: 1 }],
    [uint8, ["a", "a"]],
    [uint8, []],
    [uint8, { a: 0.5 }],
  ] as const) {
    assert.throws(() => enumeration(base, choices as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  }
});

test("flags are booleans by name, each one bit", () => {
  const Page = record({
    state: flags(uint16, ["dirty", "locked"]),
    high: flags(uint32, { top: 31 }),
  });
  const memory = new Uint8Array(Page.byteLength);
  const page = Page.at(memory);
  page.state.locked = true;
  page.high.top = true;
  assert.deepEqual([...memory], [2, 0, 0, 0, 0, 0, 0, 0x80]);
  assert.equal(page.state.dirty, false);
  assert.equal(page.high.top, true);
  page.state = { dirty: true, locked: false };
  assert.equal(memory[0], 1);
  assert.deepEqual(Page.toPlain(page), {
    state: { dirty: true, locked: false },
    high: { top: true },
  });
  assert.throws(
    () => {
      (page.state as Any).dirty = 1;
    },
    { code: "ERR_TIDEMARK_ARGUMENT_TYPE" },
  );
  for (const choices of [["a", "a"], { a: 16 }, { a: -1 }, { a: 1, b: 1 }]) {
    assert.throws(() => flags(uint16, choices as Any), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  }
});

test("arrays have elements at their places, and refuse indices outside", () => {
  const Point = record({ x: float32, y: float32 });
  const Path = record({
    weights: array(int16, 3),
    points: array(Point, 2),
    names: array(text(3), 2),
  });
  const memory = new Uint8Array(Path.byteLength);
  const path = Path.at(memory);
  path.weights.assign([1, -2, 3]);
  path.points.get(1).y = 2.5;
  path.points.set(0, { x: 1, y: 2 });
  path.names.fill("abc");
  assert.deepEqual(Path.toPlain(path), {
    weights: [1, -2, 3],
    points: [
      { x: 1, y: 2 },
      { x: 0, y: 2.5 },
    ],
    names: ["abc", "abc"],
  });
  assert.deepEqual([...path.weights], [1, -2, 3]);
  const weights = path.weights as FixedArray<number>;
  for (const index of [-1, 3, 0.5, Number.NaN, 2 ** 32, "0", 0n, Symbol("x"), undefined]) {
    for (const list of [weights, path.points] as Any[]) {
      assert.throws(() => list.get(index), { code: /^ERR_TIDEMARK_ARGUMENT/ });
      assert.throws(() => list.set(index, 1), { code: /^ERR_TIDEMARK_ARGUMENT/ });
    }
  }
  assert.throws(() => weights.set(0, 40_000), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  for (const values of [[1, 2], [1, 2, 3, 4], 5, null]) {
    assert.throws(() => weights.assign(values as Any), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  }
});

for (const type of [int8, uint8, int16, uint16, int32, uint32, int64Number, uint64Number]) {
  test(`atomic(${type.name}) does what its operations say, as numbers`, () => {
    checkAtomic(atomic(type), (value) => value);
  });
}

for (const type of [int64, uint64]) {
  test(`atomic(${type.name}) does what its operations say, as bigints`, () => {
    checkAtomic(atomic(type), BigInt);
  });
}

function checkAtomic(type: FieldType<Any, Any>, value: (number: number) => unknown): void {
  const Counter = record({ count: type });
  using mapping = Mapping.anonymous(64);
  const { count } = Counter.at(mapping, 8) as Any;
  count.store(value(5));
  assert.equal(count.add(value(7)), value(5));
  assert.equal(count.sub(value(2)), value(12));
  assert.equal(count.or(value(1)), value(10));
  assert.equal(count.and(value(9)), value(11));
  assert.equal(count.xor(value(3)), value(9));
  assert.equal(count.exchange(value(20)), value(10));
  assert.equal(count.compareExchange(value(1), value(2)), value(20));
  assert.equal(count.compareExchange(value(20), value(2)), value(20));
  assert.equal(count.load(), value(2));
  for (const bad of [0.5, 2 ** 70, 2n ** 70n, ...hostile]) {
    assert.throws(() => count.add(bad), { code: /^ERR_TIDEMARK_ARGUMENT/ });
    assert.throws(() => count.store(bad), { code: /^ERR_TIDEMARK_ARGUMENT/ });
  }
  assert.equal(count.load(), value(2));
}

test("atomic fields must be aligned, in packed records and in memory", () => {
  assert.throws(() => record({ a: uint8, b: atomic(uint32) }, { packed: true }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
  const Counter = record({ a: atomic(uint64) }, { packed: true });
  assert.throws(() => Counter.at(new Uint8Array(16), 4), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  const shifted = new Uint8Array(new ArrayBuffer(32), 4, 16);
  assert.throws(() => Counter.at(shifted, 0), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  assert.throws(() => atomic(float64), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
});
