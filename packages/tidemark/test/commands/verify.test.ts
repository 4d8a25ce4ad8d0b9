// tidemark verify: a message that is sound, and all that may be wrong with one.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageFile } from "@tidemark/capnp/file";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { fillShop, messageOf, schemaFile, shopSchemas } from "../messages/made-messages.js";
import { tidemark } from "../running.js";

test("a sound message is counted", () => {
  const file = messageOf("Shop", fillShop);
  const { status, stdout, stderr } = tidemark("verify", file);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /is sound\n/);
  assert.match(stdout, /^schema +Shop, as the message itself says$/m);
  assert.match(stdout, /^words unreferenced +0$/m);
  const told = JSON.parse(tidemark("verify", file, "--json").stdout);
  assert.equal(told.ok, true);
  assert.deepEqual([told.structs, told.texts, told.data, told.schema], [5, 8, 1, "embedded"]);
  assert.equal(told.reachedWords + told.reservedWords, told.words);
  assert.equal(told.fault, null);
});

test("a message of many segments is sound", () => {
  const file = messageOf("Shop", (shop) => fillShop(shop, 500), { maxSegmentByteLength: 65_536 });
  const told = JSON.parse(tidemark("verify", file, "--json").stdout);
  assert.ok(told.ok && told.segments > 1 && told.farPointers > 0, JSON.stringify(told));
});

test("without a schema the pointers are followed all the same", () => {
  const file = messageOf("Shop", fillShop, { embeds: false });
  assert.match(tidemark("verify", file).stdout, /^schema +none, so texts/m);
  const given = tidemark("verify", file, "--schema", schemaFile(), "--root", "Shop", "--json");
  assert.equal(JSON.parse(given.stdout).schema, "given");
  const other = tidemark("verify", file, "--schema", schemaFile(), "--root", "Chunks");
  assert.deepEqual([other.status, other.stdout], [1, ""]);
  assert.match(other.stderr, /is damaged: segment 0, word \d+ \(byte \d+ of the file\): Chunks/);
});

test("the first fault is told with its place in the file", () => {
  const file = messageOf("Shop", fillShop);
  const bytes = fs.readFileSync(file);
  const at = bytes.indexOf("hammer") + 6;
  bytes[at] = 0x21;
  fs.writeFileSync(file, bytes);
  const { status, stderr } = tidemark("verify", file);
  assert.equal(status, 1);
  assert.match(stderr, /^tidemark: .*Item.name: the text does not end with a byte of zero\n$/);
  const json = tidemark("verify", file, "--json");
  assert.equal(json.status, 1);
  const { ok, fault } = JSON.parse(json.stdout);
  assert.deepEqual([ok, fault.code, fault.segment], [false, "ERR_TIDEMARK_CAPNP_TEXT", 0]);
  // The pointer to the text: it lies in the first item.
  const pointer = bytes.readInt32LE(fault.byteOffset) >> 2;
  assert.equal(fault.byteOffset + 8 + pointer * 8, at - 6);
  // Whoever reads the other rows can.
  assert.equal(tidemark("get", file, "items[2].id").stdout, "3\n");
  const cat = tidemark("cat", file);
  assert.equal(cat.status, 1);
  assert.match(cat.stderr, /is damaged: .* \(see tidemark verify\)\n$/);
});

function altered(change: (bytes: Buffer) => Buffer): string {
  const file = messageOf("Shop", fillShop);
  fs.writeFileSync(file, change(fs.readFileSync(file)));
  return file;
}

/** What a builder leaves that is killed. */
function unfinishedMessage(): string {
  const file = temporaryPath();
  const message = MessageFile.create(file);
  fillShop(message.initRoot(shopSchemas.struct("Shop")));
  const copy = temporaryPath();
  fs.copyFileSync(file, copy);
  message.discard();
  return copy;
}

const troubles: readonly (readonly [what: string, make: () => string, says: RegExp])[] = [
  [
    "cut off",
    () => altered((bytes) => bytes.subarray(0, bytes.length - 100)),
    /is no Cap'n Proto message: segment 0 .* should end at byte \d+, the file has/,
  ],
  [
    "cut off in its table",
    () => altered((bytes) => bytes.subarray(0, 100)),
    /ends inside the segment table/,
  ],
  ["empty", () => altered(() => Buffer.alloc(0)), /at least 8 bytes, this file has 0/],
  ["a text", () => altered(() => Buffer.from("some text\n")), /is no Cap'n Proto message/],
  [
    "followed by something",
    () => altered((bytes) => Buffer.concat([bytes, Buffer.from("garbage")])),
    /is sound up to byte \d+, and goes on with 7 bytes that are no part of the message/,
  ],
  [
    "followed by zeros",
    () => altered((bytes) => Buffer.concat([bytes, Buffer.alloc(4096)])),
    /goes on with 4096 zeros: a crash left them \(tidemark trim/,
  ],
  ["unfinished", unfinishedMessage, /is unfinished: it is being built, or .*tidemark recover/],
];

for (const [what, make, says] of troubles) {
  test(`a message that is ${what} is one line and exit code 1`, () => {
    const { status, stdout, stderr } = tidemark("verify", make());
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, says);
    assert.match(stderr, /^tidemark: [^\n]+\n$/);
  });
}

test("a schema at the end that is damaged is said to be so", () => {
  const file = altered((bytes) => {
    bytes.writeUInt32LE(9, bytes.length - 12);
    return bytes;
  });
  const { status, stderr } = tidemark("verify", file);
  assert.equal(status, 1);
  assert.match(stderr, /schema at the file's end is of version 9/);
});

test("recover makes a message of what was built", () => {
  const file = unfinishedMessage();
  assert.match(tidemark("info", file).stdout, /^message +unfinished/m);
  const told = JSON.parse(tidemark("recover", file, "--json").stdout);
  assert.deepEqual([told.recovered, told.byteLength], [true, fs.statSync(file).size]);
  const verified = tidemark("verify", file, "--schema", schemaFile(), "--root", "Shop");
  assert.deepEqual([verified.status, verified.stderr], [0, ""]);
  assert.match(tidemark("recover", file).stdout, /: nothing to recover\n$/);
  const text = altered(() => Buffer.from("some text\n"));
  const refused = tidemark("recover", text);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^tidemark: .* is no message to be recovered: [^\n]+\n$/);
  assert.equal(fs.readFileSync(text, "utf8"), "some text\n");
});
