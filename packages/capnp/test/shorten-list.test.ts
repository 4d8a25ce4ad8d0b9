// Lists whose length was an upper bound when they were made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arena, CapnpRangeError, MessageBuilder, MessageReader } from "@tidemark/capnp";
import { loadSchemas } from "./dynamic/schemas.js";

const root = loadSchemas("all-types").struct("Lists");

/** Segments of one size each: what does not fit is elsewhere. */
function segmentsOf(byteLength: number): Arena {
  return { addSegment: (least) => new Uint8Array(Math.max(byteLength, least)) };
}

for (const [how, arena] of [
  ["beside its pointer", segmentsOf(4096)],
  ["behind a far pointer", segmentsOf(root.dataByteLength + root.pointerCount * 8 + 8)],
] as const) {
  test(`a list of structs ${how} becomes shorter`, () => {
    const message = new MessageBuilder(arena);
    const struct = message.initRoot(root);
    const list = struct.initStructList("points", 4);
    list.get(0).set("x", 1);
    list.get(1).set("x", 2);
    root.field("points").shortenList(struct, 2);
    const read = MessageReader.fromFlat(message.toFlat()).getRoot(root);
    const numbers = [...read.getStructList("points")].map((each) => each.get("x"));
    assert.deepEqual(numbers, [1, 2]);
    assert.throws(() => root.field("points").shortenList(struct, 3), CapnpRangeError);
    root.field("points").shortenList(struct, 0);
    assert.equal(struct.getStructList("points").length, 0);
  });

  test(`a list of numbers ${how} becomes shorter`, () => {
    const message = new MessageBuilder(arena);
    const struct = message.initRoot(root);
    struct.set("int32s", [1, 2, 0]);
    root.field("int32s").shortenList(struct, 2);
    const read = MessageReader.fromFlat(message.toFlat()).getRoot(root);
    assert.deepEqual(read.getList("int32s").toArray(), [1, 2]);
  });
}

test("only lists become shorter", () => {
  const structs = loadSchemas("all-types").struct("Point");
  const struct = new MessageBuilder().initRoot(root);
  assert.throws(() => structs.field("x").shortenList(struct, 0), /no list/);
  assert.throws(() => root.field("int32s").shortenList(struct, 1), CapnpRangeError);
  root.field("int32s").shortenList(struct, 0);
});
