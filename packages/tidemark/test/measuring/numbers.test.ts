// The data of `tidemark bench`, whose sums are known.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  expectedRecordSum,
  expectedSum,
  fillNumbers,
  randomRecords,
  recordNumbers,
  sumNumbers,
} from "#tidemark/measuring/numbers.js";

test("sums are as expected, whole files and single records, also past the period", () => {
  const numbers = new Float64Array(2 ** 21 + 2 ** 17);
  fillNumbers(numbers, 0);
  for (const count of [0, 4, 2 ** 17, 2 ** 20, 2 ** 20 + 8, numbers.length]) {
    const sum = numbers.subarray(0, count).reduce((a, b) => a + b, 0);
    assert.equal(sumNumbers(numbers, 0, count), sum);
    assert.equal(expectedSum(count), sum, `${count}`);
  }
  for (const record of [0, 1, 2 ** 17 - 1, 2 ** 17, 2 ** 18 + 5]) {
    const sum = sumNumbers(numbers, record * recordNumbers, recordNumbers);
    assert.equal(expectedRecordSum(record), sum, `${record}`);
  }
});

test("a piece far into a file holds what follows the piece before", () => {
  const base = 2 ** 28 + 3 * 2 ** 17;
  const piece = new Float64Array(16);
  fillNumbers(piece, base);
  assert.deepEqual(
    Array.from(piece),
    Array.from(piece, (_, index) => (base + index) % 2 ** 20),
  );
});

test("random records are the same each time, and none is outside", () => {
  const chosen = randomRecords(10_000, 300);
  assert.deepEqual(chosen, randomRecords(10_000, 300));
  assert.ok(chosen.every((record) => record < 300));
  assert.equal(new Set(chosen).size, 300);
});
