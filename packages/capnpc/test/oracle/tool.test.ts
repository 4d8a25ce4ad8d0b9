// The `capnp` tool reads what we write, and we read what it writes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { canonicalize, MessageBuilder, MessageReader, readMessages } from "@tidemark/capnp";
import { requires } from "@tidemark/testing/requirements.js";
import {
  Person,
  Person_Phone_Kind,
  type PersonBuilder,
} from "@tidemark/testing/schemas/person.capnp.js";
import fc from "fast-check";
import { buildTree } from "./build-tree.js";
import { Oracle, runTool } from "./oracle.js";
import { treesOf } from "./random-trees.js";
import { readTree } from "./read-tree.js";
import { Schema } from "./schema.js";

const skip = requires("capnp", "libcapnp");
let schema: Schema;
let oracle: Oracle;

before(() => {
  if (skip !== false) return;
  schema = new Schema(["all-types.capnp", "shapes.capnp", "person.capnp"]);
  oracle = new Oracle(schema.bytes);
});

after(() => {
  if (skip === false) oracle[Symbol.dispose]();
});

function fill(person: PersonBuilder): void {
  person.id = 18446744073709551615n;
  person.heightMeters = 1.75;
  person.birthYear = 1815;
  person.active = true;
  person.name = "Ada Lovelace";
  person.email = "ada@example.com";
  const phones = person.initPhones(2);
  phones.get(0).number = "555-1212";
  phones.get(1).number = "555-3434";
  phones.get(1).kind = Person_Phone_Kind.work;
  person.initScores(8).setAll([1, 2, 3, 4, 5, 6, 7, 4294967295]);
}

const text =
  "(id = 18446744073709551615, heightMeters = 1.75, birthYear = 1815, active = true, " +
  'name = "Ada Lovelace", email = "ada@example.com", ' +
  'phones = [(number = "555-1212", kind = mobile), (number = "555-3434", kind = work)], ' +
  "scores = [1, 2, 3, 4, 5, 6, 7, 4294967295])";

function somebody(): MessageBuilder {
  const message = new MessageBuilder();
  fill(message.initRoot(Person));
  return message;
}

test("the record of the benchmarks is 192 bytes", () => {
  assert.equal(somebody().toFlat().byteLength, 8 + 192);
});

test("capnp decode prints what we built, plain, packed and canonical", { skip }, () => {
  const decode = (format: string, input: Uint8Array) => {
    const args = ["convert", `${format}:text`, "--short", "person.capnp", "Person"];
    return runTool(args, input).toString().trim();
  };
  const message = somebody();
  assert.equal(decode("binary", message.toFlat()), text);
  assert.equal(decode("packed", message.toPacked()), text);
  assert.equal(decode("canonical", message.toCanonical()), text);
});

test("we read what capnp encode wrote, plain, packed and canonical", { skip }, () => {
  const encode = (format: string) => {
    const args = ["convert", `text:${format}`, "person.capnp", "Person"];
    return runTool(args, Buffer.from(text));
  };
  const node = schema.named("Person");
  const expected = readTree(schema, somebody().getRoot(Person), node);
  for (const message of [
    MessageReader.fromFlat(encode("binary")),
    MessageReader.fromPacked(encode("packed")),
    new MessageReader([encode("canonical")]),
  ]) {
    assert.deepEqual(readTree(schema, message.getRoot(Person), node), expected);
  }
  const canonical = canonicalize(MessageReader.fromFlat(encode("binary")));
  assert.deepEqual(Buffer.from(canonical), encode("canonical"));
});

test("messages one after another, both ways", { skip }, () => {
  const flat = somebody().toFlat();
  const three = Buffer.concat([flat, flat, flat]);
  const printed = runTool(["decode", "--short", "person.capnp", "Person"], three).toString();
  assert.deepEqual(printed.trim().split("\n"), [text, text, text]);
  const written = runTool(["encode", "person.capnp", "Person"], Buffer.from(text.repeat(3)));
  const names = [...readMessages(written)].map((message) => message.getRoot(Person).name);
  assert.deepEqual(names, ["Ada Lovelace", "Ada Lovelace", "Ada Lovelace"]);
});

test("the tool prints random messages of ours as it prints those of C++", { skip }, async () => {
  const node = schema.named("AllTypes");
  const property = fc.asyncProperty(treesOf(schema.request, "AllTypes", 4), async (tree) => {
    const message = new MessageBuilder();
    buildTree(schema, message.initRoot(schema.structType(node.id)), node, tree);
    const theirs = await oracle.build("AllTypes", tree);
    const args = ["decode", "--short", "all-types.capnp", "AllTypes"];
    assert.equal(String(runTool(args, message.toFlat())), String(runTool(args, theirs)));
  });
  await fc.assert(property, { numRuns: 10 });
});
