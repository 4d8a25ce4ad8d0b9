// Texts that are at hand as UTF-8.

import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { test } from "node:test";
import { CapnpRangeError, findInvalidUtf8, MessageBuilder } from "@tidemark/capnp";
import fc from "fast-check";
import { loadSchemas } from "./dynamic/schemas.js";

const root = loadSchemas("all-types").struct("AllTypes");
const text = root.field("text");

test("what is not UTF-8 is found as the platform finds it", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.string({ unit: "binary" }).map((each): Uint8Array => new TextEncoder().encode(each)),
    fc
      .array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xa0, 0x9f, 0xf0, 0xf4, 0x90))
      .map((each) => Uint8Array.from(each)),
  );
  fc.assert(
    fc.property(bytes, (each) => {
      const at = findInvalidUtf8(each, 0, each.length);
      assert.equal(at < 0, isUtf8(each));
      if (at >= 0) assert.ok(isUtf8(each.subarray(0, at)));
    }),
    { numRuns: 2000 },
  );
});

test("UTF-8 becomes a text, byte by byte as a string does", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ minLength: 60, maxLength: 400 }),
  );
  fc.assert(
    fc.property(texts, fc.nat(9), (each, lead) => {
      const byString = new MessageBuilder();
      byString.initRoot(root).set("text", each);
      const byBytes = new MessageBuilder();
      const encoded = Buffer.from(`${"-".repeat(lead)}${each}-`);
      text.setUtf8(byBytes.initRoot(root), encoded, lead, encoded.length - 1);
      assert.deepEqual(byBytes.toFlat(), byString.toFlat());
    }),
  );
});

test("what is not UTF-8 is refused, and leaves no trace", () => {
  const message = new MessageBuilder();
  const struct = message.initRoot(root);
  const before = message.toFlat();
  assert.throws(
    () => text.setUtf8(struct, Buffer.from("ab\xff", "latin1"), 1, 3),
    (error) => error instanceof CapnpRangeError && /text: .* 0xff at byte 1/.test(error.message),
  );
  assert.deepEqual(message.toFlat(), before);
  assert.throws(() => root.field("data").setUtf8(struct, before, 0, 1), /not Text/);
});
