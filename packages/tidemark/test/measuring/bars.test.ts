// Bars of text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bar } from "#tidemark/measuring/bars.js";

test("a bar is as long as its value, to an eighth of a cell", () => {
  assert.equal(bar(10, 10, 4), "████");
  assert.equal(bar(5, 10, 4), "██");
  assert.equal(bar(5, 10, 5), "██▌");
  assert.equal(bar(1, 32, 4), "▏");
});

test("what is not zero can be seen, and nothing is longer than the width", () => {
  assert.equal(bar(1e-9, 1e9, 4), "▏");
  assert.equal(bar(20, 10, 4), "████");
  for (const [value, greatest] of [
    [0, 10],
    [-1, 10],
    [Number.NaN, 10],
    [0, 0],
  ] as const) {
    assert.equal(bar(value, greatest, 4), "");
  }
});
