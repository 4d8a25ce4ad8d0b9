// Messages of random trees: built by us and by C++ they are the same bytes, each reads the other's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Arena, MessageBuilder, MessageReader } from "@tidemark/capnp";
import { requires } from "@tidemark/testing/requirements.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { buildTree } from "./build-tree.js";
import { Oracle } from "./oracle.js";
import { type TreeObject, treesOf } from "./random-trees.js";
import { readTree } from "./read-tree.js";
import { Schema } from "./schema.js";

const skip = requires("capnp", "libcapnp");
const numRuns = rounds({ short: 40, long: 5000 });

const types = [
  "AllTypes",
  "Primitives",
  "Lists",
  "Unions",
  "Groups",
  "Defaults",
  "Pointers",
  "Bits",
  "Outer",
  "OnlyUnion",
  "Shape",
  "Uses",
  "Tree",
  "Words",
  "Accessors",
  "Foo",
  "Person",
];

let schema: Schema;
let oracle: Oracle;

before(() => {
  if (skip !== false) return;
  schema = new Schema([
    "all-types.capnp",
    "shapes.capnp",
    "generics.capnp",
    "names.capnp",
    "person.capnp",
  ]);
  oracle = new Oracle(schema.bytes);
});

after(() => {
  if (skip === false) oracle[Symbol.dispose]();
});

function build(type: string, tree: TreeObject, arena?: Arena): MessageBuilder {
  const node = schema.named(type);
  const message = new MessageBuilder(arena);
  buildTree(schema, message.initRoot(schema.structType(node.id)), node, tree);
  return message;
}

function read(type: string, message: MessageReader): unknown {
  const node = schema.named(type);
  return readTree(schema, message.getRoot(schema.structType(node.id)), node);
}

function largeSegment(): Arena {
  return { addSegment: () => new Uint8Array(1 << 17) };
}

/** Segments of so many words, or of one object where that is larger. */
function smallSegments(words: number): Arena {
  return { addSegment: (least) => new Uint8Array(Math.max(words * 8, least)) };
}

for (const type of types) {
  test(`${type}: the same order of building gives the same bytes`, { skip }, async () => {
    const property = fc.asyncProperty(treesOf(schema.request, type), async (tree) => {
      const ours = build(type, tree, largeSegment());
      const theirs = await oracle.build(type, tree);
      assert.equal(hex(ours.toFlat()), hex(theirs));
      assert.equal(hex(ours.toPacked()), hex(await oracle.build(type, tree, "packed")));
      assert.equal(hex(ours.toCanonical()), hex(await oracle.canonical(type, theirs)));
      assert.ok(await oracle.isCanonical(type, ours.toCanonical()));
      const expected = await oracle.tree(type, "flat", theirs);
      assert.deepEqual(read(type, MessageReader.fromFlat(theirs)), expected);
      assert.deepEqual(read(type, MessageReader.fromPacked(ours.toPacked())), expected);
    });
    await fc.assert(property, { numRuns });
  });

  test(`${type}: messages of many segments, each read by the other`, { skip }, async () => {
    const words = fc.integer({ min: 1, max: 40 });
    const property = fc.asyncProperty(treesOf(schema.request, type), words, async (tree, size) => {
      const ours = build(type, tree, smallSegments(size)).toFlat();
      const theirs = await oracle.build(type, tree, "flat", size);
      const expected = await oracle.tree(type, "flat", theirs);
      assert.deepEqual(read(type, MessageReader.fromFlat(theirs)), expected);
      for (const how of ["flat", "stream"] as const) {
        assert.deepEqual(await oracle.tree(type, how, ours), expected);
      }
      assert.deepEqual(read(type, MessageReader.fromFlat(ours)), expected);
      const packed = build(type, tree, smallSegments(size)).toPacked();
      assert.deepEqual(await oracle.tree(type, "packed", packed), expected);
    });
    await fc.assert(property, { numRuns });
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
