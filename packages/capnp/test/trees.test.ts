// Properties of any message: what is built is what is read, in whatever segments it lies.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Arena,
  canonicalize,
  isCanonical,
  MemoryArena,
  MessageBuilder,
  MessageReader,
  pack,
  unpack,
} from "@tidemark/capnp";
import fc from "fast-check";
import { harvest, plant, type Tree, trees, withoutCapabilities } from "./trees.js";

/** Segments as small as can be: nearly every pointer is a far one. */
const tinyArena: () => Arena = () => ({
  addSegment: (leastByteLength) => new Uint8Array(leastByteLength),
});

/** Segments with little room left over, for landing pads beside objects. */
const smallArena: () => Arena = () => ({
  addSegment: (leastByteLength) => new Uint8Array(leastByteLength + 24),
});

const arenas = [() => new MemoryArena(), tinyArena, smallArena];

function built(tree: Tree, arena: Arena): MessageBuilder {
  const message = new MessageBuilder(arena);
  plant(message.root, tree);
  return message;
}

function reread(message: MessageBuilder): Tree {
  const segments = message.segments.map((segment) => segment.used());
  return harvest(new MessageReader(segments).root);
}

function check<Ts extends [unknown, ...unknown[]]>(
  arbitraries: { [I in keyof Ts]: fc.Arbitrary<Ts[I]> },
  predicate: (...values: Ts) => void,
): void {
  fc.assert(
    fc.property(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), predicate as never),
    {
      numRuns: 300,
    },
  );
}

const anyArena = fc.constantFrom(...arenas);

test("what is built is what is read, in one segment and in many", () => {
  check([trees, anyArena], (tree, arena) => {
    const message = built(tree, arena());
    assert.deepEqual(reread(message), tree);
    assert.deepEqual(harvest(message.asReader().root), tree);
  });
});

test("the flat form and the packed form give the message back", () => {
  check([trees, fc.constantFrom(...arenas.slice(0, 1))], (tree, arena) => {
    const message = built(tree, arena());
    const flat = message.toFlat();
    assert.deepEqual(harvest(MessageReader.fromFlat(flat).root), tree);
    assert.deepEqual(harvest(MessageReader.fromPacked(message.toPacked()).root), tree);
    assert.deepEqual(unpack(pack(flat)), flat);
  });
});

test("a copy in another message is equal, wherever each lies", () => {
  check([trees, anyArena, anyArena], (tree, from, to) => {
    const source = built(tree, from());
    const target = new MessageBuilder(to());
    target.root.set(source.asReader().root);
    assert.deepEqual(reread(target), tree);
    assert.deepEqual(reread(source), tree);
  });
});

test("the canonical form depends on the content alone, and knows itself", () => {
  check([trees.map(withoutCapabilities), anyArena], (tree, arena) => {
    const canonical = canonicalize(built(tree, arena()).asReader());
    assert.deepEqual(canonicalize(built(tree, new MemoryArena()).asReader()), canonical);
    assert.ok(isCanonical(new MessageReader([canonical])));
    // What is cut off are zeros at the end of structs: all that is there is still there.
    assert.deepEqual(canonicalize(new MessageReader([canonical])), canonical);
  });
});

test("replacing leaves nothing of what was there", () => {
  check([trees, trees, anyArena], (first, second, arena) => {
    const message = built(first, arena());
    plant(message.root, second);
    assert.deepEqual(reread(message), second);
    message.root.clear();
    for (const segment of message.segments) assert.ok(segment.used().every((byte) => byte === 0));
  });
});

test("an orphan is the same object wherever it is adopted", () => {
  check([trees, anyArena, anyArena], (tree, arena, other) => {
    const message = built(tree, arena());
    const orphan = message.root.disown();
    assert.ok(message.root.isNull());
    message.root.adopt(orphan);
    assert.deepEqual(reread(message), tree);
    const target = new MessageBuilder(other());
    target.root.adopt(message.root.disown());
    assert.deepEqual(reread(target), tree);
  });
});
