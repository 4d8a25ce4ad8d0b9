// Lists of values: every kind, its limits, and its typed array.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AnyList, AnyStruct, listOf, MessageBuilder, MessageReader } from "@tidemark/capnp";
import {
  BoolList,
  CapabilityList,
  DataList,
  enumList,
  Float32List,
  Float64List,
  Int8List,
  Int16List,
  Int32List,
  Int64List,
  TextList,
  Uint8List,
  Uint16List,
  Uint32List,
  Uint64List,
  VoidList,
} from "@tidemark/capnp/generated";
import { Person } from "../schemas/person.js";

function reread(message: MessageBuilder): MessageReader {
  return MessageReader.fromFlat(message.toFlat());
}

const kinds = [
  { type: Int8List, fits: [-128, 127, 0, 5], not: [-129, 128, 0.5, Number.NaN] },
  { type: Int16List, fits: [-32768, 32767, 1], not: [-32769, 32768, 1.5] },
  { type: Int32List, fits: [-(2 ** 31), 2 ** 31 - 1, 7], not: [2 ** 31, -(2 ** 31) - 1] },
  { type: Uint8List, fits: [0, 255, 9], not: [-1, 256, 0.1] },
  { type: Uint16List, fits: [0, 65535], not: [-1, 65536, Number.POSITIVE_INFINITY] },
  { type: Uint32List, fits: [0, 2 ** 32 - 1], not: [-1, 2 ** 32, Number.NaN] },
  { type: Float32List, fits: [0, -1.5, Number.POSITIVE_INFINITY], not: ["1", 1n, undefined] },
  { type: Float64List, fits: [0.1, -0, Number.MAX_VALUE], not: ["1", 1n, null] },
] as const;

for (const { type, fits, not } of kinds) {
  test(`a list of ${type.Reader.name.replace("ListReader", "")} keeps what fits`, () => {
    const message = new MessageBuilder();
    const list = message.root.initList(type as typeof Float64List, fits.length);
    list.setAll(fits);
    const read = reread(message).getRoot(type as typeof Float64List);
    assert.deepEqual(read.toArray(), [...fits]);
    assert.deepEqual([...read], [...fits]);
    assert.deepEqual([...(list.typedArray() ?? [])], [...fits]);
    for (const value of not) {
      assert.throws(() => list.set(0, value as number), /must be|Cannot convert/);
      assert.equal(list.get(0), fits[0]);
    }
    for (const index of [-1, fits.length, 0.5, Number.NaN, 2 ** 32]) {
      assert.throws(() => list.get(index), RangeError);
      assert.throws(() => list.set(index, 0), RangeError);
    }
    assert.throws(() => list.setAll([]), RangeError);
  });
}

test("lists of 64-bit integers, as bigint and as number", () => {
  const message = new MessageBuilder();
  const signed = message.root.initList(Int64List, 4);
  signed.setAll([-(2n ** 63n), 2n ** 63n - 1n, -1n, -5n]);
  signed.setNumber(3, -(2 ** 53) + 1);
  const read = reread(message).getRoot(Int64List);
  assert.deepEqual(read.toArray(), [-(2n ** 63n), 2n ** 63n - 1n, -1n, -(2n ** 53n) + 1n]);
  assert.deepEqual([read.getNumber(2), read.getNumber(3)], [-1, -(2 ** 53) + 1]);
  const unsafe = { code: "ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER" };
  assert.throws(() => read.getNumber(0), unsafe);
  assert.throws(() => signed.set(0, 2n ** 63n), RangeError);
  assert.throws(() => signed.setNumber(0, 2 ** 53), RangeError);

  const unsigned = message.root.initList(Uint64List, 3);
  unsigned.setAll([0n, 2n ** 64n - 1n, 2n ** 53n]);
  unsigned.setNumber(0, 2 ** 53 - 1);
  assert.equal(unsigned.getNumber(0), 2 ** 53 - 1);
  assert.throws(() => unsigned.getNumber(1), unsafe);
  assert.throws(() => unsigned.getNumber(2), unsafe);
  assert.throws(() => unsigned.setNumber(0, -1), RangeError);
  assert.throws(() => unsigned.set(0, -1n), RangeError);
  assert.deepEqual(unsigned.typedArray()?.[1], 2n ** 64n - 1n);
});

