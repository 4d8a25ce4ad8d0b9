// A builder that is used again: its messages are those of a new one, whatever it built before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryArena, MessageBuilder, MessageReader } from "@tidemark/capnp";
import { TextList } from "@tidemark/capnp/generated";

function fill(message: MessageBuilder, byteLength: number): void {
  const list = message.root.initList(TextList, 2);
  list.set(0, "x".repeat(byteLength));
  list.set(1, "né");
}

function textsOf(message: MessageBuilder): string[] {
  return MessageReader.fromFlat(message.toFlat()).getRoot(TextList).toArray();
}

for (const byteLength of [3, 39, 600, 1000, 5_000, 20_000, 3_000_000]) {
  test(`after a message of ${byteLength} bytes, the same and a small one are built`, () => {
    const message = new MessageBuilder();
    for (const next of [byteLength, byteLength, 7, byteLength]) {
      message.reset();
      fill(message, next);
      assert.deepEqual(textsOf(message), ["x".repeat(next), "né"]);
      for (const { bytes, byteLength: used } of message.segments) {
        assert.ok(bytes.subarray(used).every((byte) => byte === 0));
      }
    }
    message.reset();
    assert.equal(message.root.isNull(), true);
  });
}

test("a builder makes room for messages like the last one", () => {
  const message = new MessageBuilder();
  fill(message, 20_000);
  assert.equal(message.segments.length, 2);
  message.reset();
  const { bytes } = message.segments[0] ?? {};
  fill(message, 20_000);
  assert.equal(message.segments.length, 1);
  message.reset();
  assert.equal(message.segments[0]?.bytes, bytes);
});

test("memory that was given for the first segment is used again", () => {
  const firstSegment = new Uint8Array(64);
  const message = new MessageBuilder(new MemoryArena({ firstSegment }));
  fill(message, 500);
  message.reset();
  assert.equal(message.segments[0]?.bytes.buffer, firstSegment.buffer);
  assert.deepEqual([...firstSegment], new Array(64).fill(0));
});
