// tidemark get: one value by its path.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandFailure } from "#tidemark/command/failure.js";
import { textOf } from "#tidemark/commands/get.js";
import { MessageSource } from "#tidemark/messages/message-source.js";
import { followPath } from "#tidemark/paths/follow-path.js";
import { parsePath } from "#tidemark/paths/message-path.js";
import { fillShop, items, messageOf } from "../messages/made-messages.js";
import { tidemark } from "../running.js";

const file = messageOf("Shop", fillShop);

function get(path: string, ...options: string[]): string {
  const { status, stdout, stderr } = tidemark("get", file, path, ...options);
  assert.deepEqual([status, stderr], [0, ""], path);
  return stdout;
}

/** The same without a process of its own. */
function valueAt(path: string, options: { readonly json?: true } = {}): string | Uint8Array {
  using source = MessageSource.open(file, {});
  return textOf(followPath(source.root, parsePath(path), path), { data: "base64", ...options });
}

test("get prints values plainly", () => {
  assert.equal(get("name"), "Corner\n");
  for (const [path, value] of [
    ["items[1].name", items[1]?.["name"]],
    ["items[-2].id", "18446744073709551615"],
    ["items[0].price", "9.5"],
    ["items[0].kind", "tool"],
    ["items[0].tags[1]", "b"],
    ["items[1].photo", "AAH/"],
    ["items[0].stock.count", "-7"],
    ["items.length", "3"],
    ["items[2].maker.birthYear", "1815"],
    [".items[1].stock.unknown", "null"],
    ["note", ""],
  ] as const) {
    assert.equal(valueAt(path), value, path);
  }
});

test("get prints structs and lists as JSON, and all with --json", () => {
  assert.deepEqual(JSON.parse(get("items[2].maker")), items[2]?.["maker"]);
  const json = (path: string): string => String(valueAt(path, { json: true }));
  assert.deepEqual(JSON.parse(json("items[0].tags")), ["a", "b"]);
  assert.equal(JSON.parse(json(".")).items.length, 3);
  assert.equal(json("items[1].name"), JSON.stringify(items[1]?.["name"]));
  assert.equal(json("items[0].id"), '"1"');
  assert.equal(json("note"), "null");
  assert.equal(get("items[0].stock", "--json"), '{"count":"-7"}\n');
  assert.equal(get("items[1].photo", "--json", "--data", "array"), "[0,1,255]\n");
  assert.equal(get("items[1].photo", "--data", "hex"), "0001ff\n");
});

test("a path that leads nowhere says why", () => {
  for (const [path, status, says] of [
    ["items[3]", 1, /items\[3\] is outside: items has 3 elements, from 0 to 2, or .* -1 to -3/],
    ["items[-4].name", 1, /items\[-4\] is outside/],
    ["items[0].parts[0]", 1, /items\[0\]\.parts is empty/],
    ["items[0].nme", 1, /Item has no field "nme": did you mean name\? It has id, name, price/],
    ["items.name", 1, /must have an index, as items\[0\]\.name/],
    ["name.x", 1, /name is a Text, which has no field x/],
    ["name[0]", 1, /name is a Text, which has no elements/],
    ["items[0].stock.onOrder", 1, /onOrder is not set: the union holds count/],
    ["items[", 2, /column 7 .*an index and \] are expected, got the end/],
    ["items[1", 2, /column 7/],
    ["items..name", 2, /column 7 .*the name of a field is expected, got "\."/],
    ["items[0]name", 2, /column 9 .*"\.", "\[" or the end/],
    ["items[99999999999999999999]", 2, /no list is that long/],
    ["é", 2, /column 1 /],
  ] as const) {
    assert.throws(
      () => valueAt(path),
      (error) => {
        assert.ok(error instanceof CommandFailure);
        assert.equal(error.exitCode, status);
        assert.match(error.message, says);
        return true;
      },
    );
  }
  const ending = tidemark("get", file, "items[3]");
  assert.deepEqual([ending.status, ending.stdout], [1, ""]);
  assert.match(ending.stderr, /^tidemark: items\[3\] is outside[^\n]+\n$/);
});

test("get tells how long it took", () => {
  const { stdout, stderr } = tidemark("get", file, "name", "--time");
  assert.equal(stdout, "Corner\n");
  assert.match(stderr, /^found in [\d.]+ µs, and once the code is warm in [\d.]+ µs; opened/);
});

test("steps know where they stand", () => {
  assert.deepEqual(parsePath("a[-0].b"), [
    { kind: "field", name: "a", column: 1, end: 1 },
    { kind: "index", index: 0, column: 2, end: 5 },
    { kind: "field", name: "b", column: 7, end: 7 },
  ]);
  assert.deepEqual(parsePath(""), []);
});
