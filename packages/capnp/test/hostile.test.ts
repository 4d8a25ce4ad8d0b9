// Messages made to do harm: each gives a typed error that says where, and costs little.

import assert from "node:assert/strict";
import { test as baseTest } from "node:test";
import {
  AnyList,
  AnyStruct,
  CapnpError,
  type CapnpErrorCode,
  canonicalize,
  frame,
  listOf,
  MalformedMessageError,
  MessageBuilder,
  MessageReader,
  readMessages,
} from "@tidemark/capnp";
import { TextList, Uint8List, Uint32List, VoidList } from "@tidemark/capnp/generated";
import { shape } from "./trees.js";

/** Pointers as the specification draws them; offsets and sizes are as given, right or wrong. */
const structPointer = (offset: number, dataWords: number, pointerCount: number) => {
  return pointer((offset << 2) | 0, dataWords | (pointerCount << 16));
};
const listPointer = (offset: number, size: number, count: number) => {
  return pointer((offset << 2) | 1, (count << 3) | size);
};
const farPointer = (word: number, segment: number, isDouble = false) => {
  return pointer((word << 3) | (isDouble ? 4 : 0) | 2, segment);
};
const pointer = (lower: number, upper: number) => {
  return (BigInt(upper >>> 0) << 32n) | BigInt(lower >>> 0);
};

/** Whether the message stands between others, which its pointers must not lead to. */
let isBetweenOthers = false;

function reader(segments: readonly (readonly bigint[])[], limits = {}): MessageReader {
  const bytes = segments.map((words) => new Uint8Array(BigUint64Array.from(words).buffer));
  if (!isBetweenOthers || bytes.length === 0) return new MessageReader(bytes, limits);
  const other = frame([new Uint8Array(8 * 64)]);
  const stream = Buffer.concat([other, frame(bytes), other]);
  const [, message] = readMessages(stream, limits);
  assert.ok(message);
  return message;
}

/** Each test twice: with the message alone, and in a stream. */
function test(name: string, work: () => void): void {
  for (const between of [false, true]) {
    baseTest(between ? `${name}, in a stream` : name, () => {
      isBetweenOthers = between;
      work();
    });
  }
}

function refuses(work: () => unknown, code: string, word = 0, segment = 0): void {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof MalformedMessageError);
    const full: CapnpErrorCode = `ERR_TIDEMARK_CAPNP_${code}` as CapnpErrorCode;
    assert.deepEqual([error.code, error.segment, error.word], [full, segment, word]);
    return true;
  });
}

const any = shape(1, 1);

test("an empty message, or one without segments, has a null root", () => {
  for (const message of [reader([]), reader([[]])]) {
    assert.ok(message.root.isNull());
    assert.equal(message.getRoot(any).data.byteLength, 0);
  }
});

test("a struct past either end of its segment", () => {
  refuses(() => reader([[structPointer(0, 1, 0)]]).getRoot(any), "OUT_OF_BOUNDS");
  refuses(() => reader([[structPointer(0, 0, 65535), 0n]]).getRoot(any), "OUT_OF_BOUNDS");
  refuses(() => reader([[structPointer(-2, 1, 0)]]).getRoot(any), "OUT_OF_BOUNDS");
  refuses(() => reader([[structPointer(2 ** 29 - 1, 1, 0)]]).getRoot(any), "OUT_OF_BOUNDS");
  refuses(() => reader([[structPointer(-(2 ** 29), 1, 0)]]).getRoot(any), "OUT_OF_BOUNDS");
});

test("a list past either end of its segment", () => {
  for (const size of [1, 2, 3, 4, 5, 6]) {
    const list = (offset: number, count: number) => () => {
      return reader([[listPointer(offset, size, count), 0n]]).getRoot(AnyList).length;
    };
    refuses(list(0, 65), "OUT_OF_BOUNDS");
    refuses(list(0, 2 ** 29 - 1), "OUT_OF_BOUNDS");
    refuses(list(-3, 1), "OUT_OF_BOUNDS");
    refuses(list(2, 1), "OUT_OF_BOUNDS");
  }
});

