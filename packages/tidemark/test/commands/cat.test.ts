// tidemark cat: rows come out as they are in the message.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { fillItem, fillShop, items, messageOf, schemaFile } from "../messages/made-messages.js";
import { inShell, tidemark } from "../running.js";

const rowsOf = (text: string): Record<string, unknown>[] => {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
};

test("cat prints each row as JSON on a line", () => {
  const file = messageOf("Shop", fillShop);
  const { status, stdout, stderr } = tidemark("cat", file);
  assert.deepEqual([status, stderr], [0, ""]);
  const rows = rowsOf(stdout);
  assert.equal(rows.length, items.length);
  for (const [index, row] of rows.entries()) {
    assert.deepEqual({ ...row, ...items[index] }, row);
  }
  const named = tidemark("cat", file, "--list", "items", "--integers", "number", "--rows", "1");
  assert.match(named.stdout, /^{"id":1,/);
});

test("cat prints some of the rows", () => {
  const file = messageOf("Shop", (shop) => fillShop(shop, 5000));
  const ids = (...args: string[]): unknown[] =>
    rowsOf(tidemark("cat", file, ...args).stdout).map(({ id }) => id);
  assert.deepEqual(ids("--from-row", "4998"), ["1", "18446744073709551615"]);
  assert.deepEqual(ids("--from-row", "3", "--rows", "2"), ["1", "18446744073709551615"]);
  assert.equal(tidemark("cat", file, "--from-row", "5000").stdout, "");
});

test("cat prints CSV and TSV", () => {
  const file = messageOf("Shop", fillShop);
  const columns = "id,name,price,photo,tags,kind,maker,sizes.width,stock.count,stock.unknown";
  const csv = tidemark("cat", file, "--format", "csv", "--columns", columns);
  assert.deepEqual(csv, {
    status: 0,
    stderr: "",
    stdout:
      `${columns}\n` +
      '1,hammer,9.5,,"[""a"",""b""]",tool,,0,-7,\n' +
      '18446744073709551615,"a ""quoted"", name\n",0,AAH/,,toy,,0,,null\n' +
      '3,"",0,,,tool,"{""name"":""Ada"",""birthYear"":1815}",0,,\n',
  });
  const tsv = tidemark("cat", file, "--format", "tsv", "--no-header", "--columns", "id,photo");
  assert.equal(tsv.stdout, "1\t\n18446744073709551615\tAAH/\n3\t\n");
  const all = tidemark("cat", file, "--format", "csv").stdout.split("\n")[0];
  assert.equal(
    all,
    "id,name,price,photo,tags,kind,maker.name,maker.birthYear,sizes.width,sizes.height," +
      "stock.unknown,stock.count,stock.onOrder,parts,matrix",
  );
});

test("cat finds the rows: in lists of lists, in the root itself, in a list that is named", () => {
  const chunks = messageOf("Chunks", (struct) => {
    const lists = struct.initList("chunks", 3);
    for (const [index, length] of [2, 0, 1].entries()) {
      const list = lists.init?.(index, length) as ReturnType<typeof struct.initStructList>;
      for (let row = 0; row < length; row++) fillItem(list.get(row), index);
    }
  });
  assert.deepEqual(
    rowsOf(tidemark("cat", chunks, "--from-row", "1").stdout).map(({ id }) => id),
    ["1", "3"],
  );
  const root = messageOf("Owner", (owner) => owner.assign({ name: "Ada", birthYear: 1815 }));
  assert.equal(tidemark("cat", root).stdout, '{"name":"Ada","birthYear":1815}\n');
  const two = messageOf("Two", (struct) => fillShop(struct.initStruct("inner")));
  const unclear = tidemark("cat", two);
  assert.deepEqual([unclear.status, unclear.stdout], [2, ""]);
  assert.match(unclear.stderr, /several lists: say which with --list: left, right/);
  assert.equal(rowsOf(tidemark("cat", two, "--list", "inner.items").stdout).length, 3);
  assert.equal(tidemark("cat", two, "--list", "left").stdout, "");
  assert.match(tidemark("cat", two, "--list", "lift").stderr, /did you mean left\?/);
});

test("cat takes the schema that is given, and asks for one where there is none", () => {
  const file = messageOf("Shop", fillShop, { embeds: false });
  const without = tidemark("cat", file);
  assert.equal(without.status, 2);
  assert.match(without.stderr, /carries no schema: say which it is with --schema/);
  const schema = schemaFile();
  const given = tidemark("cat", file, "--schema", schema, "--root", "Shop");
  assert.equal(rowsOf(given.stdout).length, items.length);
  const rootless = tidemark("cat", file, "--schema", schema);
  assert.deepEqual([rootless.status, rootless.stdout], [2, ""]);
  assert.match(rootless.stderr, /--root must say which struct .* it has Item, Owner, Shop/);
  assert.match(
    tidemark("cat", file, "--schema", schema, "--root", "Shp").stderr,
    /--root Shp: .*no Shp: it has Item/,
  );
  fs.writeFileSync(schema, "struct {");
  assert.match(tidemark("cat", file, "--schema", schema, "--root", "X").stderr, /does not compile/);
});

test("cat stops quietly when nobody reads any more", () => {
  const file = messageOf("Shop", (shop) => fillShop(shop, 50_000));
  const { stdout, stderr } = inShell(`$TIDEMARK cat ${file} | head -n 1 | cut -c 1-9`);
  assert.deepEqual([stdout, stderr], ['{"id":"1"\n', ""]);
  const slow = inShell(`$TIDEMARK cat ${file} | (sleep 0.3; wc -l)`);
  assert.equal(slow.stdout.trim(), "50000");
});

test("columns that are none are a mistake", () => {
  const file = messageOf("Shop", fillShop);
  for (const [columns, says] of [
    ["nam", /did you mean name/],
    ["name.x", /leads through name, which is no struct/],
    ["id,,name", /names with commas between/],
  ] as const) {
    const { status, stderr } = tidemark("cat", file, "--format", "csv", "--columns", columns);
    assert.equal(status, 2);
    assert.match(stderr, says);
  }
  const { status, stderr } = tidemark("cat", file, "--columns", "id");
  assert.deepEqual([status, /--columns is for --format csv/.test(stderr)], [2, true]);
});
