// What verifyMessage finds wrong, and what not.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type Arena, CapnpError, MessageBuilder, MessageReader } from "@tidemark/capnp";
import {
  DynamicStructBuilder,
  formatText,
  type StructSchema,
  type Verification,
  verifyMessage,
} from "@tidemark/capnp/dynamic";
import { packageRoot } from "@tidemark/testing/locations.js";
import { rounds } from "@tidemark/testing/torture.js";
import { fillStruct, Random } from "../dynamic/random-struct.js";
import { loadSchemas } from "../dynamic/schemas.js";
import { damage } from "../fuzz/mutations.js";

const person = loadSchemas("person").struct("Person");
const allTypes = loadSchemas("all-types").struct("AllTypes");
const lists = loadSchemas("all-types").struct("Lists");

/** Segments as small as can be: nearly every pointer is a far one. */
const tinyArena: Arena = { addSegment: (least) => new Uint8Array(least) };

const unlimited = {
  traversalLimitWords: Number.POSITIVE_INFINITY,
  nestingLimit: Number.POSITIVE_INFINITY,
};

function verify(flat: Uint8Array, root?: StructSchema): Verification {
  const message = MessageReader.fromFlat(flat, unlimited);
  return verifyMessage(message, root === undefined ? {} : { root });
}

function ada(arena?: Arena): MessageBuilder {
  const message = new MessageBuilder(arena);
  message.initRoot(person).assign({
    id: 1815,
    name: "Ada",
    email: "ada@example.org",
    phones: [{ number: "555-1212", kind: "work" }, { number: "Ω" }],
    scores: [1, 2, 3],
  });
  return message;
}

test("a message that was built is sound, and all of it is reached", () => {
  const found = verify(ada().toFlat(), person);
  assert.equal(found.fault, undefined);
  assert.deepEqual(
    [found.structs, found.lists, found.texts, found.farPointers, found.depth],
    [3, 2, 4, 0, 2],
  );
  assert.equal(found.unreferencedWords, 0);
  assert.equal(found.words, found.reachedWords);
  const untyped = verify(ada().toFlat());
  assert.deepEqual([untyped.fault, untyped.structs, untyped.lists], [undefined, 3, 6]);
});

test("landing pads are followed and counted", () => {
  const found = verify(ada(tinyArena).toFlat(), person);
  assert.equal(found.fault, undefined);
  assert.ok(found.farPointers > 0);
  assert.equal(found.unreferencedWords, 0);
});

/** A root in segment 0 whose struct of one word is in segment 2, by a landing pad in segment 1. */
function doubleFar(padLower: number, tagLower: number): Uint8Array {
  const flat = new Uint8Array(16 + 8 + 16 + 8);
  const view = new DataView(flat.buffer);
  const halves = [2, 1, 2, 1, 6, 1, padLower, 2, tagLower, 1, 99, 0];
  for (const [index, half] of halves.entries()) view.setUint32(index * 4, half, true);
  return flat;
}

test("landing pads of two words are followed", () => {
  const { fault, ...found } = verify(doubleFar(2, 0));
  assert.equal(fault, undefined);
  assert.deepEqual([found.doubleFarPointers, found.structs, found.unreferencedWords], [1, 1, 0]);
  for (const [padLower, tagLower] of [
    [6, 0],
    [0, 0],
    [2, 4],
    [2, 2],
  ] as const) {
    const { fault } = verify(doubleFar(padLower, tagLower));
    assert.equal(fault?.code, "ERR_TIDEMARK_CAPNP_FAR_POINTER");
  }
  assert.equal(verify(doubleFar(2 | (1 << 3), 0)).fault?.code, "ERR_TIDEMARK_CAPNP_OUT_OF_BOUNDS");
});

test("what nothing leads to any more is counted", () => {
  const message = ada();
  message.getRoot(person).set("email", undefined);
  const found = verify(message.toFlat(), person);
  assert.deepEqual([found.fault, found.unreferencedWords], [undefined, 2]);
});

test("words that are known otherwise are no part of the tree", () => {
  const message = MessageReader.fromFlat(ada().toFlat());
  const { fault } = verifyMessage(message, { root: person, reservedWords: 1 });
  assert.equal(fault?.code, "ERR_TIDEMARK_CAPNP_OVERLAP");
  assert.throws(() => verifyMessage(message, { reservedWords: 1000 }), /from 0 to/);
});

/** The message with a word of its first segment changed. */
function changed(word: number, lower: number, upper: number): Uint8Array {
  const flat = ada().toFlat();
  const view = new DataView(flat.buffer, flat.byteOffset);
  view.setUint32(8 + word * 8, lower, true);
  view.setUint32(8 + word * 8 + 4, upper, true);
  return flat;
}

