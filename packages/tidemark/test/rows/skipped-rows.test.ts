// Rows that do not fit and are skipped: the message is as if they had not been there.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageFile } from "@tidemark/capnp/file";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { BadRows } from "#tidemark/rows/bad-rows.js";
import { build, schemas } from "./building.js";

const skipBad = true;

function valuesOf(file: string, root = "Rows"): unknown[] {
  using reader = MessageFile.open(file);
  const list = reader.getRoot(schemas.struct(root)).getStructList("rows");
  return [...list].map((row) => [row.get("text"), row.get("int32")]);
}

test("bad rows are written with their place and reason", async () => {
  const { file, rows, bad } = await build('text,int32\na,1\nb,x\n"c,\n2",2\nd\n"e"f,3\ng,4\nh,"', {
    skipBad,
  });
  assert.equal(rows, 3);
  assert.deepEqual(valuesOf(file), [
    ["a", 1],
    ["c,\n2", 2],
    ["g", 4],
  ]);
  assert.deepEqual(
    bad.map(({ line, column, row }) => [line, column, row]),
    [
      [3, 3, "b,x"],
      [6, 2, "d"],
      [7, 4, '"e"f,3'],
      [9, 3, 'h,"'],
    ],
  );
  assert.match(bad[0].reason, /Row\.int32/);
});

test("the same of NDJSON, of bytes that are no text, and of rows that are too long", async () => {
  const long = `{"text":"${"y".repeat(9_000_000)}"}`;
  const content = Buffer.concat([
    Buffer.from(`{"text":"a"}\n{"text":"b","int32":"x"}\n${long}\n`),
    Buffer.from('{"text":"\xe9"}\n', "latin1"),
    Buffer.from('{"text":"c","children":[{"int8":1},{"int8":1000}]}\n{"text":"d"}\n'),
  ]);
  const { file, rows, bad } = await build(content, { format: "ndjson", skipBad });
  assert.equal(rows, 2);
  assert.deepEqual(valuesOf(file), [
    ["a", 0],
    ["d", 0],
  ]);
  assert.deepEqual(
    bad.map(({ line }) => line),
    [2, 3, 4, 5],
  );
  assert.deepEqual([bad[1].cut, bad[1].row.length], [true, 1000]);
  assert.equal(Buffer.from(bad[2].rowBase64, "base64").toString("latin1"), '{"text":"\xe9"}');
});

test("when all are bad the list is empty", async () => {
  const { file, rows, bad } = await build("int32\nx\ny\n", { skipBad });
  assert.deepEqual([rows, bad.length, valuesOf(file)], [0, 2, []]);
});

test("the root as the row, and lists of lists, lose bad rows, too", async () => {
  const lines = "int8\n0\nx\n1\n2\nx\nx\n3\nx\nx\nx\n";
  const { file, rows } = await build(lines, { root: "Parts", chunkRows: 2, skipBad });
  assert.equal(rows, 4);
  using reader = MessageFile.open(file);
  const parts = reader.getRoot(schemas.struct("Parts")).getList<Iterable<unknown>>("rows");
  const numbers = [...parts].map((part) =>
    [...(part as Iterable<{ get(name: string): number }>)].map((row) => row.get("int8")),
  );
  assert.deepEqual(numbers, [
    [0, 1],
    [2, 3],
  ]);
  const root = await build('{"size":-1,"name":"x"}', { root: "One", format: "ndjson", skipBad });
  using one = MessageFile.open(root.file);
  assert.deepEqual(one.getRoot(schemas.struct("One")).toObject(), { size: 0 });
});

test("rows that are read once more are written once", () => {
  const file = temporaryPath();
  const badRows = new BadRows(file);
  badRows.add({ line: 1, column: 1 }, "x", Buffer.from("a".repeat(100_000)), false);
  badRows.restart();
  badRows.add({ line: 1, column: 2 }, "y", Buffer.from("b"), false);
  badRows.close();
  badRows.close();
  assert.equal(badRows.count, 1);
  const text = fs.readFileSync(file, "utf8");
  assert.equal(text, '{"line":1,"column":2,"reason":"y","row":"b"}\n');
});

test("what is left of a message with bad rows is the message of the good ones", async () => {
  const cell = fc.oneof(fc.constant("x"), fc.integer({ min: 0, max: 99 }).map(String));
  const row = fc.tuple(fc.stringMatching(/^[a-z]{0,30}$/), cell);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), async (rows) => {
      const good = rows.filter(([, number]) => number !== "x");
      const text = rows.map(([name, number]) => `${name},${number}\n`).join("");
      const { file, bad } = await build(`text,int32\n${text}`, { skipBad });
      assert.equal(bad.length, rows.length - good.length);
      assert.deepEqual(
        valuesOf(file),
        good.map(([name, number]) => [name, Number(number)]),
      );
    }),
    { numRuns: rounds({ short: 15, long: 500 }) },
  );
});