test("a list of structs whose tag lies, or is none", () => {
  const list = (words: number, tag: bigint) => () => {
    return reader([[listPointer(0, 7, words), tag, 0n, 0n]]).getRoot(listOf(any)).length;
  };
  assert.equal(list(2, structPointer(1, 1, 1))(), 1);
  refuses(list(3, structPointer(1, 1, 1)), "OUT_OF_BOUNDS");
  refuses(list(2, structPointer(2, 1, 1)), "ELEMENT_SIZE");
  refuses(list(2, structPointer(-1, 1, 1)), "ELEMENT_SIZE");
  refuses(list(2, structPointer(2 ** 29 - 1, 65535, 65535)), "ELEMENT_SIZE");
  refuses(list(2, listPointer(1, 2, 1)), "ELEMENT_SIZE");
  refuses(() => reader([[listPointer(0, 7, 0)]]).getRoot(listOf(any)), "OUT_OF_BOUNDS");
});

test("pointers of another kind than asked for", () => {
  const capability = pointer(3, 7);
  refuses(() => reader([[listPointer(0, 2, 0)]]).getRoot(any), "POINTER_KIND");
  refuses(() => reader([[capability]]).getRoot(any), "POINTER_KIND");
  refuses(() => reader([[capability]]).getRoot(Uint8List), "POINTER_KIND");
  refuses(() => reader([[structPointer(-1, 0, 0)]]).getRoot(Uint8List), "POINTER_KIND");
  refuses(() => reader([[structPointer(0, 1, 0), 0n]]).root.asText(), "POINTER_KIND");
  refuses(() => reader([[structPointer(0, 1, 0), 0n]]).root.asData(), "POINTER_KIND");
  refuses(() => reader([[structPointer(0, 1, 0), 0n]]).root.asCapability(), "POINTER_KIND");
  // Reserved kinds of pointers that are neither.
  refuses(() => reader([[pointer(7, 0)]]).root.asCapability(), "POINTER_KIND");
});

test("elements that cannot stand for those asked for", () => {
  const bits = [listPointer(0, 1, 8), 0n];
  refuses(() => reader([bits]).getRoot(Uint8List), "ELEMENT_SIZE");
  refuses(() => reader([bits]).getRoot(listOf(any)), "ELEMENT_SIZE");
  refuses(() => reader([[listPointer(0, 2, 8), 0n]]).getRoot(Uint32List), "ELEMENT_SIZE");
  refuses(() => reader([[listPointer(0, 5, 1), 0n]]).getRoot(TextList), "ELEMENT_SIZE");
  refuses(() => reader([[listPointer(0, 6, 1), 0n]]).getRoot(Uint32List), "ELEMENT_SIZE");
  refuses(() => reader([[listPointer(0, 3, 1), 0n]]).root.asText(), "ELEMENT_SIZE");
  refuses(() => reader([[listPointer(0, 3, 1), 0n]]).root.asData(), "ELEMENT_SIZE");
});

test("text that does not end with zero, or has no byte at all", () => {
  refuses(() => reader([[listPointer(0, 2, 3), 0x636261n]]).root.asText(), "TEXT");
  refuses(() => reader([[listPointer(0, 2, 0)]]).root.asText(), "TEXT");
  assert.equal(reader([[listPointer(0, 2, 4), 0x636261n]]).root.asText(), "abc");
});

test("far pointers to no segment, past its end, to far pointers, and double ones that lie", () => {
  const root = (...segments: bigint[][]) => {
    return () => reader(segments).getRoot(any);
  };
  refuses(root([farPointer(0, 1)]), "FAR_POINTER");
  refuses(root([farPointer(0, 2 ** 32 - 1)]), "FAR_POINTER");
  refuses(root([farPointer(1, 1)], [0n]), "FAR_POINTER");
  refuses(root([farPointer(2 ** 29 - 1, 1)], [0n]), "FAR_POINTER");
  refuses(root([farPointer(0, 1)], [farPointer(0, 1)]), "FAR_POINTER");
  refuses(root([farPointer(0, 0)]), "FAR_POINTER");
  refuses(root([farPointer(0, 1, true)], [farPointer(0, 1)]), "FAR_POINTER");
  refuses(root([farPointer(0, 1, true)], [0n, 0n]), "FAR_POINTER", 0, 1);
  const pad = [farPointer(0, 2), structPointer(1, 1, 0)];
  refuses(root([farPointer(0, 1, true)], pad, [0n]), "FAR_POINTER", 1, 1);
  const good = [farPointer(0, 2), structPointer(0, 1, 0)];
  assert.equal(root([farPointer(0, 1, true)], good, [5n])().data[0], 5);
  refuses(root([farPointer(0, 1, true)], good, []), "OUT_OF_BOUNDS");
  refuses(root([farPointer(0, 1)], [structPointer(0, 1, 0)]), "OUT_OF_BOUNDS");
});

