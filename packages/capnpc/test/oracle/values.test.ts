// Defaults and constants are what the schema says, and what the `capnp` tool makes of them.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { MessageBuilder, MessageReader } from "@tidemark/capnp";
import { requires } from "@tidemark/testing/requirements.js";
import {
  answer,
  corner,
  corners,
  Defaults,
  emptiness,
  favourite,
  Groups,
  held,
  huge,
  magic,
  matrix,
  motto,
  names,
  negative,
  notNumber,
  numbers,
  Outer_Middle_Inner_depth,
  primitives,
  ratio,
  Unions,
  yes,
} from "@tidemark/testing/schemas/all-types.capnp.js";
import { boxed } from "@tidemark/testing/schemas/generics.capnp.js";
import { Color, Shape_Which } from "@tidemark/testing/schemas/shapes.capnp.js";
import { runTool } from "./oracle.js";
import { readTree } from "./read-tree.js";
import { Schema } from "./schema.js";

const skip = requires("capnp");
let schema: Schema;

before(() => {
  if (skip === false) schema = new Schema(["all-types.capnp", "shapes.capnp", "generics.capnp"]);
});

const expectedDefaults = {
  bool: true,
  int8: -128,
  int16: -32768,
  int32: -2147483648,
  int64: -9223372036854775808n,
  uint8: 255,
  uint16: 65535,
  uint32: 4294967295,
  uint64: 18446744073709551615n,
  float32: -1.5,
  float64: 1e-300,
  infinite: Number.NEGATIVE_INFINITY,
  notANumber: Number.NaN,
  color: Color.blue,
  text: 'quoted "text" \\ \n ☃',
  emptyText: "",
  plain: 0,
  fromConstant: 42,
} as const;

function emptyDefaults() {
  const message = new MessageBuilder();
  const builder = message.initRoot(Defaults);
  return { builder, reader: MessageReader.fromFlat(message.toFlat()).getRoot(Defaults) };
}

test("an empty message reads as all defaults, so does a struct of another version", () => {
  const { builder, reader } = emptyDefaults();
  const nothing = new MessageReader([new Uint8Array(8)]).getRoot(Defaults);
  for (const defaults of [reader, builder, nothing]) {
    for (const [name, value] of Object.entries(expectedDefaults)) {
      assert.deepEqual(defaults[name as keyof typeof expectedDefaults], value, name);
    }
    assert.deepEqual([...defaults.data], [0, 255, 128, 127]);
    assert.deepEqual([defaults.point.x, defaults.point.y], [-3, 4]);
    assert.deepEqual(defaults.int32s.toArray(), [-1, 0, 1]);
    assert.deepEqual(defaults.texts.toArray(), ["a", "", "ccc"]);
    assert.deepEqual(defaults.bools.toArray(), [true, false, true, true]);
    assert.deepEqual(defaults.voids.length, 3);
    assert.deepEqual(defaults.colors.toArray(), [Color.green, Color.red]);
    assert.deepEqual([defaults.pointFromConstant.x, defaults.pointFromConstant.y], [1, -1]);
  }
});

test("defaults of pointers nest", () => {
  const { reader, builder } = emptyDefaults();
  for (const { shape, nested, points } of [reader, builder]) {
    assert.equal(shape.color, Color.red);
    assert.equal(shape.label, "three");
    assert.equal(shape.which(), Shape_Which.polygon);
    assert.deepEqual([shape.polygon.get(0).x, shape.polygon.get(0).y], [5, 6]);
    assert.deepEqual(
      [0, 1, 2].map((index) => nested.get(index).toArray()),
      [[1], [], [2, 3]],
    );
    assert.deepEqual([points.get(0).y, points.get(1).x, points.get(1).y], [2, -1, 0]);
  }
});

test("what is got from a builder is its own copy of the default", () => {
  const { builder } = emptyDefaults();
  builder.point.x = 100;
  builder.int32s.set(0, 50);
  const { builder: other } = emptyDefaults();
  assert.deepEqual([builder.point.x, builder.point.y, other.point.x], [100, 4, -3]);
  assert.deepEqual([builder.int32s.get(0), other.int32s.get(0)], [50, -1]);
});

