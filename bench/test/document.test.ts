// Results in the documents: what is put between the marks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { documented } from "../document.js";
import { sampleRecord } from "./sample-record.js";

const page = `# A page

<!-- bench:begin access -->
old
<!-- bench:end access -->

Between.

<!-- bench:begin sync -->
kept
<!-- bench:end sync -->
`;

test("a block is replaced by its suite's tables, and nothing else changes", () => {
  const { text, written } = documented(page, sampleRecord);
  assert.deepEqual(written, ["access"]);
  assert.ok(!text.includes("old"));
  assert.match(text, /begin access -->\n\n### Read <all> & nothing else \(ext4\)\n/);
  assert.match(text, /\| ours +\| 11\.0 \(10\.0 to 12\.0\) \|/);
  assert.match(text, /not installed: absent/);
  assert.equal(documented(text, sampleRecord).text, text, "again makes no difference");
});

test("a block of a suite that was not measured stays, and is told", () => {
  const { text, left } = documented(page, sampleRecord);
  assert.deepEqual(left, ["sync"]);
  assert.ok(text.includes("Between.\n\n<!-- bench:begin sync -->\nkept\n<!-- bench:end sync -->"));
});
