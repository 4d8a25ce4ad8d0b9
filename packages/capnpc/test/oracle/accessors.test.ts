// The accessors that no tree reaches: orphans, copies, capabilities, AnyPointers, refusals.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listOf, MessageBuilder, MessageReader } from "@tidemark/capnp";
import { requires } from "@tidemark/testing/requirements.js";
import {
  AllTypes,
  Lists,
  Pointers,
  Primitives,
  Service_id,
  Unions,
  Unions_Which,
} from "@tidemark/testing/schemas/all-types.capnp.js";
import { Tree, Uses } from "@tidemark/testing/schemas/generics.capnp.js";
import { Point } from "@tidemark/testing/schemas/shapes.capnp.js";
import { Oracle } from "./oracle.js";
import { readTree } from "./read-tree.js";
import { Schema } from "./schema.js";

const skip = requires("capnp", "libcapnp");
let schema: Schema;
let oracle: Oracle;

before(() => {
  if (skip !== false) return;
  schema = new Schema(["all-types.capnp", "shapes.capnp", "generics.capnp"]);
  oracle = new Oracle(schema.bytes);
});

after(() => {
  if (skip === false) oracle[Symbol.dispose]();
});

/** What C++ reads of a message, which is what we read, too. */
async function treeOf(type: string, message: MessageBuilder): Promise<Record<string, unknown>> {
  const flat = message.toFlat();
  const node = schema.named(type);
  const tree = await oracle.tree(type, "flat", flat);
  const root = MessageReader.fromFlat(flat).getRoot(schema.structType(node.id));
  assert.deepEqual(readTree(schema, root, node), tree);
  return tree as Record<string, unknown>;
}

test("what is disowned is adopted elsewhere, and is gone where it was", { skip }, async () => {
  const message = new MessageBuilder();
  const root = message.initRoot(AllTypes);
  const child = root.initChild();
  root.text = "moved";
  root.data = Uint8Array.of(1, 2, 3);
  root.initPoint().x = 5;
  root.initLists().initNested(2).init(1, 3).setAll([7, 8, 9]);
  child.adoptText(root.disownText());
  child.adoptData(root.disownData());
  child.adoptPoint(root.disownPoint());
  child.adoptLists(root.disownLists());
  const nested = child.lists.disownNested();
  child.lists.adoptNested(nested);
  assert.equal(root.hasText() || root.hasData() || root.hasPoint() || root.hasLists(), false);
  assert.throws(() => child.lists.adoptNested(nested), { code: "ERR_TIDEMARK_CAPNP_ORPHAN" });
  const tree = await treeOf("AllTypes", message);
  assert.deepEqual(tree, {
    child: {
      text: "moved",
      data: "010203",
      point: { x: 5, y: 0 },
      lists: { nested: [[], [7, 8, 9]] },
    },
  });
});

test("an orphan that a union adopts becomes its member", { skip }, async () => {
  const message = new MessageBuilder();
  const unions = message.initRoot(Unions);
  unions.text = "a text";
  const text = unions.disownText();
  unions.initPoints(2).get(1).y = 4;
  assert.equal(unions.which(), Unions_Which.points);
  assert.throws(() => unions.disownText(), { code: "ERR_TIDEMARK_CAPNP_UNION_MEMBER" });
  unions.adoptText(text);
  const tree = await treeOf("Unions", message);
  assert.equal(tree["text"], "a text");
});

test("values are copied from readers, builders and other messages", { skip }, async () => {
  const source = new MessageBuilder();
  const from = source.initRoot(AllTypes);
  from.initPoint().y = -1;
  from.initLists().initTexts(2).setAll(["a", "b"]);
  from.lists.initInt64s(1).set(0, -(2n ** 63n));
  from.initPointers().initAny().setText("anything");
  const message = new MessageBuilder();
  const root = message.initRoot(AllTypes);
  root.point = from.point;
  root.lists = MessageReader.fromFlat(source.toFlat()).getRoot(AllTypes).lists;
  const child = root.initChild();
  child.initLists().texts = root.lists.texts;
  child.initPointers().any = from.pointers.any;
  child.initUnion().points = new MessageBuilder().initRoot(Lists).initPoints(1);
  const tree = await treeOf("AllTypes", message);
  assert.deepEqual(tree["lists"], { int64s: ["-9223372036854775808"], texts: ["a", "b"] });
  assert.deepEqual((tree["child"] as Record<string, unknown>)["lists"], { texts: ["a", "b"] });
  assert.equal(root.child.pointers.any.asText(), "anything");
});

