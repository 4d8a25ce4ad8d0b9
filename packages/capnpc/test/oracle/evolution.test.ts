// Two versions of a schema: what one writes, the other reads, as C++ does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MessageBuilder, MessageReader } from "@tidemark/capnp";
import { requires } from "@tidemark/testing/requirements.js";
import { Account as NewAccount } from "@tidemark/testing/schemas/evolution-new.capnp.js";
import { Account as OldAccount } from "@tidemark/testing/schemas/evolution-old.capnp.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { buildTree } from "./build-tree.js";
import { Oracle } from "./oracle.js";
import { treesOf } from "./random-trees.js";
import { readTree } from "./read-tree.js";
import { Schema } from "./schema.js";

const skip = requires("capnp", "libcapnp");
const numRuns = rounds({ short: 60, long: 5000 });

interface Version {
  readonly schema: Schema;
  readonly oracle: Oracle;
}

const versions: Version[] = [];

before(() => {
  if (skip !== false) return;
  for (const file of ["evolution-old.capnp", "evolution-new.capnp"]) {
    const schema = new Schema([file]);
    versions.push({ schema, oracle: new Oracle(schema.bytes) });
  }
});

after(() => {
  for (const { oracle } of versions) oracle[Symbol.dispose]();
});

for (const [writing, reading, name] of [
  [0, 1, "a new program reads what an old one wrote"],
  [1, 0, "an old program reads what a new one wrote"],
] as const) {
  test(`${name}, as C++ does`, { skip }, async () => {
    const { schema, oracle } = versions[writing] as Version;
    const other = versions[reading] as Version;
    const node = schema.named("Account");
    const otherNode = other.schema.named("Account");
    const property = fc.asyncProperty(treesOf(schema.request, "Account"), async (tree) => {
      const message = new MessageBuilder();
      buildTree(schema, message.initRoot(schema.structType(node.id)), node, tree);
      const written = message.toFlat();
      assert.deepEqual(
        await other.oracle.tree("Account", "flat", written),
        await other.oracle.tree("Account", "flat", await oracle.build("Account", tree)),
      );
      const root = MessageReader.fromFlat(written).getRoot(other.schema.structType(otherNode.id));
      assert.deepEqual(
        readTree(other.schema, root, otherNode),
        await other.oracle.tree("Account", "flat", written),
      );
    });
    await fc.assert(property, { numRuns });
  });
}

test("fields that a message is too old for read as their defaults", () => {
  const message = new MessageBuilder();
  const old = message.initRoot(OldAccount);
  old.id = 7;
  old.initPoints(2).setAll([5, 6]);
  old.initTags(1).set(0, "a tag");
  old.initPlaces(1).get(0).x = 3;
  old.initFlags(2);
  const account = MessageReader.fromFlat(message.toFlat()).getRoot(NewAccount);
  assert.equal(account.id, 7);
  assert.equal(account.added, -12);
  assert.equal(account.addedText, "was not there");
  assert.deepEqual(account.addedList.toArray(), [1, 2, 3]);
  const points = account.points.toArray();
  assert.deepEqual(
    points.map(({ value, reason, factor }) => [value, reason, factor]),
    [
      [5, "", 1.5],
      [6, "", 1.5],
    ],
  );
  const [tag] = account.tags.toArray();
  assert.deepEqual([tag?.text, tag?.weight], ["a tag", -1]);
  const [place] = account.places.toArray();
  assert.deepEqual([place?.x, place?.y, place?.label], [3, 65535, ""]);
  assert.deepEqual(
    account.flags.toArray().map(({ value }) => value),
    [7, 7],
  );
});

test("a message of an old program is built on by a new one: what is small becomes larger", () => {
  const message = new MessageBuilder();
  const old = message.initRoot(OldAccount);
  old.id = 8;
  old.name = "kept";
  old.initPoints(2).setAll([5, 6]);
  old.initTags(2).setAll(["first", "second"]);
  old.initPlace().x = 9;
  const account = message.getRoot(NewAccount);
  account.added = 4;
  account.points.get(1).reason = "because";
  account.tags.get(0).weight = 2;
  account.place.label = "somewhere";
  const read = MessageReader.fromFlat(message.toFlat()).getRoot(NewAccount);
  assert.deepEqual([read.id, read.name, read.added], [8, "kept", 4]);
  assert.deepEqual(
    read.points.toArray().map(({ value, reason }) => [value, reason]),
    [
      [5, ""],
      [6, "because"],
    ],
  );
  assert.deepEqual(
    read.tags.toArray().map(({ text, weight }) => [text, weight]),
    [
      ["first", 2],
      ["second", -1],
    ],
  );
  assert.deepEqual([read.place.x, read.place.y, read.place.label], [9, 65535, "somewhere"]);
});

test("a member that only a newer schema knows is told by its number", () => {
  const message = new MessageBuilder();
  message.initRoot(NewAccount).kind.text = "new";
  const { kind } = MessageReader.fromFlat(message.toFlat()).getRoot(OldAccount);
  const which: number = kind.which();
  assert.equal(which, 2);
  assert.throws(() => kind.limit, { code: "ERR_TIDEMARK_CAPNP_UNION_MEMBER" });
});
