// What a reader of the same memory sees while a message is built, between any two stores.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuilder, MessageReader, type Segment } from "@tidemark/capnp";
import fc from "fast-check";
import { harvest, plant, type Tree, trees } from "./trees.js";

/** A builder that calls `look` after each half of a pointer that it stores. */
function watched(look: (segments: readonly Segment[]) => void, room: number): MessageBuilder {
  const message = new MessageBuilder({
    addSegment: (least) => new Uint8Array(least + room),
  });
  const seen = new WeakSet<Segment>();
  const watch = (): void => {
    for (const segment of message.segments) {
      if (seen.has(segment)) continue;
      seen.add(segment);
      const halves = segment.halves;
      assert.ok(halves);
      const proxy = new Proxy(halves, {
        set(target, property, value) {
          target[Number(property)] = value;
          // The last segment may be new: it is watched from its second pointer on.
          watch();
          look(message.segments);
          return true;
        },
      });
      Object.defineProperty(segment, "halves", { value: proxy });
    }
  };
  watch();
  return message;
}

function treeIn(segments: readonly Segment[]): Tree {
  return harvest(new MessageReader(segments.map((segment) => segment.used().slice())).root);
}

test("at any moment the message can be read, without an error", () => {
  let looks = 0;
  fc.assert(
    fc.property(trees, trees, fc.constantFrom(0, 24, 65536), (first, second, room) => {
      const message = watched((segments) => {
        looks++;
        treeIn(segments);
      }, room);
      plant(message.root, first);
      const orphan = message.root.disown();
      plant(message.root, second);
      message.root.adopt(orphan);
      assert.deepEqual(treeIn(message.segments), first);
    }),
    { numRuns: 200 },
  );
  assert.ok(looks > 1000);
});

test("an object that is built apart appears at once, and whole", () => {
  fc.assert(
    fc.property(trees, fc.constantFrom(0, 24, 65536), (tree, room) => {
      const message = watched((segments) => {
        const seen = treeIn(segments);
        const isEmpty =
          seen.kind === "null" ||
          (seen.kind === "void" && seen.length === 0) ||
          (seen.kind === "struct" && seen.struct.data.length + seen.struct.pointers.length === 0);
        if (!isEmpty) assert.deepEqual(seen, tree);
      }, room);
      const source = new MessageBuilder();
      plant(source.root, tree);
      message.root.set(source.root);
      assert.deepEqual(treeIn(message.segments), tree);
    }),
    { numRuns: 200 },
  );
});
