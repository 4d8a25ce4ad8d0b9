// Numbers read from bytes.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFloating, parseWhole } from "#tidemark/rows/number-bytes.js";

function floatOf(text: string): number | undefined {
  const bytes = Buffer.from(`--${text}--`);
  return parseFloating(bytes, 2, bytes.length - 2);
}

function wholeOf(text: string): number | bigint | undefined {
  const bytes = Buffer.from(`--${text}--`);
  return parseWhole(bytes, 2, bytes.length - 2);
}

test("floats are those that the language reads", () => {
  const decimals = fc
    .tuple(fc.integer(), fc.nat({ max: 30 }), fc.integer({ min: -330, max: 330 }))
    .map(([value, places, exponent]) => {
      const digits = String(Math.abs(value)).padStart(places + 1, "0");
      const at = digits.length - places;
      const text = `${value < 0 ? "-" : ""}${digits.slice(0, at)}.${digits.slice(at)}`;
      return exponent % 3 === 0 ? `${text}e${exponent}` : text;
    });
  const doubles = fc.double({ noNaN: true }).map(String);
  fc.assert(
    fc.property(fc.oneof(decimals, doubles), (text) => {
      assert.equal(Object.is(floatOf(text), Number(text)), true, text);
    }),
    { numRuns: 3000 },
  );
});

test("what is no float is none", () => {
  for (const text of ["", "-", ".", "1e", "e1", "1.2.3", "0x10", "1_000", "1,5", "nano", "--1"]) {
    assert.equal(floatOf(text), undefined, text);
  }
  for (const [text, value] of [
    ["NaN", Number.NaN],
    ["-NaN", Number.NaN],
    ["+inf", Infinity],
    ["-Infinity", -Infinity],
    [".5", 0.5],
    ["5.", 5],
    ["-0", -0],
    ["+1.25", 1.25],
  ] as const) {
    assert.equal(Object.is(floatOf(text), value), true, text);
  }
});

test("whole numbers are exact, however long", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), fc.nat(30), (value, zeros) => {
      const digits = String(value < 0n ? -value : value);
      const found = wholeOf(`${value < 0n ? "-" : ""}${"0".repeat(zeros)}${digits}`);
      assert.equal(BigInt(found ?? 1n), value);
    }),
    { numRuns: 2000 },
  );
  assert.ok((wholeOf("9".repeat(1000)) ?? 0) > 2n ** 64n);
  assert.ok((wholeOf(`-${"9".repeat(1000)}`) ?? 0) < -(2n ** 64n));
  for (const text of ["", "-", "+", "1.0", "1e3", "0x1", "a", "1 2"]) {
    assert.equal(wholeOf(text), undefined, text);
  }
});
