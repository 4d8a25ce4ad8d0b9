// Messages as bytes: flat, one after another, in pieces, packed.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canonicalize,
  frame,
  isCanonical,
  MessageBuilder,
  MessageReader,
  pack,
  packStream,
  readMessageStream,
  readMessages,
  tableByteLength,
  unframe,
  unpack,
  unpackStream,
} from "@tidemark/capnp";
import { Uint8List } from "@tidemark/capnp/generated";
import fc from "fast-check";
import { shape } from "./trees.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const framing = { code: "ERR_TIDEMARK_CAPNP_FRAMING" };
const packed = { code: "ERR_TIDEMARK_CAPNP_PACKED" };

function texts(...all: string[]): Uint8Array {
  return Buffer.concat(
    all.map((text) => {
      const message = new MessageBuilder({ addSegment: (least) => new Uint8Array(least) });
      message.root.setText(text);
      return message.toFlat();
    }),
  );
}

async function* cut(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.byteLength; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

test("the segment table", () => {
  assert.deepEqual([1, 2, 3, 4].map(tableByteLength), [8, 16, 16, 24]);
  const two = frame([new Uint8Array(8), new Uint8Array(16)]);
  assert.equal(hex(two.subarray(0, 16)), "01000000010000000200000000000000");
  assert.deepEqual(
    unframe(two).map(({ byteLength }) => byteLength),
    [8, 16],
  );
  assert.throws(() => frame([]), RangeError);
  assert.throws(() => frame([new Uint8Array(7)]), RangeError);
  assert.throws(() => frame(new Array(513).fill(new Uint8Array(0))), RangeError);
});

test("tables that lie are refused", () => {
  for (const bytes of ["", "00", "00000000", "0000000001000000", "00000000ffffffff"]) {
    assert.throws(() => unframe(unhex(bytes)), framing);
  }
  assert.throws(() => unframe(unhex("ffffffff00000000")), framing);
  assert.throws(() => unframe(unhex("00020000".padEnd(8000, "0"))), framing);
  assert.equal(unframe(unhex("ff010000".padEnd(8000, "0"))).length, 512);
});

test("messages one after another, in one array and in pieces", async () => {
  const bytes = texts("one", "two", "three");
  assert.deepEqual(
    Array.from(readMessages(bytes), ({ root }) => root.asText()),
    ["one", "two", "three"],
  );
  for (const lengths of [[1], [3], [8], [7, 1, 100], [1000]]) {
    const found: string[] = [];
    for await (const { root } of readMessageStream(cut(bytes, lengths))) found.push(root.asText());
    assert.deepEqual(found, ["one", "two", "three"]);
  }
  const collect = async (source: AsyncIterable<Uint8Array>, limits = {}): Promise<number> => {
    let count = 0;
    for await (const _ of readMessageStream(source, limits)) count++;
    return count;
  };
  await assert.rejects(collect(cut(bytes.subarray(0, -1), [5])), framing);
  assert.throws(() => [...readMessages(bytes.subarray(0, -1))], framing);
  await assert.rejects(collect(cut(unhex("00000000ffffffff"), [8])), {
    code: "ERR_TIDEMARK_CAPNP_TRAVERSAL_LIMIT",
  });
  assert.equal(await collect(cut(new Uint8Array(0), [1])), 0);
});

test("data of a message in a stream is a view of it, and copies take the right bytes", () => {
  const message = new MessageBuilder();
  const stream = Buffer.concat(
    [3, 5, 300].map((byteLength) => {
      message.reset();
      message.root.setData(new Uint8Array(byteLength).fill(byteLength));
      return message.toFlat();
    }),
  );
  for (const { root, segments } of readMessages(stream)) {
    const data = root.asData();
    assert.equal(data.buffer, stream.buffer);
    assert.equal(Object.getPrototypeOf(data), Uint8Array.prototype);
    assert.ok(data.every((byte) => byte === data.byteLength % 256));
    message.root.set(root);
    assert.deepEqual(message.root.asData(), data);
    assert.equal(segments[0]?.used().byteLength, segments[0]?.byteLength);
    const canonical = canonicalize(new MessageReader([segments[0]?.used() ?? data]));
    assert.deepEqual(canonical, segments[0]?.bytes);
  }
});

test("messages in an array of more than 1 GiB, of which few pages are touched", () => {
  const message = texts("first");
  const tail = texts("behind it");
  const longSegment = 2 ** 30 - message.byteLength;
  const bytes = new Uint8Array(message.byteLength + 8 + longSegment + tail.byteLength);
  bytes.set(message);
  // A message of zeros, in which the root pointer is null.
  new DataView(bytes.buffer).setUint32(message.byteLength + 4, longSegment / 8, true);
  bytes.set(tail, bytes.byteLength - tail.byteLength);
  const found = Array.from(readMessages(bytes), ({ root }) => root.asText());
  assert.deepEqual(found, ["first", "", "behind it"]);
  assert.equal(MessageReader.fromFlat(bytes).root.asText(), "first");
});

test("a stream whose memory goes away between two messages is an error, not its end", () => {
  const bytes = Uint8Array.from(texts("one", "two"));
  const messages = readMessages(bytes);
  assert.equal(messages.next().value?.root.asText(), "one");
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.throws(() => messages.next(), TypeError);
});

test("packing as in the specification", () => {
  const examples = [
    ["", ""],
    ["0000000000000000", "0000"],
    ["00000c2200000000", "0c0c22"],
    ["0103050c170d0e00", "7f0103050c170d0e"],
    ["080000000300020019000000aa010000", "510803023119aa01"],
    ["00".repeat(32), "0003"],
  ] as const;
  for (const [bytes, form] of examples) {
    assert.equal(hex(pack(unhex(bytes))), form);
    assert.equal(hex(unpack(unhex(form))), bytes);
  }
  const whole = "0102030405060708".repeat(3);
  assert.equal(hex(pack(unhex(whole))), `ff0102030405060708 02${whole.slice(16)}`.replace(" ", ""));
  assert.throws(() => pack(new Uint8Array(7)), RangeError);
});

test("packing and unpacking give any words back, in any pieces", async () => {
  const words = fc
    .array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(255)), { maxLength: 4000 })
    .map((bytes) => Uint8Array.from(bytes).subarray(0, bytes.length - (bytes.length % 8)));
  const runs = fc
    .array(fc.tuple(fc.constantFrom(0, 1, 255), fc.integer({ min: 1, max: 600 })), { maxLength: 5 })
    .map((all) => Uint8Array.from(all.flatMap(([byte, n]) => new Array(n * 8).fill(byte))));
  const lengths = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(words, runs), lengths, async (bytes, cuts) => {
      const form = pack(bytes);
      assert.equal(hex(unpack(form)), hex(bytes));
      const back = [];
      for await (const part of unpackStream(packStream(cut(bytes, cuts)))) back.push(part);
      assert.equal(hex(Buffer.concat(back)), hex(bytes));
      const again = [];
      for await (const part of unpackStream(cut(form, cuts))) again.push(part);
      assert.equal(hex(Buffer.concat(again)), hex(bytes));
    }),
    { numRuns: 60 },
  );
});

