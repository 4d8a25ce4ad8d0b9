// JSON, where Cap'n Proto's own tool says nothing, or is not there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuilder } from "@tidemark/capnp";
import { formatText, JsonCodec, type JsonOptions, ParseError } from "@tidemark/capnp/dynamic";
import { fillStruct, Random } from "./random-struct.js";
import { loadSchemas } from "./schemas.js";

const all = loadSchemas("all-types");
const allTypes = all.struct("AllTypes");
const annotated = loadSchemas("annotated").struct("Annotated");

function decoded(text: string, options?: JsonOptions, schema = allTypes): Record<string, unknown> {
  const message = new MessageBuilder();
  new JsonCodec(options).decode(text, message.initRoot(schema));
  return message.getRoot(schema).asReader().toObject();
}

test("random messages come back from JSON as they were, in every choice of encoding", () => {
  const random = new Random(4711);
  for (const schema of [allTypes, annotated, all.struct("Defaults")]) {
    for (let round = 0; round < 50; round++) {
      const message = new MessageBuilder();
      fillStruct(message.initRoot(schema), random);
      for (const data of ["array", "base64", "hex"] as const) {
        const codec = new JsonCodec({ data, integers64: round % 2 === 0 ? "string" : "number" });
        const text = codec.encode(message.getRoot(schema).asReader(), { pretty: round % 3 === 0 });
        const again = new MessageBuilder();
        codec.decode(text, again.initRoot(schema));
        assert.equal(
          codec.encode(again.getRoot(schema).asReader()),
          codec.encode(message.getRoot(schema).asReader()),
        );
        const texts = [message, again].map((each) => formatText(each.getRoot(schema).asReader()));
        // A null Text that its union holds is written as an empty one.
        if (schema !== annotated) assert.equal(texts[1], texts[0]);
      }
    }
  }
});

test("64-bit integers are exact, as strings and as numbers", () => {
  const text = '{"primitives":{"int64":-9223372036854775808,"uint64":"18446744073709551615"}}';
  const { int64, uint64 } = decoded(text)["primitives"] as Record<string, unknown>;
  assert.equal(int64, -(2n ** 63n));
  assert.equal(uint64, 2n ** 64n - 1n);
});

test("what is null is not set", () => {
  assert.deepEqual(decoded('{"text":null,"child":null,"lists":null,"data":null}'), {});
});

const refused: readonly (readonly [text: string, path: string, line: number, column: number])[] = [
  ['{"primitives":{"int8":300}}', "primitives.int8", 1, 23],
  ['{"primitives":{"int8":1.5}}', "primitives.int8", 1, 23],
  ['{"primitives":{"color":"purple"}}', "primitives.color", 1, 24],
  ['{"primitives":{"bool":"true"}}', "primitives.bool", 1, 23],
  ['{"primitives":{"void":1}}', "primitives.void", 1, 23],
  ['{"primitives":{"uint64":-1}}', "primitives.uint64", 1, 25],
  ['{"primitives":{"uint64":18446744073709551616}}', "primitives.uint64", 1, 25],
  ['{"primitives":{"float64":"x"}}', "primitives.float64", 1, 26],
  ['{"data":[1,256]}', "data", 1, 9],
  ['{"data":"AAAA"}', "data", 1, 9],
  ['{"text":5}', "text", 1, 9],
  ['{"lists":\n {"points":[{"x":1},\n{"x":"q"}]}}', "lists.points[1].x", 3, 6],
  ['{"lists":{"nested":[[],[1,"x"]]}}', "lists.nested[1][1]", 1, 27],
  ['{"pointers":{"any":5}}', "pointers.any", 1, 20],
  ['{"pointers":[]}', "pointers", 1, 13],
  ["[1]", "", 1, 1],
  ["", "", 1, 1],
  ['{"text":"a",}', "", 1, 13],
  ['{"text":"a"} x', "", 1, 14],
  ['{"text":"a\nb"}', "", 1, 11],
  ['{"text":"\\x"}', "", 1, 10],
  ['{"text":01}', "", 1, 10],
  ['{"text":NaN}', "", 1, 9],
];

for (const [text, path, line, column] of refused) {
  test(`${JSON.stringify(text)} is refused, and where`, () => {
    assert.throws(
      () => decoded(text),
      (error) => {
        assert.ok(error instanceof ParseError);
        assert.equal(error.code, "ERR_TIDEMARK_CAPNP_JSON");
        assert.deepEqual([error.path, error.line, error.column], [path, line, column]);
        return true;
      },
    );
  });
}

test("names that the schema does not have are ignored, or refused", () => {
  assert.deepEqual(decoded('{"nope":{"deep":[1]},"text":"t"}'), { text: "t" });
  assert.deepEqual(decoded('{"__proto__":{"text":"t"},"toString":1}'), {});
  assert.throws(() => decoded('{"nope":1}', { unknownFields: "error" }), { path: "nope" });
});

test("a discriminator and its member must agree", () => {
  const codec = { unknownFields: "error" } as const;
  assert.equal(decoded('{"kind":"c"}', codec, annotated)["c"], undefined);
  assert.throws(() => decoded('{"kind":"b","a":"x"}', codec, annotated), { path: "a" });
  assert.throws(() => decoded('{"kind":"zzz"}', codec, annotated), { path: "kind" });
  assert.throws(() => decoded('{"named":{"val":1}}', codec, annotated), { path: "named.val" });
});

test("JSON that nests without end is refused, not followed", () => {
  const deep = `${'{"child":'.repeat(100_000)}{}${"}".repeat(100_000)}`;
  assert.throws(() => decoded(deep), ParseError);
  const ignored = `{"nope":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.deepEqual(decoded(ignored), {});
});

test("pointers of any kind and capabilities are refused when they are set", () => {
  const struct = new MessageBuilder().initRoot(all.struct("Pointers"));
  assert.equal(new JsonCodec().encode(struct.asReader()), "{}");
  struct.set("any", "text");
  assert.throws(() => new JsonCodec().encode(struct.asReader()), {
    code: "ERR_TIDEMARK_ARGUMENT_TYPE",
  });
});

test("options that do not exist are refused", () => {
  assert.throws(() => new JsonCodec({ data: "utf8" as never }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
});
