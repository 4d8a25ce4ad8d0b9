// Numbers in the text form and in JSON, which C's %.15g says how to print.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float64Text } from "#capnp/dynamic/number-text.js";
import { Random } from "./random-struct.js";

test("numbers of few digits are printed as with fifteen", () => {
  const random = new Random(5);
  for (let round = 0; round < 20_000; round++) {
    const value = Number(random.bits(50)) / 10 ** random.below(19);
    if (value < 1e-4 || value >= 1e15) continue;
    const fifteen = value.toPrecision(15);
    const text = fifteen.includes(".") ? fifteen.replace(/\.?0+$/, "") : fifteen;
    if (Number(text) === value) {
      assert.equal(float64Text(value), text);
      assert.equal(float64Text(-value), `-${text}`);
    } else assert.equal(Number(float64Text(value)), value);
  }
  assert.equal(float64Text(0.1), "0.1");
  assert.equal(float64Text(-0), "-0");
  assert.equal(float64Text(0.0001), "0.0001");
  assert.equal(float64Text(0.00001), "1e-05");
  assert.equal(float64Text(1e15), "1e15");
});