test("capabilities are kept as they are", { skip }, async () => {
  const message = new MessageBuilder();
  const pointers = message.initRoot(Pointers);
  pointers.service = 3;
  pointers.capability = 0;
  pointers.initServices(2).get(1).setCapability(4294967295);
  const read = MessageReader.fromFlat(message.toFlat()).getRoot(Pointers);
  assert.deepEqual([read.service, read.capability, read.hasService()], [3, 0, true]);
  assert.deepEqual(read.services.toArray(), [undefined, 4294967295]);
  pointers.service = undefined;
  assert.deepEqual([pointers.service, pointers.hasService()], [undefined, false]);
  assert.throws(() => {
    pointers.service = -1;
  }, RangeError);
  assert.equal(typeof Service_id, "bigint");
});

test("pointers to anything lead to structs, lists, texts and data", { skip }, async () => {
  const message = new MessageBuilder();
  const pointers = message.initRoot(Pointers);
  pointers.initAny().initStruct(Point).x = 6;
  pointers.initAnyStruct().initStruct(Point).y = 7;
  pointers.initAnyList().initList(listOf(Point), 2).get(1).x = 8;
  const read = MessageReader.fromFlat(message.toFlat()).getRoot(Pointers);
  assert.equal(read.any.as(Point).x, 6);
  assert.equal(read.anyStruct.as(Point).y, 7);
  assert.equal(read.anyList.as(listOf(Point)).get(1).x, 8);
  const adopted = pointers.disownAny();
  pointers.adoptAnyWithDefault(adopted);
  assert.equal(pointers.anyWithDefault.as(Point).x, 6);
  assert.equal(pointers.hasAny(), false);
});

test("what a parameter of a generic is bound to is said when it is read", { skip }, async () => {
  const message = new MessageBuilder();
  const uses = message.initRoot(Uses);
  uses.initText().initValue().setText("bound");
  uses.initPoint().initValue().initStruct(Point).x = 2;
  uses.initTree().initSome().setText("leaf");
  const tree = await treeOf("Uses", message);
  assert.deepEqual(tree["text"], { value: "bound" });
  assert.deepEqual(tree["point"], { value: { x: 2, y: 0 } });
  assert.equal(uses.tree.some.asText(), "leaf");
  assert.equal(message.newOrphan(Tree.list, 2).value.length, 2);
});

test("values that a field cannot hold are refused, and change nothing", () => {
  const fields = new MessageBuilder().initRoot(Primitives) as unknown as Record<string, unknown>;
  const refused: Readonly<Record<string, readonly unknown[]>> = {
    int8: [128, -129, 1.5, Number.NaN, "x", undefined],
    int16: [32768, -32769, 0.1, null],
    int32: [2 ** 31, -(2 ** 31) - 1, Number.POSITIVE_INFINITY, 1n],
    uint8: [256, -1],
    uint16: [65536, -1, "1"],
    uint32: [2 ** 32, -1, 1n],
    int64: [2n ** 63n, -(2n ** 63n) - 1n, 1, "1"],
    uint64: [2n ** 64n, -1n, 1],
    int64Number: [2 ** 53, 0.5, Number.NaN, 1n],
    uint64Number: [-1, 2 ** 53, "1"],
    float32: ["1", undefined, 1n],
    float64: [null, "1", {}],
    color: [65536, -1, 0.5, "red"],
  };
  for (const [name, values] of Object.entries(refused)) {
    const untouched = fields[name];
    for (const value of values) {
      assert.throws(
        () => {
          fields[name] = value;
        },
        (error: unknown) => error instanceof RangeError || error instanceof TypeError,
        `${name} = ${String(value)}`,
      );
      assert.equal(fields[name], untouched, name);
    }
  }
});
