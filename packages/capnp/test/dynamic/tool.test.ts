// Held against Cap'n Proto's own tool: what it prints, what it takes, byte for byte.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageBuilder, readMessages } from "@tidemark/capnp";
import { formatText, JsonCodec, parseTexts, type StructSchema } from "@tidemark/capnp/dynamic";
import { requires } from "@tidemark/testing/requirements.js";
import { rounds } from "@tidemark/testing/torture.js";
import { fillStruct, Random } from "./random-struct.js";
import {
  capnp,
  compileSchema,
  loadSchemas,
  requestPath,
  type SchemaName,
  schemaFolders,
  schemaPath,
} from "./schemas.js";

const skip = requires("capnp");
const seed = Number(
  process.env["TIDEMARK_SEED"] ??
    rounds({ short: 20_261_121, long: Math.floor(Math.random() * 2 ** 31) }),
);
const count = 40;
const json = new JsonCodec();

const subjects: readonly (readonly [SchemaName, string])[] = [
  ["all-types", "AllTypes"],
  ["all-types", "Defaults"],
  ["all-types", "Bits"],
  ["all-types", "Outer"],
  ["generics", "Uses"],
  ["names", "Words"],
  ["names", "Accessors"],
  ["names", "Foo"],
  ["person", "People"],
  ["evolution-new", "Account"],
  ["annotated", "Annotated"],
];

/** Random messages of a type: each a message of its own, as the tool would lay it out. */
function randomMessages(schema: StructSchema): MessageBuilder[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const message = new MessageBuilder();
    fillStruct(message.initRoot(schema), random);
    return message;
  });
}

/** As the tool lays out what it has read: a copy, pointer by pointer. */
function copied(message: MessageBuilder, schema: StructSchema): Uint8Array {
  const copy = new MessageBuilder();
  copy.setRoot(message.getRoot(schema));
  return copy.toFlat();
}

function stream(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages);
}

for (const [name, type] of subjects) {
  test(`${type} of ${name}: the text form is the tool's, seed ${seed}`, { skip }, () => {
    const schema = loadSchemas(name).struct(type);
    const messages = randomMessages(schema);
    const bytes = stream(messages.map((message) => message.toFlat()));
    for (const pretty of [true, false]) {
      const args = ["decode", ...(pretty ? [] : ["--short"]), schemaPath(name), type];
      const printed = capnp(args, bytes).toString();
      const ours = messages.map((message) => {
        return `${formatText(message.getRoot(schema).asReader(), { pretty })}\n`;
      });
      assert.equal(ours.join(""), printed);
      const parsed = [...parseTexts(printed, schema, () => new MessageBuilder())];
      const again = parsed.map((message) => {
        return `${formatText(message.getRoot(schema).asReader(), { pretty })}\n`;
      });
      assert.equal(again.join(""), printed);
    }
  });

  test(`${type} of ${name}: JSON is the tool's, seed ${seed}`, { skip }, () => {
    const schema = loadSchemas(name).struct(type);
    const messages = randomMessages(schema);
    const bytes = stream(messages.map((message) => message.toFlat()));
    for (const pretty of [true, false]) {
      const args = ["convert", "binary:json", ...(pretty ? [] : ["--short"])];
      const printed = capnp([...args, schemaPath(name), type], bytes).toString();
      const ours = messages.map((message) => {
        return `${json.encode(message.getRoot(schema).asReader(), { pretty })}\n`;
      });
      assert.equal(ours.join(""), printed);
    }
  });
}

test(`what the tool takes of the text form, we take for the same, seed ${seed}`, { skip }, () => {
  for (const [name, type] of subjects) {
    const schema = loadSchemas(name).struct(type);
    const lines = randomMessages(schema)
      .map((message) => formatText(message.getRoot(schema).asReader()))
      // The tool loses the sign of -0, and misses the end of some quoted texts.
      .filter((line) => !/-0[,)\]]|\\/.test(line));
    if (lines.length === 0) continue;
    const taken = capnp(["encode", schemaPath(name), type], lines.join("\n"));
    const parsed = [...parseTexts(lines.join("\n"), schema, () => new MessageBuilder())];
    const ours = stream(parsed.map((each) => copied(each, schema)));
    assert.ok(ours.equals(taken), `${type}: ${lines.length} messages differ`);
  }
});

test(`what the tool makes of our JSON is what we make of it, seed ${seed}`, { skip }, () => {
  for (const [name, type] of subjects) {
    const schema = loadSchemas(name).struct(type);
    const lines = randomMessages(schema)
      .map((message) => json.encode(message.getRoot(schema).asReader()))
      // The tool reads hexadecimal digits above 9 wrong, and misses the end of some escapes.
      .filter((line) => !line.includes("\\"));
    if (lines.length === 0) continue;
    const read = capnp(["convert", "json:binary", schemaPath(name), type], lines.join("\n"));
    const theirs = [...readMessages(read)].map((message) => formatText(message.getRoot(schema)));
    const ours = lines.map((line) => {
      const message = new MessageBuilder();
      json.decode(line, message.initRoot(schema));
      return formatText(message.getRoot(schema).asReader());
    });
    assert.equal(ours.join("\n"), theirs.join("\n"));
  }
});

test("the compiled schemas beside the tests are fresh", { skip }, () => {
  for (const name of Object.keys(schemaFolders) as SchemaName[]) {
    const kept = fs.readFileSync(requestPath(name));
    const fresh = compileSchema(name);
    if (process.env["TIDEMARK_UPDATE"] === "1") fs.writeFileSync(requestPath(name), fresh);
    else assert.ok(kept.equals(fresh), `${name}: run this test with TIDEMARK_UPDATE=1`);
  }
});