function pointerWord(name: string): number {
  const reader = ada().getRoot(person).asReader();
  const { slot } = person.field(name);
  return reader.$pointer(slot?.offset ?? 0) / 8;
}

const list = (offset: number): number => ((offset << 2) | 1) >>> 0;

const wrong: readonly (readonly [
  what: string,
  flat: () => Uint8Array,
  code: string,
  says: RegExp,
])[] = [
  [
    "a pointer past the end",
    () => changed(pointerWord("email"), list(10_000), (3 << 3) | 2),
    "OUT_OF_BOUNDS",
    /leads to a list that is not inside/,
  ],
  [
    "a pointer before the start",
    () => changed(pointerWord("email"), list(-100), (3 << 3) | 2),
    "OUT_OF_BOUNDS",
    /not inside its segment/,
  ],
  [
    "a struct for a text",
    () => changed(pointerWord("email"), 0xfffffffc, 0),
    "POINTER_KIND",
    /Person.email: the pointer should lead to a text, but is one to a struct/,
  ],
  [
    "a capability for a text",
    () => changed(pointerWord("email"), 3, 0),
    "POINTER_KIND",
    /one to a capability/,
  ],
  [
    "a kind there is none of",
    () => changed(pointerWord("email"), 7, 0),
    "POINTER_KIND",
    /a kind there is none/,
  ],
  [
    "a list of words for one of halves of words",
    () => changed(pointerWord("scores"), list(-1), 1 | (0 << 3)),
    "ELEMENT_SIZE",
    /elements of a List\(UInt32\) should be 4 bytes, but are Bool/,
  ],
  [
    "a far pointer to no segment",
    () => changed(pointerWord("email"), 2, 9),
    "FAR_POINTER",
    /leads to segment 9/,
  ],
  [
    "a far pointer to a far pointer",
    () => changed(pointerWord("email"), ((pointerWord("email") << 3) | 2) >>> 0, 0),
    "OVERLAP",
    /another pointer/,
  ],
  [
    "a pointer to itself",
    () => changed(pointerWord("phones"), list(-1), (1 << 3) | 6),
    "OVERLAP",
    /belongs to one pointer/,
  ],
];

for (const [what, flat, code, says] of wrong) {
  test(`${what} is found`, () => {
    const { fault } = verify(flat(), person);
    assert.equal(fault?.code, `ERR_TIDEMARK_CAPNP_${code}`);
    assert.match(fault?.message ?? "", says);
  });
}

/** The message with the byte changed at which a text begins. */
function changedText(text: string, byte: number, value: number): Uint8Array {
  const flat = Buffer.from(ada().toFlat());
  const at = flat.indexOf(text);
  assert.ok(at > 0);
  flat[at + byte] = value;
  return flat;
}

test("texts end with zero, and are UTF-8", () => {
  const unended = verify(changedText("555-1212", 8, 0x21), person).fault;
  assert.equal(unended?.code, "ERR_TIDEMARK_CAPNP_TEXT");
  assert.match(unended?.message ?? "", /Person.Phone.number: the text does not end/);
  const invalid = verify(changedText("Ω", 1, 0x41), person).fault;
  assert.match(invalid?.message ?? "", /byte 0 of the text, 0xce, is not UTF-8/);
});

test("UTF-8 is what the platform takes for it", () => {
  const random = new Random(99);
  const strict = new TextDecoder("utf-8", { fatal: true });
  const bytes = [
    0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0x9f, 0xed, 0xf0, 0x90, 0xf4, 0x8f, 0xf5,
  ];
  const schema = allTypes;
  const field = schema.fields.find(({ type }) => type.kind === "text")?.name ?? "";
  for (let round = 0; round < 3000; round++) {
    const message = new MessageBuilder();
    const length = 1 + random.below(9);
    message.initRoot(schema).set(field, "x".repeat(length));
    const flat = Buffer.from(message.toFlat());
    const at = flat.indexOf("x".repeat(length));
    for (let index = 0; index < length; index++) flat[at + index] = random.pick(bytes);
    const text = flat.subarray(at, at + length);
    let valid = true;
    try {
      strict.decode(text);
    } catch {
      valid = false;
    }
    const { fault } = verify(flat, schema);
    assert.equal(fault === undefined, valid, text.toString("hex"));
  }
});

