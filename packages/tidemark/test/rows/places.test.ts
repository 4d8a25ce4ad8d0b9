// Where rows go: a list, a list of lists, a list further inside, the root itself.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageBuilder } from "@tidemark/capnp";
import { MessageFile } from "@tidemark/capnp/file";
import { rowPlaceOf } from "#tidemark/rows/row-place.js";
import { checkRowCount, mostRows } from "#tidemark/rows/row-target.js";
import { build, schemas, type TestBuild, troubleOf } from "./building.js";

const ndjson = { format: "ndjson" } as const;

async function objectOf(content: string, how: TestBuild): Promise<unknown> {
  const { file } = await build(content, how);
  using reader = MessageFile.open(file);
  return reader.getRoot(schemas.struct(how.root ?? "Rows")).toObject();
}

test("the one list of structs gets the rows, or the one that is named", async () => {
  const line = '{"int8":1}\n';
  const rows = (await objectOf(line, ndjson)) as { rows: { int8: number }[] };
  assert.equal(rows.rows[0]?.int8, 1);
  const two = (await objectOf(line, { ...ndjson, root: "Two", list: "b" })) as object;
  assert.deepEqual(Object.keys(two), ["b"]);
  const deep = await objectOf(line, { ...ndjson, root: "Deep", list: "inner.more.rows" });
  assert.match(
    JSON.stringify(deep, (_, value) => (typeof value === "bigint" ? 0 : value)),
    /rows/,
  );
});

test("without a list the root is the row", async () => {
  const one = { ...ndjson, root: "One" };
  assert.deepEqual(await objectOf('{"name":"a","size":3}', one), { name: "a", size: 3 });
  assert.deepEqual(await objectOf("name,size\nb,4\n", { root: "One" }), { name: "b", size: 4 });
  const list = await objectOf('{"title":"x","rows":[{}]}', { ...ndjson, list: false });
  assert.equal((list as { title: string }).title, "x");
  assert.match(await troubleOf('{"size":1}\n{"size":2}\n', one), /one One, and there are 2 rows/);
  assert.match(await troubleOf("", one), /there are 0 rows/);
});

test("what cannot hold rows is refused", async () => {
  const of = (how: TestBuild): Promise<string> => troubleOf("", { ...ndjson, ...how });
  assert.match(await of({ root: "Rovs" }), /no struct Rovs: did you mean Rows\?/);
  assert.match(await of({ root: "Color" }), /no struct Color/);
  assert.match(await of({ root: "Two" }), /several lists of structs.*\(a, b\)/);
  assert.match(await of({ list: "row" }), /Rows has no field row: did you mean rows\?/);
  assert.match(await of({ list: "title" }), /Rows\.title is Text: rows go into a list of structs/);
  assert.match(await of({ list: "title.x" }), /Rows\.title is Text, which has no field x/);
  assert.match(await of({ root: "Numbers", list: "numbers" }), /List\(Int32\)/);
});

test("a list of lists gets its rows in parts", async () => {
  for (const [count, expected] of [
    [0, []],
    [5, [[0, 1], [2, 3], [4]]],
    [
      4,
      [
        [0, 1],
        [2, 3],
      ],
    ],
  ] as const) {
    const lines = Array.from({ length: count }, (_, index) => `${index}\n`).join("");
    const how = { root: "Parts", chunkRows: 2 };
    const { file, rows } = await build(`int8\n${lines}`, how);
    assert.equal(rows, count);
    using reader = MessageFile.open(file);
    const parts = reader.getRoot(schemas.struct("Parts")).getList<Iterable<never>>("rows");
    const numbers = [...parts].map((part) =>
      [...(part as Iterable<{ get(name: string): number }>)].map((row) => row.get("int8")),
    );
    assert.deepEqual(numbers, expected);
  }
});

test("structs of nothing are counted", async () => {
  const { file } = await build("{}\n{}\n{}\n", { ...ndjson, root: "Nothing" });
  using reader = MessageFile.open(file);
  assert.equal(reader.getRoot(schemas.struct("Nothing")).getStructList("rows").length, 3);
});

test("more rows than one list holds are refused before anything is built", () => {
  const list = rowPlaceOf(schemas, "Rows", undefined);
  const most = mostRows(list.row);
  checkRowCount(list, most);
  assert.throws(
    () => checkRowCount(list, most + 1),
    /more than one list of Row holds .*List\(List\(/,
  );
  checkRowCount(rowPlaceOf(schemas, "Parts", undefined), most * 10);
});

test("the most rows of a list are what its words allow", () => {
  const row = schemas.struct("Row");
  const words = row.dataByteLength / 8 + row.pointerCount;
  assert.ok(mostRows(row) * words <= 2 ** 29 - 2);
  assert.ok((mostRows(row) + 1) * words > 2 ** 29 - 2);
  assert.equal(mostRows(schemas.struct("Empty")), 2 ** 29 - 1);
});

test("without a schema the message is what a builder in memory writes, byte by byte", async () => {
  const { file, segmentCount } = await build("text,int32\nAda,1\nBob,-2\n");
  assert.equal(segmentCount, 1);
  const message = new MessageBuilder();
  const rows = message.initRoot(schemas.struct("Rows")).initStructList("rows", 2);
  rows.get(0).assign({ text: "Ada", int32: 1 });
  rows.get(1).assign({ text: "Bob", int32: -2 });
  assert.deepEqual(fs.readFileSync(file), Buffer.from(message.toFlat()));
});
