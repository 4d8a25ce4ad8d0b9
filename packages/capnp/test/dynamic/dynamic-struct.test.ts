// Messages that are built and read by the names of their fields, without generated code.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageBuilder, MessageReader } from "@tidemark/capnp";
import { DynamicStructReader, SchemaSet } from "@tidemark/capnp/dynamic";
import { loadSchemas, requestPath } from "./schemas.js";

const all = loadSchemas("all-types");
const allTypes = all.struct("AllTypes");

const argumentType = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
const argumentRange = { code: "ERR_TIDEMARK_ARGUMENT_RANGE" };

test("what is assigned as an object is what is read", () => {
  const values = {
    primitives: {
      void: undefined,
      bool: true,
      int8: -8,
      int16: -16,
      int32: -32,
      int64: -(2n ** 63n),
      uint8: 255,
      uint16: 65535,
      uint32: 4294967295,
      uint64: 2n ** 64n - 1n,
      float32: 0.5,
      float64: Number.NEGATIVE_INFINITY,
      color: "blue",
      otherBool: true,
    },
    text: "ä☃😀",
    data: Uint8Array.of(0, 255),
    child: { text: "inside" },
    lists: {
      voids: [undefined, undefined],
      bools: [true, false, true],
      int64s: [-1n],
      float64s: [Number.NaN, -0],
      colors: ["red", "green"],
      texts: ["", "b"],
      datas: [Uint8Array.of(1)],
      points: [
        { x: 1, y: 2 },
        { x: -1, y: -2 },
      ],
      nested: [[1], [], [2, 3]],
      nestedStructs: [[{ x: 9, y: 8 }], []],
      deep: [[[1, 2]], []],
      nestedColors: [["blue"]],
    },
    union: {
      before: 1,
      pair: { left: 3, right: "r" },
      named: { d: { first: true, second: Uint8Array.of(7), inner: { two: 2.5 } } },
      after: 2,
    },
    groups: {
      outer: { number: 5, text: "t", inner: { flag: false, point: { x: 1, y: 1 } } },
      last: 9,
    },
  };
  const message = new MessageBuilder();
  message.initRoot(allTypes).assign(values);
  const read = MessageReader.fromFlat(message.toFlat()).getRoot(allTypes);
  assert.deepEqual(read.toObject(), values);
  assert.deepEqual(message.getRoot(allTypes).asReader().toObject(), values);
});

test("every default is read where nothing was set, also from a message of nothing", () => {
  const expected: Record<string, unknown> = {
    bool: true,
    int8: -128,
    int16: -32768,
    int32: -2147483648,
    int64: -(2n ** 63n),
    uint8: 255,
    uint16: 65535,
    uint32: 4294967295,
    uint64: 2n ** 64n - 1n,
    float32: -1.5,
    float64: 1e-300,
    infinite: Number.NEGATIVE_INFINITY,
    notANumber: Number.NaN,
    color: "blue",
    text: 'quoted "text" \\ \n ☃',
    data: Uint8Array.of(0, 255, 0x80, 0x7f),
    point: { x: -3, y: 4 },
    int32s: [-1, 0, 1],
    texts: ["a", "", "ccc"],
    points: [
      { x: 1, y: 2 },
      { x: -1, y: 0 },
    ],
    bools: [true, false, true, true],
    nested: [[1], [], [2, 3]],
    voids: [undefined, undefined, undefined],
    shape: { color: "red", polygon: [{ x: 5, y: 6 }], label: "three" },
    emptyText: "",
    colors: ["green", "red"],
    plain: 0,
    fromConstant: 42,
    pointFromConstant: { x: 1, y: -1 },
  };
  const schema = all.struct("Defaults");
  const built = new MessageBuilder();
  built.initRoot(schema);
  const nothing = new MessageReader([new Uint8Array(8)]).getRoot(schema);
  for (const struct of [built.getRoot(schema).asReader(), nothing]) {
    const found = schema.fields.map((field) => [field.name, plain(field.get(struct))]);
    assert.deepEqual(Object.fromEntries(found), expected);
  }
});

function plain(value: unknown): unknown {
  if (value instanceof DynamicStructReader) return value.toObject();
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (typeof value !== "object" || value === null || !("toArray" in value)) return value;
  return (value as { toArray(): unknown[] }).toArray().map(plain);
}

test("a builder gets the default of a pointer as a copy of its own", () => {
  const message = new MessageBuilder();
  const defaults = message.initRoot(all.struct("Defaults"));
  defaults.getStruct("point").set("x", 17);
  assert.deepEqual(defaults.asReader().getStruct("point").toObject(), { x: 17, y: 4 });
  const other = new MessageBuilder().initRoot(all.struct("Defaults"));
  assert.equal(other.getStruct("point").asReader().get("x"), -3);
  defaults.clear("point");
  assert.equal(defaults.has("point"), false);
  assert.equal(defaults.asReader().getStruct("point").get("x"), -3);
});

