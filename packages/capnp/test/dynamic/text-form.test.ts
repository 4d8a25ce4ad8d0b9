// The text form, where Cap'n Proto's own tool says nothing, or is not there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuilder } from "@tidemark/capnp";
import {
  formatText,
  formatTextValue,
  ParseError,
  parseText,
  parseTexts,
} from "@tidemark/capnp/dynamic";
import { fillStruct, Random } from "./random-struct.js";
import { loadSchemas } from "./schemas.js";

const all = loadSchemas("all-types");
const allTypes = all.struct("AllTypes");

function parsed(text: string): Record<string, unknown> {
  const message = new MessageBuilder();
  parseText(text, message.initRoot(allTypes));
  return message.getRoot(allTypes).asReader().toObject();
}

test("random messages come back from the text form as they were", () => {
  const random = new Random(815);
  for (let round = 0; round < 100; round++) {
    const message = new MessageBuilder();
    fillStruct(message.initRoot(allTypes), random);
    const text = formatText(message.getRoot(allTypes).asReader(), { pretty: round % 2 === 0 });
    const again = new MessageBuilder();
    parseText(text, again.initRoot(allTypes));
    assert.equal(formatText(again.getRoot(allTypes).asReader(), { pretty: round % 2 === 0 }), text);
  }
});

test("numbers are written in every way that the schema language has", () => {
  const text =
    "(primitives = (int8=-0x10, int16 = 010, float32 = 1e3, float64 = -.5, " +
    "uint64 = 0xffffffffffffffff), # note\n lists = (float64s = [inf, -inf, nan, 3,],),)";
  const { primitives, lists } = parsed(text) as Record<string, Record<string, unknown>>;
  assert.equal(primitives?.["int8"], -16);
  assert.equal(primitives?.["int16"], 8);
  assert.equal(primitives?.["float32"], 1000);
  assert.equal(primitives?.["float64"], -0.5);
  assert.equal(primitives?.["uint64"], 2n ** 64n - 1n);
  assert.deepEqual(lists?.["float64s"], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    3,
  ]);
});

test("bytes are written as texts and in hexadecimal", () => {
  assert.deepEqual(parsed('(data = 0x"00 ff\n61")'), { data: Uint8Array.of(0, 255, 97) });
  assert.deepEqual(parsed('(data = "\\377\\x00a☃")'), {
    data: Uint8Array.of(255, 0, 97, 0xe2, 0x98, 0x83),
  });
  assert.deepEqual(parsed('(text = "\\xe2\\x98\\x83")'), { text: "☃" });
});

const refused: readonly (readonly [text: string, path: string, line: number, column: number])[] = [
  ["", "", 1, 1],
  ["(", "", 1, 2],
  ["(text)", "", 1, 6],
  ["(text = )", "", 1, 9],
  ["(text = 5)", "text", 1, 9],
  ["(nope = 5)", "nope", 1, 2],
  ['(text = "a\nb")', "", 1, 11],
  ['(text = "\\q")', "", 1, 10],
  ['(text = "\\777")', "", 1, 10],
  ['(data = 0x"0")', "", 1, 9],
  ["(primitives = (int8 = 300))", "primitives.int8", 1, 23],
  ["(primitives = (int8 = 1.5))", "primitives.int8", 1, 23],
  ["(primitives = (uint64 = -1))", "primitives.uint64", 1, 25],
  ["(primitives = (color = purple))", "primitives.color", 1, 24],
  ["(lists = (int32s = [1, 2,\nx]))", "lists.int32s[2]", 2, 1],
  ["(lists = (points = [(x = y)]))", "lists.points[0].x", 1, 26],
  ["(child = [1])", "child", 1, 10],
  ["(pointers = (any = 5))", "pointers.any", 1, 20],
  ["() ()", "", 1, 4],
  ["(primitives = (int8 = 1a))", "", 1, 23],
];

for (const [text, path, line, column] of refused) {
  test(`${JSON.stringify(text)} is refused, and where`, () => {
    assert.throws(
      () => parsed(text),
      (error) => {
        assert.ok(error instanceof ParseError);
        assert.equal(error.code, "ERR_TIDEMARK_CAPNP_TEXT_FORM");
        assert.deepEqual([error.path, error.line, error.column], [path, line, column]);
        return true;
      },
    );
  });
}

test("many texts, one after another", () => {
  const text = '(text = "a") # first\n(text = "b")()';
  const messages = [...parseTexts(text, allTypes, () => new MessageBuilder())];
  const texts = messages.map((message) => formatText(message.getRoot(allTypes).asReader()));
  assert.deepEqual(texts, ['(text = "a")', '(text = "b")', "()"]);
});

test("a text that nests without end is refused, not followed", () => {
  assert.throws(() => parsed("(child = ".repeat(100_000)), ParseError);
  assert.throws(() => parsed("[".repeat(100_000)), ParseError);
});

test("constants are printed as values of their types", () => {
  const { value, type } = all.constant("corners");
  assert.equal(formatTextValue(value, type), "[(x = 1, y = 0), (x = -7, y = 8)]");
  assert.equal(formatTextValue(all.constant("emptiness").value, { kind: "void" }), "void");
});

test("an enum's number without a name, capabilities and pointers of any kind are named", () => {
  const root = new MessageBuilder().initRoot(allTypes);
  root.initStruct("primitives").set("color", 9);
  root.initStruct("pointers").assign({ any: "x", capability: 1 });
  const text = formatText(root.asReader());
  assert.match(text, /color = \(9\)/);
  assert.match(text, /any = <opaque pointer>, capability = <external capability>/);
});