test("lists of Bool, Void, enums, texts, data, capabilities and lists", () => {
  const message = new MessageBuilder();
  const bits = Array.from({ length: 77 }, (_, index) => index % 3 === 0);
  message.root.initList(BoolList, 77).setAll(bits);
  assert.deepEqual(reread(message).getRoot(BoolList).toArray(), bits);
  assert.equal(message.root.initList(VoidList, 2 ** 29 - 1).length, 2 ** 29 - 1);
  assert.throws(() => message.root.initList(VoidList, 2 ** 29), RangeError);
  assert.equal(message.root.initList(AnyStruct.list, 2 ** 29 - 1).length, 2 ** 29 - 1);
  for (const length of [2 ** 29, -1, 1.5, Number.NaN]) {
    assert.throws(() => message.root.initList(AnyStruct.list, length), RangeError);
  }
  message.root.initList(enumList<3 | 4>(), 2).setAll([3, 4]);
  assert.deepEqual(reread(message).getRoot(enumList<3 | 4>()).toArray(), [3, 4]);
  message.root.initList(TextList, 3).setAll(["", "é", "𝄞 and more"]);
  assert.deepEqual(reread(message).getRoot(TextList).toArray(), ["", "é", "𝄞 and more"]);
  const blobs = message.root.initList(DataList, 3);
  blobs.set(0, Uint8Array.of(1, 2, 3));
  blobs.init(1, 2).set([4, 5]);
  assert.deepEqual(
    reread(message).getRoot(DataList).toArray(),
    [[1, 2, 3], [4, 5], []].map((bytes) => Uint8Array.from(bytes)),
  );
  const capabilities = message.root.initList(CapabilityList, 2);
  capabilities.get(1).setCapability(4_000_000_000);
  assert.deepEqual(reread(message).getRoot(CapabilityList).toArray(), [undefined, 4_000_000_000]);
  const lists = message.root.initList(listOf(Uint8List), 2);
  lists.init(0, 2).setAll([1, 2]);
  lists.set(1, lists.get(0));
  const nested = reread(message).getRoot(listOf(Uint8List));
  assert.deepEqual(
    nested.toArray().map((list) => list.toArray()),
    [
      [1, 2],
      [1, 2],
    ],
  );
  assert.equal(reread(message).getRoot(AnyList).elementSize, 6);
});

test("a typed array needs aligned memory", () => {
  const message = new MessageBuilder();
  message.root.initList(Uint32List, 2).setAll([1, 2]);
  const flat = message.toFlat();
  const shifted = new Uint8Array(flat.byteLength + 1).subarray(1);
  shifted.set(flat);
  const list = MessageReader.fromFlat(shifted).getRoot(Uint32List);
  assert.deepEqual(list.toArray(), [1, 2]);
  assert.equal(list.typedArray(), undefined);
});

test("lists of structs: one cursor, walks, elements set", () => {
  const message = new MessageBuilder();
  const people = message.root.initList(Person.list, 3);
  const builder = people.cursor();
  for (let index = 0; index < people.length; index++) people.get(index, builder).id = index;
  const read = reread(message).getRoot(Person.list);
  const cursor = read.cursor();
  assert.equal(read.get(2, cursor), cursor);
  assert.equal(cursor.id, 2);
  assert.deepEqual(
    Array.from(read.walk(), ({ id }) => id),
    [0, 1, 2],
  );
  assert.deepEqual(
    Array.from(people.walk(), ({ id }) => id),
    [0, 1, 2],
  );
  people.get(0).name = "Ada";
  people.set(2, read.get(1));
  people.set(1, people.get(0));
  people.set(1, people.get(1));
  const again = reread(message).getRoot(Person.list);
  assert.deepEqual(
    again.toArray().map(({ id, name }) => [id, name]),
    [
      [0, "Ada"],
      [0, "Ada"],
      [1, ""],
    ],
  );
  assert.equal(message.root.initList(Person.list, 0).cursor().$at > 0, true);
  assert.throws(() => message.root.initList(Person.list, 2 ** 27), RangeError);
});