test("a union holds what was set last, and refuses to be read as another member", () => {
  const union = new MessageBuilder().initRoot(all.struct("Unions"));
  assert.equal(union.which(), "nothing");
  union.set("tiny", 5);
  assert.equal(union.which(), "tiny");
  assert.equal(union.get("tiny"), 5);
  assert.throws(() => union.get("text"), { code: "ERR_TIDEMARK_CAPNP_UNION_MEMBER" });
  assert.equal(union.has("text"), false);
  union.set("text", "now a text");
  assert.equal(union.asReader().get("text"), "now a text");
  const pair = union.initStruct("pair");
  assert.equal(union.which(), "pair");
  pair.assign({ left: 7, right: "r" });
  assert.deepEqual(union.asReader().getStruct("pair").toObject(), { left: 7, right: "r" });
  // A value that is refused changes nothing.
  assert.throws(() => union.set("number", "seven"), argumentType);
  assert.equal(union.which(), "pair");
  assert.equal(union.asReader().getStruct("pair").get("left"), 7);
});

test("a group that is made anew is all defaults, whatever its memory held", () => {
  const groups = new MessageBuilder().initRoot(all.struct("Groups"));
  groups.set("outer", { number: 9, text: "x", inner: { flag: false, point: { x: 1 } } });
  groups.initStruct("outer");
  const outer = groups.asReader().getStruct("outer");
  assert.equal(outer.get("number"), -1);
  assert.equal(outer.get("text"), "in a group");
  assert.equal(outer.getStruct("inner").get("flag"), true);
  assert.equal(outer.getStruct("inner").has("point"), false);
});

test("type parameters stand for what they are bound to", () => {
  const generics = loadSchemas("generics");
  const uses = new MessageBuilder().initRoot(generics.struct("Uses"));
  const values = {
    text: { value: "t", label: "l" },
    point: { value: { x: 1, y: 2 } },
    list: { value: [1, 2] },
    nested: { value: { value: "deep" } },
    tree: {
      children: [{ leaf: "leaf", node: {}, none: undefined }],
      node: { inGroup: "g", list: [{ value: "q" }] },
      some: "s",
    },
    walk: { here: "h", with: { x: 3, y: 4 } },
  };
  uses.assign(values);
  assert.deepEqual(uses.asReader().toObject(), values);
  const box = generics.struct("Box(List(Text))");
  assert.equal(box.field("value").typeName, "List(Text)");
  assert.equal(box, generics.struct("Box( List( Text ) )"));
  assert.equal(generics.struct("Box").field("value").typeName, "AnyPointer");
  assert.throws(() => generics.struct("Box(Text, Data)"), argumentRange);
  assert.throws(() => generics.struct("Box(Text"), argumentRange);
  const swapped = generics.struct("Pair(Text, Data)").field("swapped").type;
  assert.ok(swapped.kind === "struct");
  assert.equal(swapped.schema.field("first").typeName, "Data");
});

test("constants and annotations have their values", () => {
  assert.equal(all.constant("answer").value, 42);
  assert.equal(all.constant("huge").value, 0xfedcba9876543210n);
  assert.equal(all.constant("favourite").value, "blue");
  assert.deepEqual(plain(all.constant("corners").value), [
    { x: 1, y: 0 },
    { x: -7, y: 8 },
  ]);
  assert.deepEqual(plain(all.constant("matrix").value), [
    [1, 0],
    [0, 1],
  ]);
  const [marked] = allTypes.annotations;
  assert.equal(marked?.id, 0xa6e5d3c1b0f29874n);
  assert.equal(marked?.value, undefined);
});

test("any pointer takes copies, texts and bytes; a capability is its index", () => {
  const pointers = new MessageBuilder().initRoot(all.struct("Pointers"));
  const point = new MessageBuilder().initRoot(all.struct("Point"));
  point.set("x", 5);
  pointers.set("any", point);
  pointers.set("capability", 3);
  const read = pointers.asReader();
  const any = read.get("any") as { as(type: unknown): DynamicStructReader };
  assert.equal(any.as(all.struct("Point")).get("x"), 5);
  assert.equal(read.get("capability"), 3);
  pointers.set("any", "text");
  assert.equal((pointers.get("any") as { asText(): string }).asText(), "text");
  pointers.set("any", undefined);
  assert.equal(pointers.has("any"), false);
  assert.throws(() => pointers.set("any", { x: 1 }), argumentType);
});

