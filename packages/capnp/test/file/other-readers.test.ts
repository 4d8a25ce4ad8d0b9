// Message files as Cap'n Proto's own tool reads them.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { MessageFile } from "@tidemark/capnp/file";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { Chain } from "../schemas/chain.js";
import { LinkAppender } from "./chain-builder.js";

const skip = requires("capnp");
const schema = path.join(packageRoot, "test", "schemas", "chain.capnp");

function decode(file: string, ...options: readonly string[]): SpawnSyncReturns<string> {
  // It warns of tables with many segments, which it takes for another format.
  return spawnSync("capnp", ["decode", "--quiet", ...options, schema, "Chain"], {
    input: fs.readFileSync(file),
    encoding: "utf8",
  });
}

const layouts = {
  "one segment": { maxSegments: 1 },
  "room for 511 segments": {},
  "many segments": { maxSegmentByteLength: 1024 },
  "511 segments, all of them in use": { maxSegmentByteLength: 64 },
};

for (const [what, options] of Object.entries(layouts)) {
  test(`capnp decodes a message file with ${what}`, { skip }, () => {
    const file = temporaryPath();
    const built = MessageFile.create(file, options);
    const count = what.startsWith("511") ? 511 : 40;
    if (count === 511) {
      const blobs = built.initRoot(Chain).initBlobs(6);
      for (let index = 0; index < 6; index++) blobs.set(index, Uint8Array.of(65 + index));
    } else {
      new LinkAppender(built.message).addMany(count);
    }
    built.closeSync();
    const { status, stdout, stderr } = decode(file, "--short");
    assert.deepEqual([status, stderr], [0, ""]);
    if (count === 511) assert.match(stdout, /blobs = \["A", "B", "C", "D", "E", "F"\]/);
    else for (let index = 0; index < count; index++) assert.ok(stdout.includes(`"link ${index}"`));
  });
}

test("capnp refuses an unfinished message", { skip }, () => {
  const file = temporaryPath();
  const built = MessageFile.create(file, { maxSegmentByteLength: 1024 });
  new LinkAppender(built.message).addMany(40);
  const { status, stderr } = decode(file, "--short");
  built.closeSync();
  // It goes on all the same, and prints what it takes for further messages.
  assert.notEqual(status, 0);
  assert.match(stderr, /too many segments/);
});

test("what capnp has encoded is opened and edited", { skip }, () => {
  const file = temporaryPath();
  const text = '(first = (index = 0, name = "one", next = (index = 1)), blobs = ["A"])';
  const encoded = spawnSync("capnp", ["encode", schema, "Chain"], { input: text });
  fs.writeFileSync(file, encoded.stdout);
  {
    using reader = MessageFile.open(file);
    const chain = reader.getRoot(Chain);
    assert.deepEqual([chain.first.name, chain.first.next.index], ["one", 1]);
  }
  const edited = MessageFile.edit(file);
  edited.getRoot(Chain).first.name = "another name, which is longer";
  edited.closeSync();
  assert.match(decode(file, "--short").stdout, /another name, which is longer/);
});
