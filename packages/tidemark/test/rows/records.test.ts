// Records across the pieces in which input is read, and what a line on a terminal says.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { progressText } from "#tidemark/rows/progress.js";
import { CsvScanner } from "#tidemark/rows/record-scanner.js";
import { build } from "./building.js";

test("records end at the same bytes, however they come in pieces", () => {
  const text = fc.stringMatching(/^[",\na]{0,40}$/);
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 4 }), (content, cuts) => {
      const bytes = Buffer.from(content);
      assert.deepEqual(endsIn(bytes, cuts), endsIn(bytes, []));
    }),
    { numRuns: 1000 },
  );
});

/** Where records end when the bytes are seen in pieces. */
function endsIn(bytes: Buffer, cuts: readonly number[]): number[] {
  const scanner = new CsvScanner(0x2c);
  const ends: number[] = [];
  const bounds = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
  let from = 0;
  scanner.begin();
  for (const bound of bounds.filter((each) => each <= bytes.length)) {
    const piece = bytes.subarray(from, bound);
    for (let at = 0; ; ) {
      const end = scanner.find(piece, at);
      if (end < 0) break;
      ends.push(from + end);
      scanner.begin();
      at = end + 1;
    }
    from = bound;
  }
  return ends;
}

test("rows that lie across pieces of many MiB are whole", async () => {
  const cell = `"${"x".repeat(700_000)}\n"`;
  const { rows } = await build(`text\n${`${cell}\n`.repeat(40)}`);
  assert.equal(rows, 40);
});

test("the line of progress has rows, speed, bytes and the time left", () => {
  const step = { what: "building", bytes: 2 ** 20, totalBytes: 4 * 2 ** 20, rows: 500_000 };
  assert.equal(
    progressText(step, 2),
    "building  [██░░░░░░░░]  25 %  500 k rows  250 k rows/s  1.0 MiB of 4.0 MiB  6.0 s left",
  );
  const many = { ...step, rows: 12_345_678 };
  assert.match(progressText(many, 1000), / 12\.35 M rows {2}12 k rows\/s .* 50 min 0 s left$/);
  assert.equal(progressText({ what: "reading", bytes: 2048 }, 1), "reading  2.0 KiB");
  assert.match(progressText({ ...step, rows: 0, bytes: 0 }, 0), /^building {2}\[░+\] {2}0 %/);
});
