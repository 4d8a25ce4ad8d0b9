// Many structs of one schema, as rows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuilder } from "@tidemark/capnp";
import type { DynamicStructBuilder, DynamicStructReader } from "@tidemark/capnp/dynamic";
import { loadSchemas } from "./schemas.js";

test("rows are written and read with one cursor", () => {
  const schemas = loadSchemas("person");
  const person = schemas.struct("Person");
  const message = new MessageBuilder();
  const people = schemas.struct("People");
  const list = message.initRoot(people).initStructList("people", 100);
  const writer = person.rowWriter(["id", "name", "birthYear", "active"]);
  const cursor = list.cursor();
  for (let index = 0; index < 100; index++) {
    writer.write(list.get(index, cursor), [
      BigInt(index),
      `name ${index}`,
      1900 + index,
      undefined,
    ]);
  }
  const reader = person.rowReader(["birthYear", "name", "id", "active"]);
  const read = message.asReader().getRoot(people).getStructList("people");
  const row: unknown[] = [];
  let index = 0;
  for (const each of read.walk()) {
    assert.equal(reader.read(each, row as never), row);
    assert.deepEqual(row, [1900 + index, `name ${index}`, BigInt(index), false]);
    index++;
  }
  assert.equal(index, 100);
});

test("columns lead through structs, groups and unions", () => {
  const schemas = loadSchemas("all-types");
  const schema = schemas.struct("AllTypes");
  const columns = ["text", "point.x", "groups.outer.inner.flag", "union.pair.left", "union.text"];
  const struct = new MessageBuilder().initRoot(schema) as DynamicStructBuilder;
  schema.rowWriter(columns).write(struct, ["t", 7, false, 3, undefined]);
  const read = schema.rowReader(columns).read(struct.asReader() as DynamicStructReader);
  assert.deepEqual(read, ["t", 7, false, 3, undefined]);
  assert.throws(() => schema.rowWriter(["point.z"]), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  assert.throws(() => schema.rowWriter(["text.z"]), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
  assert.throws(() => schema.rowWriter([""]), { code: "ERR_TIDEMARK_ARGUMENT_RANGE" });
});

test("lists of structs are asked for as such", () => {
  const lists = new MessageBuilder().initRoot(loadSchemas("all-types").struct("Lists"));
  assert.equal(lists.initStructList("points", 3).length, 3);
  assert.equal(lists.getStructList("points").length, 3);
  const refused = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
  assert.throws(() => lists.initStructList("int32s", 3), refused);
  assert.throws(() => lists.getStructList("int32s"), refused);
  assert.throws(() => lists.asReader().getStructList("int32s"), refused);
});