test("a cycle ends at the nesting limit, or before", () => {
  const message = reader([[structPointer(-1, 0, 1)]], { nestingLimit: 10 });
  const descend = () => {
    let struct = message.getRoot(AnyStruct);
    for (;;) struct = struct.pointers.get(0).as(AnyStruct);
  };
  refuses(descend, "NESTING_LIMIT");
  const lists = reader([[listPointer(-1, 6, 1)]]);
  refuses(() => canonicalize(lists), "NESTING_LIMIT");
  const target = new MessageBuilder();
  refuses(() => target.root.set(lists.root), "NESTING_LIMIT");
});

test("what many pointers lead to counts as often as it is read", () => {
  // Every struct has two pointers to the next one: 2 ** 40 paths through 40 structs.
  const words: bigint[] = [structPointer(0, 0, 2)];
  for (let level = 0; level < 40; level++) {
    words.push(structPointer(1, 0, 2), structPointer(0, 0, 2));
  }
  words.push(0n, 0n);
  const message = () => reader([words], { traversalLimitWords: 10_000 });
  const limit = { code: "ERR_TIDEMARK_CAPNP_TRAVERSAL_LIMIT" };
  assert.throws(() => canonicalize(message()), limit);
  assert.throws(() => new MessageBuilder().root.set(message().root), limit);
});

test("elements that take no room count as words", () => {
  const limits = { traversalLimitWords: 2 ** 20 };
  const many = 2 ** 29 - 1;
  const voids = reader([[listPointer(0, 0, many)]], limits);
  refuses(() => voids.getRoot(VoidList), "TRAVERSAL_LIMIT");
  const structs = reader([[listPointer(0, 7, 0), structPointer(many, 0, 0)]], limits);
  refuses(() => structs.getRoot(listOf(AnyStruct)), "TRAVERSAL_LIMIT");
  assert.equal(
    reader([[listPointer(0, 0, many)]], { traversalLimitWords: Number.POSITIVE_INFINITY }).getRoot(
      VoidList,
    ).length,
    many,
  );
});

test("a limit may be more than a small integer counts", () => {
  const most = 2 ** 29 - 1;
  const message = (traversalLimitWords: number) => {
    return reader([[listPointer(0, 0, most)]], { traversalLimitWords });
  };
  const limited = message(3 * most);
  for (let round = 0; round < 3; round++) assert.equal(limited.getRoot(VoidList).length, most);
  for (let round = 0; round < 9; round++) {
    refuses(() => limited.getRoot(VoidList), "TRAVERSAL_LIMIT");
  }
  const unlimited = message(Number.POSITIVE_INFINITY);
  for (let round = 0; round < 9; round++) assert.equal(unlimited.getRoot(VoidList).length, most);
});

test("no limits, when the message is trusted", () => {
  const words = [structPointer(0, 0, 1)];
  for (let level = 0; level < 200; level++) words.push(structPointer(0, 0, 1));
  words.push(0n);
  const limits = { nestingLimit: Number.POSITIVE_INFINITY, traversalLimitWords: 300 };
  let struct = reader([words], limits).getRoot(AnyStruct);
  for (let level = 0; level < 200; level++) struct = struct.pointers.get(0).as(AnyStruct);
  assert.equal(struct.pointers.length, 1);
  assert.throws(() => reader([words], { nestingLimit: -1 }), RangeError);
  assert.throws(() => reader([words], { traversalLimitWords: Number.NaN }), RangeError);
  assert.throws(() => reader([words], { traversalLimitWords: "8" as never }), TypeError);
  assert.throws(() => reader([words], { nestingLimit: null as never }), TypeError);
});

test("errors say which segment and word, and are errors of this library", () => {
  const message = reader([[farPointer(0, 1)], [structPointer(0, 0, 1), structPointer(9, 1, 1)]]);
  const root = message.getRoot(AnyStruct);
  refuses(() => root.pointers.get(0).as(AnyStruct), "OUT_OF_BOUNDS", 1, 1);
  assert.throws(
    () => root.pointers.get(0).as(AnyStruct),
    (error) => error instanceof CapnpError && error.message.startsWith("segment 1, word 1: "),
  );
  assert.throws(() => root.pointers.get(1), RangeError);
  assert.throws(() => root.pointers.get(-1), RangeError);
  assert.throws(() => root.pointers.get(0.5), RangeError);
});