test("wrong names and values are refused, and the error says what there is", () => {
  const struct = new MessageBuilder().initRoot(all.struct("Primitives"));
  assert.throws(() => struct.get("nope"), { ...argumentRange, message: /int16, int32/ });
  assert.throws(() => struct.set("uint8", 256), { ...argumentRange, message: /Primitives\.uint8/ });
  assert.throws(() => struct.set("uint8", -1), argumentRange);
  assert.throws(() => struct.set("int32", 0.5), argumentRange);
  assert.throws(() => struct.set("int32", Number.NaN), argumentRange);
  assert.throws(() => struct.set("int32", 1n), argumentType);
  assert.throws(() => struct.set("int64", 2 ** 60), argumentType);
  assert.throws(() => struct.set("int64", 2n ** 63n), argumentRange);
  assert.throws(() => struct.set("uint64", -1n), argumentRange);
  assert.throws(() => struct.set("bool", 1), argumentType);
  assert.throws(() => struct.set("float64", "1"), argumentType);
  assert.throws(() => struct.set("color", "purple"), {
    ...argumentRange,
    message: /red, green, blue/,
  });
  assert.throws(() => struct.set("color", 65536), argumentRange);
  struct.set("color", 77);
  assert.equal(struct.get("color"), 77);
  const root = new MessageBuilder().initRoot(allTypes);
  assert.throws(() => root.set("text", 5), argumentType);
  assert.throws(() => root.set("data", "abc"), argumentType);
  assert.throws(() => root.set("child", 5), argumentType);
  assert.throws(() => root.set("child", struct), argumentType);
  assert.throws(() => root.initList("text", 1), argumentType);
  const lists = root.initStruct("lists");
  assert.throws(() => lists.set("int32s", 5), argumentType);
  assert.throws(() => lists.set("int32s", ["a"]), argumentRange);
  lists.set("texts", ["a"]);
  assert.throws(() => lists.set("int32s", lists.get("texts")), argumentType);
  assert.throws(() => lists.initList("int32s", -1), argumentRange);
  assert.throws(() => all.struct("Nope"), { ...argumentRange, message: /AllTypes/ });
  assert.throws(() => all.struct("Color"), argumentRange);
  assert.throws(() => all.constant("AllTypes"), argumentRange);
});

test("names that mean something in JavaScript are names like others", () => {
  const words = loadSchemas("names").struct("Words");
  const struct = new MessageBuilder().initRoot(words);
  for (const name of ["constructor", "prototype", "valueOf", "length", "then"]) {
    struct.set(name, 5);
    assert.equal(struct.get(name), 5);
  }
  assert.throws(() => struct.get("__proto__"), argumentRange);
  assert.throws(() => struct.get("isPrototypeOf"), argumentRange);
});

test("a message of an older schema reads as the newer one, and grows when built on", () => {
  const older = loadSchemas("evolution-old").struct("Account");
  const newer = loadSchemas("evolution-new").struct("Account");
  const message = new MessageBuilder();
  message
    .initRoot(older)
    .assign({ id: 1, points: [1, 2], tags: ["a"], places: [{ x: 3 }], flags: [undefined] });
  const read = MessageReader.fromFlat(message.toFlat()).getRoot(newer);
  assert.equal(read.get("added"), -12);
  assert.deepEqual(plain(read.getList("points")), [
    { value: 1, factor: 1.5 },
    { value: 2, factor: 1.5 },
  ]);
  assert.deepEqual(plain(read.getList("tags")), [{ text: "a", weight: -1 }]);
  assert.deepEqual(plain(read.getList("places")), [{ x: 3, y: 65535 }]);
  const place = message.getRoot(newer).getList("places").get(0);
  (place as { set(name: string, value: unknown): void }).set("label", "here");
  const again = message.getRoot(newer).asReader();
  assert.deepEqual(plain(again.getList("places")), [{ x: 3, y: 65535, label: "here" }]);
  assert.equal(message.getRoot(older).asReader().get("id"), 1);
});

test("what is no request is refused", () => {
  assert.throws(() => SchemaSet.fromRequest("text" as never), argumentType);
  assert.throws(() => SchemaSet.fromRequest(new Uint8Array(3)), {
    code: "ERR_TIDEMARK_CAPNP_FRAMING",
  });
  const empty = new MessageBuilder().toFlat();
  assert.throws(() => SchemaSet.fromRequest(empty), { code: "ERR_TIDEMARK_CAPNP_SCHEMA" });
});

test("a schema is not changed with the bytes it was loaded from", () => {
  const bytes = Uint8Array.from(fs.readFileSync(requestPath("person")));
  const schemas = SchemaSet.fromRequest(bytes);
  bytes.fill(0);
  assert.equal(schemas.struct("Person").field("name").typeName, "Text");
});
