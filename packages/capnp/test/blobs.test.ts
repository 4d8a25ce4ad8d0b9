// Text and Data: what a pointer to bytes can hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryArena, MessageBuilder, MessageReader } from "@tidemark/capnp";
import fc from "fast-check";

function rereadText(text: string): string {
  const message = new MessageBuilder();
  message.root.setText(text);
  return MessageReader.fromFlat(message.toFlat()).root.asText();
}

test("every text comes back, short and long, in any script", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary", minLength: 60, maxLength: 200 }),
    fc.string({ unit: "grapheme-ascii", minLength: 40, maxLength: 80 }),
  );
  fc.assert(fc.property(text, (value) => assert.equal(rereadText(value), value)));
});

test("lone surrogates become U+FFFD, a byte order mark stays", () => {
  assert.equal(rereadText("a\ud800"), "a\ufffd");
  assert.equal(rereadText("\udc00\ud800b".repeat(40)), "\ufffd\ufffdb".repeat(40));
  assert.equal(rereadText("\ufeffx"), "\ufeffx");
  assert.equal(rereadText("\0"), "\0");
});

test("bytes that are not UTF-8 read as U+FFFD", () => {
  const message = new MessageBuilder();
  message.root.setData(Uint8Array.of(0x61, 0xff, 0x62, 0));
  assert.equal(message.root.asText(), "a\ufffdb");
});

test("a text that was cut short by something else than ASCII leaves no byte behind", () => {
  const message = new MessageBuilder();
  message.root.setText("abcdefgh\u00e9");
  message.root.clear();
  const segment = message.segments[0];
  assert.ok(segment?.bytes.every((byte) => byte === 0));
});

test("a text is whole wherever the segment ends", () => {
  for (const text of [
    "",
    "abcdefg",
    "\u00fcn\u00efc\u00f6de",
    "x".repeat(50),
    "\u20ac".repeat(30),
  ]) {
    for (let words = 1; words < 30; words++) {
      const message = new MessageBuilder(new MemoryArena({ firstSegmentWords: words }));
      message.root.setText(text);
      assert.equal(MessageReader.fromFlat(message.toFlat()).root.asText(), text);
    }
  }
});

test("data is a view of the message", () => {
  const message = new MessageBuilder();
  message.root.setData(Uint8Array.of(1, 2, 3));
  const flat = message.toFlat();
  const data = MessageReader.fromFlat(flat).root.asData();
  assert.deepEqual(data, Uint8Array.of(1, 2, 3));
  assert.equal(data.buffer, flat.buffer);
  // Its own bytes may be set again: they are copied before they go.
  message.root.setData(message.root.asData());
  assert.deepEqual(message.root.asData(), Uint8Array.of(1, 2, 3));
});

test("a Buffer's data is a Uint8Array", () => {
  const message = new MessageBuilder();
  message.root.setData(Buffer.from("abc"));
  const { root } = MessageReader.fromFlat(Buffer.from(message.toFlat()));
  assert.equal(Object.getPrototypeOf(root.asData()), Uint8Array.prototype);
});

test("what is no text and no bytes is refused", () => {
  const message = new MessageBuilder();
  for (const value of [undefined, null, 5, {}, ["a"]]) {
    assert.throws(() => message.root.setText(value as never), TypeError);
    assert.throws(() => message.root.setData(value as never), TypeError);
  }
  assert.throws(() => message.root.setData(new ArrayBuffer(8) as never), TypeError);
});