test("packed bytes that are cut short, or become too much", async () => {
  for (const form of ["01", "00", "ff01", "ff0102030405060708", "ff010203040506070801", "5108"]) {
    assert.throws(() => unpack(unhex(form)), packed);
    const read = async (): Promise<void> => {
      for await (const _ of unpackStream(cut(unhex(form), [1])));
    };
    await assert.rejects(read(), packed);
  }
  const bomb = unhex("00ff".repeat(1000));
  assert.equal(unpack(bomb).byteLength, 256_000 * 8);
  assert.throws(() => unpack(bomb, { maxByteLength: 1_000_000 }), packed);
});

test("what is not written in canonical form is known", () => {
  const canonical = (work: (message: MessageBuilder) => void): boolean => {
    const message = new MessageBuilder();
    work(message);
    return isCanonical(MessageReader.fromFlat(message.toFlat()));
  };
  assert.ok(canonical(() => {}));
  assert.ok(canonical(({ root }) => root.setText("abc")));
  assert.ok(canonical((message) => message.initRoot(shape(1, 0)).data.fill(1)));
  // Zeros at the end of a struct.
  assert.ok(!canonical((message) => message.initRoot(shape(1, 0))));
  // Objects out of order, or unused words.
  assert.ok(
    !canonical((message) => {
      const { pointers } = message.initRoot(shape(0, 2));
      pointers.get(1).setText("first");
      pointers.get(0).setText("second");
    }),
  );
  assert.ok(
    !canonical((message) => {
      message.root.setText("gone");
      message.root.setText("here");
    }),
  );
  // Padding that is not zero.
  const message = new MessageBuilder();
  message.root.initList(Uint8List, 3).setAll([1, 2, 3]);
  const words = canonicalize(MessageReader.fromFlat(message.toFlat()));
  assert.ok(isCanonical(new MessageReader([words])));
  words[13] = 1;
  assert.ok(!isCanonical(new MessageReader([words])));
  assert.ok(!isCanonical(new MessageReader([words, new Uint8Array(0)])));
  message.root.setCapability(1);
  assert.throws(() => message.toCanonical(), { code: "ERR_TIDEMARK_CAPNP_NOT_CANONICAL" });
});