test("numbers that an enum, or a union, has no name for are notes", () => {
  const message = ada();
  const root = message.getRoot(person);
  const phone = root.getStructList("phones").get(1);
  assert.ok(phone instanceof DynamicStructBuilder);
  phone.set("kind", 77);
  const { fault, notes } = verify(message.toFlat(), person);
  assert.equal(fault, undefined);
  assert.equal(notes.length, 1);
  assert.match(notes[0]?.what ?? "", /Person.Phone.kind is 77/);
});

test("a list that holds itself ends", () => {
  const flat = new Uint8Array(16);
  const view = new DataView(flat.buffer);
  view.setUint32(4, 1, true);
  // The root pointer is a list of one pointer, itself.
  view.setUint32(8, 0xfffffffd, true);
  view.setUint32(12, (1 << 3) | 6, true);
  assert.equal(verify(flat).fault?.code, "ERR_TIDEMARK_CAPNP_OVERLAP");
});

test("a chain as long as a message ends, whatever its depth", () => {
  const words = 200_000;
  const flat = new Uint8Array(8 + words * 8);
  const view = new DataView(flat.buffer);
  view.setUint32(4, words, true);
  for (let word = 0; word + 1 < words; word++) view.setUint32(8 + word * 8 + 4, 1 << 16, true);
  const { fault, depth, unreferencedWords } = verify(flat);
  assert.deepEqual([fault, depth, unreferencedWords], [undefined, words - 2, 0]);
});

test("a message inside of a longer buffer is walked where it is", () => {
  const flat = ada().toFlat();
  const two = Buffer.concat([flat, flat]);
  assert.equal(verify(two.subarray(flat.byteLength), person).fault, undefined);
});

test("a message without a word is sound", () => {
  const { fault, words } = verify(new Uint8Array(8), person);
  assert.deepEqual([fault, words], [undefined, 0]);
});

test("random messages are sound", () => {
  const random = new Random(17);
  for (const schema of [allTypes, lists, person, loadSchemas("generics").struct("Uses")]) {
    for (let round = 0; round < 100; round++) {
      const message = new MessageBuilder(random.chance(50) ? tinyArena : undefined);
      fillStruct(message.initRoot(schema), random);
      const { fault, notes, reachedWords, words } = verify(message.toFlat(), schema);
      assert.equal(fault, undefined);
      assert.deepEqual(notes, []);
      assert.ok(reachedWords <= words);
    }
  }
});

test("whatever a reader stumbles on, verifying has found", () => {
  Error.stackTraceLimit = 0;
  const seed = rounds({ short: 3, long: Math.floor(Math.random() * 2 ** 30) });
  const random = new Random(seed);
  const schemas = [allTypes, lists, person, loadSchemas("generics").struct("Uses")];
  const subjects = Array.from({ length: 60 }, () => {
    const schema = random.pick(schemas);
    const message = new MessageBuilder(random.chance(40) ? tinyArena : undefined);
    fillStruct(message.initRoot(schema), random, 2);
    return { schema, flat: message.toFlat() };
  });
  const found = { sound: 0, faulty: 0, unreadable: 0 };
  for (let round = 0; round < rounds({ short: 8000, long: 1_000_000 }); round++) {
    const { schema, flat } = random.pick(subjects);
    const damaged = damage(flat, random);
    let message: MessageReader;
    try {
      message = MessageReader.fromFlat(damaged, unlimited);
    } catch {
      continue;
    }
    const { fault } = verifyMessage(message, { root: schema });
    const untyped = verifyMessage(message);
    if (fault !== undefined) found.faulty++;
    else {
      found.sound++;
      // Less is asked without a schema.
      assert.equal(untyped.fault, undefined);
    }
    try {
      const limits = { traversalLimitWords: 5000, nestingLimit: 64 };
      formatText(MessageReader.fromFlat(damaged, limits).getRoot(schema));
    } catch (error) {
      assert.ok(error instanceof CapnpError);
      // Lists of nothing may claim any length, and what is a tree may be deep.
      if (/_LIMIT$/.test(error.code)) continue;
      found.unreadable++;
      assert.ok(fault, `${error.message}: ${Buffer.from(damaged).toString("hex")}`);
    }
  }
  assert.ok(found.sound > 100 && found.unreadable > 100, JSON.stringify(found));
});

test("damaged messages of the corpus are told apart without a crash", () => {
  const folder = path.join(packageRoot, "test/fuzz/corpus");
  const names = fs.readdirSync(folder);
  assert.ok(names.length >= 10);
  for (const name of names) {
    let message: MessageReader;
    try {
      message = MessageReader.fromFlat(fs.readFileSync(path.join(folder, name)), unlimited);
    } catch {
      continue;
    }
    for (const root of [allTypes, person, lists]) verifyMessage(message, { root });
    verifyMessage(message);
  }
});