test("a value that is set to its default is stored as zero", () => {
  const { builder } = emptyDefaults();
  for (const name of ["int8", "uint32", "float32", "float64", "infinite", "color"] as const) {
    (builder as unknown as Record<string, unknown>)[name] = expectedDefaults[name];
  }
  builder.bool = true;
  builder.int64Number = Number(-(2n ** 53n) + 1n);
  builder.int64 = expectedDefaults.int64;
  const { builder: untouched } = emptyDefaults();
  const bytes = builder.$segment.used();
  assert.deepEqual(bytes, untouched.$segment.used());
});

test("a 64-bit integer with a default is refused as a number where none holds it", () => {
  const { reader } = emptyDefaults();
  assert.throws(() => reader.int64Number, { code: "ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER" });
  assert.throws(() => reader.uint64Number, { code: "ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER" });
});

test("constants of values", () => {
  assert.equal(answer, 42);
  assert.equal(yes, true);
  assert.equal(negative, -5000000000n);
  assert.equal(huge, 0xfedcba9876543210n);
  assert.equal(ratio, 0.25);
  assert.ok(Number.isNaN(notNumber));
  assert.equal(motto, "wie gewöhnlich");
  assert.deepEqual([...magic], [0xde, 0xad, 0xbe, 0xef]);
  assert.equal(favourite, Color.blue);
  assert.equal(emptiness, undefined);
  assert.equal(Outer_Middle_Inner_depth, 3);
});

test("constants of structs and lists", () => {
  assert.deepEqual([corner.x, corner.y], [-7, 8]);
  assert.deepEqual(numbers.toArray(), [-1, 2, -3]);
  assert.deepEqual(names.toArray(), ["one", "two"]);
  assert.deepEqual(
    corners.toArray().map(({ x, y }) => [x, y]),
    [
      [1, 0],
      [-7, 8],
    ],
  );
  assert.equal(primitives.uint64, huge);
  assert.deepEqual(
    matrix.toArray().map((row) => row.toArray()),
    [
      [1, 0],
      [0, 1],
    ],
  );
  assert.equal(held.child.lists.nested.get(1).get(1), 5);
  assert.equal(held.union.pair.right, "r");
  assert.equal(held.union.named.d.inner.two, 2.5);
  assert.equal(boxed.value.asText(), "inside");
});

for (const [name, file, type] of [
  ["held", "all-types.capnp", "AllTypes"],
  ["primitives", "all-types.capnp", "Primitives"],
  ["corner", "all-types.capnp", "Point"],
  ["unit", "shapes.capnp", "Point"],
] as const) {
  test(`the constant ${name} is what capnp eval makes of it`, { skip }, () => {
    const message = runTool(["eval", "--binary", file, name]);
    const node = schema.named(type);
    const theirs = MessageReader.fromFlat(message).getRoot(schema.structType(node.id));
    assert.deepEqual(readTree(schema, schema.constant(name), node), readTree(schema, theirs, node));
  });
}

test("a group that is made anew is as by default, and leaves what is beside it", () => {
  const message = new MessageBuilder();
  const groups = message.initRoot(Groups);
  groups.last = 9;
  groups.outer.number = 5;
  groups.outer.text = "set";
  groups.outer.inner.flag = false;
  groups.outer.inner.point.x = 1;
  groups.initOuter();
  assert.deepEqual([groups.outer.number, groups.outer.text, groups.last], [-1, "in a group", 9]);
  assert.deepEqual([groups.outer.inner.flag, groups.outer.inner.hasPoint()], [true, false]);
});

test("a union holds the member that was set last", () => {
  const message = new MessageBuilder();
  const unions = message.initRoot(Unions);
  unions.number = -9n;
  assert.equal(unions.number, -9n);
  assert.throws(() => unions.real, { code: "ERR_TIDEMARK_CAPNP_UNION_MEMBER" });
  const pair = unions.initPair();
  assert.deepEqual([pair.left, pair.right], [0, ""]);
  assert.throws(() => unions.number, { code: "ERR_TIDEMARK_CAPNP_UNION_MEMBER" });
  assert.equal(unions.hasText(), false);
  unions.setNothing();
  assert.equal(unions.which(), 0);
});

test("a value that is refused leaves the union as it was", () => {
  const unions = new MessageBuilder().initRoot(Unions);
  unions.text = "kept";
  assert.throws(() => {
    unions.tiny = 1000;
  }, RangeError);
  assert.equal(unions.text, "kept");
});
