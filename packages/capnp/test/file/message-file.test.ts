import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { MemoryArena, MessageBuilder, MessageReader } from "@tidemark/capnp";
import { MessageFile, type MessageFileReader } from "@tidemark/capnp/file";
import { lockFileSync } from "@tidemark/core/sync";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { Chain } from "../schemas/chain.js";
import { countLinks, LinkAppender } from "./chain-builder.js";

/** Chains are deep. */
const deep = { nestingLimit: Number.POSITIVE_INFINITY };

function linksIn(file: string): number {
  using reader = MessageFile.open(file, deep);
  return countLinks(reader.message);
}

function build(
  file: string,
  count: number,
  options?: Parameters<typeof MessageFile.create>[1],
): void {
  const built = MessageFile.create(file, options);
  new LinkAppender(built.message).addMany(count);
  built.closeSync();
}

test("a message of one segment is, byte by byte, what is built in memory", async () => {
  const file = temporaryPath();
  const built = MessageFile.create(file, { maxSegments: 1 });
  new LinkAppender(built.message).addMany(1000);
  await built.close();
  const single = new MessageBuilder(new MemoryArena({ firstSegmentWords: 2 ** 20 }));
  new LinkAppender(single).addMany(1000);
  assert.deepEqual(fs.readFileSync(file), Buffer.from(single.toFlat()));
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
});

test("a message with room for 511 segments is read by every reader of streams", () => {
  const file = temporaryPath();
  build(file, 100);
  const bytes = fs.readFileSync(file);
  assert.equal(bytes.readUInt32LE(0), 510);
  assert.equal(bytes.readUInt32LE(4) * 8 + 2048, bytes.length);
  assert.equal(countLinks(MessageReader.fromFlat(bytes, deep)), 100);
  assert.equal(linksIn(file), 100);
});

test("a message grows into further segments, without gaps", () => {
  const file = temporaryPath();
  build(file, 500, { maxSegmentByteLength: 4096 });
  using reader = MessageFile.open(file, deep);
  assert.ok(reader.segmentCount > 20);
  assert.equal(countLinks(reader.message), 500);
  assert.equal(reader.byteLength, fs.statSync(file).size);
  assert.equal(countLinks(MessageReader.fromFlat(fs.readFileSync(file), deep)), 500);
});

test("until its first checkpoint a message cannot be opened, and reads as none", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file, { maxSegmentByteLength: 4096 });
  new LinkAppender(built.message).addMany(500);
  assert.throws(() => MessageFile.open(file), { code: "ERR_TIDEMARK_CAPNP_UNFINISHED" });
  assert.throws(() => MessageReader.fromFlat(fs.readFileSync(file)).getRoot(Chain).first.name, {
    code: "ERR_TIDEMARK_CAPNP_FRAMING",
  });
  built.closeSync();
  assert.equal(linksIn(file), 500);
});

test("whoever opens the file sees at least the last checkpoint", async () => {
  const file = temporaryPath();
  await using built = MessageFile.create(file, { maxSegmentByteLength: 8192 });
  const links = new LinkAppender(built.message);
  links.addMany(10);
  await built.checkpoint();
  assert.equal(linksIn(file), 10);
  links.addMany(500);
  const waiting = built.checkpoint();
  links.addMany(300);
  await waiting;
  built.checkpointSync();
  assert.equal(linksIn(file), 810);
  assert.ok(built.segmentCount > 5);
});

test("checkpoints at once and after one another leave the newest", async () => {
  const file = temporaryPath();
  const built = MessageFile.create(file, { maxSegmentByteLength: 4096 });
  const links = new LinkAppender(built.message);
  const waiting: Promise<void>[] = [];
  for (let round = 0; round < 30; round++) {
    links.addMany(20);
    waiting.push(built.checkpoint());
    if (round % 7 === 0) built.checkpointSync();
    if (round % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(waiting);
  await built.close();
  await built.close();
  assert.equal(linksIn(file), 600);
});

test("with replace at-close readers see the old message until the new one is whole", async () => {
  const file = temporaryPath();
  build(file, 3);
  const built = MessageFile.create(file, { replace: "at-close" });
  new LinkAppender(built.message).addMany(7);
  await built.checkpoint();
  assert.equal(linksIn(file), 3);
  await built.close();
  assert.equal(linksIn(file), 7);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(file)]);
});

test("what is discarded leaves the old file, or none", () => {
  const file = temporaryPath();
  build(file, 3);
  const beside = MessageFile.create(file, { replace: "at-close" });
  new LinkAppender(beside.message).addMany(7);
  beside.discard();
  beside.discard();
  assert.equal(linksIn(file), 3);
  const fresh = temporaryPath();
  MessageFile.create(fresh).discard();
  assert.deepEqual(fs.readdirSync(path.dirname(fresh)), []);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(file)]);
});

test("a file that is there is replaced only when asked", () => {
  const file = temporaryPath();
  build(file, 30);
  assert.throws(() => MessageFile.create(file), { errnoName: "EEXIST" });
  assert.equal(linksIn(file), 30);
  build(file, 4, { replace: "at-once" });
  assert.equal(linksIn(file), 4);
});

test("a message is edited in place, and built on", () => {
  for (const options of [{ maxSegments: 1 }, {}, { maxSegmentByteLength: 4096 }]) {
    const file = temporaryPath();
    build(file, 100, options);
    for (let round = 0; round < 3; round++) {
      const edited = MessageFile.edit(file, options.maxSegmentByteLength ? options : undefined);
      const links = new LinkAppender(edited.message);
      assert.equal(links.count, 100 + 50 * round);
      links.addMany(50);
      edited.closeSync();
    }
    assert.equal(linksIn(file), 250);
    assert.equal(countLinks(MessageReader.fromFlat(fs.readFileSync(file), deep)), 250);
  }
});

test("a message of another writer is edited, as far as its table has room", () => {
  const file = temporaryPath();
  const message = new MessageBuilder();
  new LinkAppender(message).addMany(5);
  fs.writeFileSync(file, message.toFlat());
  const edited = MessageFile.edit(file, { maxSegmentByteLength: 8192 });
  const links = new LinkAppender(edited.message);
  assert.throws(() => links.addMany(1000), {
    code: "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    message: /more than the 1 segments/,
  });
  edited.closeSync();
  assert.equal(linksIn(file), links.count);
});

test("two do not build one message at once", () => {
  const file = temporaryPath();
  build(file, 5);
  const edited = MessageFile.edit(file);
  for (const second of [
    () => MessageFile.edit(file),
    () => MessageFile.recover(file),
    () => MessageFile.create(file, { replace: "at-once" }),
  ]) {
    assert.throws(second, { code: "ERR_TIDEMARK_IN_USE" });
  }
  assert.equal(linksIn(file), 5);
  // The locks of programs are another matter.
  using lock = lockFileSync(file, { timeoutMs: 1000 });
  assert.equal(lock.released, false);
  edited.closeSync();
  MessageFile.edit(file).closeSync();
  assert.equal(linksIn(file), 5);
});

test("segments past 4 GiB are far apart in the file, and found", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file);
  const blobs = built.initRoot(Chain).initBlobs(20);
  const blobByteLength = 2 ** 29 - 1;
  // Nothing is stored in them but their first and last byte: the file stays small.
  for (let index = 0; index < 20; index++) {
    const blob = blobs.init(index, blobByteLength);
    blob[0] = index + 1;
    blob[blobByteLength - 1] = index + 101;
  }
  assert.ok(built.byteLength > 10 * 2 ** 30);
  assert.ok(built.segmentCount >= 3);
  built.closeSync();
  using reader = MessageFile.open(file);
  const read = reader.getRoot(Chain).blobs;
  for (let index = 0; index < 20; index++) {
    const blob = read.get(index);
    assert.deepEqual(
      [blob.length, blob[0], blob[blobByteLength - 1]],
      [blobByteLength, index + 1, index + 101],
    );
  }
});

test("what is full is an error at once, and what was built is kept", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file, { maxByteLength: 2 ** 16, maxSegments: 3 });
  const links = new LinkAppender(built.message);
  assert.throws(() => links.addMany(10_000), {
    code: "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    message: /larger maxByteLength/,
  });
  built.closeSync();
  assert.equal(linksIn(file), links.count);
});

test("nothing is built in, or read from, what is closed", async () => {
  const file = temporaryPath();
  const built = MessageFile.create(file);
  const links = new LinkAppender(built.message);
  links.addMany(5);
  await built.close();
  assert.throws(() => links.add());
  assert.throws(() => built.initRoot(Chain), { code: "ERR_TIDEMARK_CLOSED" });
  assert.throws(() => built.getRoot(Chain), { code: "ERR_TIDEMARK_CLOSED" });
  assert.throws(() => built.checkpointSync(), { code: "ERR_TIDEMARK_CLOSED" });
  await assert.rejects(built.checkpoint(), { code: "ERR_TIDEMARK_CLOSED" });
  assert.equal(built.closed, true);
  const reader: MessageFileReader = MessageFile.open(file);
  const chain = reader.getRoot(Chain);
  reader.close();
  reader.close();
  assert.throws(() => reader.message, { code: "ERR_TIDEMARK_CLOSED" });
  assert.throws(() => chain.first.name);
});

const notMessages: Readonly<Record<string, (file: string) => void>> = {
  "an empty file": (file) => fs.writeFileSync(file, ""),
  "a file of text": (file) => fs.writeFileSync(file, "no message at all, only words\n"),
  "a file that was cut off": (file) => {
    build(file, 20);
    fs.truncateSync(file, fs.statSync(file).size - 8);
  },
};

for (const [what, make] of Object.entries(notMessages)) {
  test(`${what} is a typed error`, () => {
    const file = temporaryPath();
    make(file);
    const code = "ERR_TIDEMARK_CAPNP_FRAMING";
    const before = fs.readFileSync(file);
    assert.throws(() => MessageFile.open(file), { code });
    assert.throws(() => MessageFile.edit(file), { code });
    assert.throws(() => MessageFile.recover(file), { code });
    assert.deepEqual(fs.readFileSync(file), before);
  });
}

test("several messages in one file are not one to edit or to recover", () => {
  const file = temporaryPath();
  const message = new MessageBuilder();
  new LinkAppender(message).addMany(5);
  fs.writeFileSync(file, Buffer.concat([message.toFlat(), message.toFlat()]));
  assert.equal(linksIn(file), 5);
  assert.throws(() => MessageFile.edit(file), { code: "ERR_TIDEMARK_CAPNP_UNFINISHED" });
  assert.throws(() => MessageFile.recover(file), { code: "ERR_TIDEMARK_CAPNP_FRAMING" });
});

test("paths and options that make no sense are typed errors", () => {
  const file = path.join(temporaryFolder(), "message");
  const bad: readonly [unknown, RegExp][] = [
    [{ maxSegments: 0 }, /maxSegments must be from 1 to 511/],
    [{ maxSegments: 512 }, /maxSegments must be from 1 to 511/],
    [{ maxSegments: 1.5 }, /maxSegments/],
    [{ maxSegments: "3" }, /maxSegments must be a number/],
    [{ replace: "now" }, /replace must be/],
    [{ maxByteLength: 100 }, /maxByteLength must be at least 2056/],
    [{ maxByteLength: -1 }, /maxByteLength/],
    [{ maxSegmentByteLength: 4 }, /maxSegmentByteLength/],
    [{ unknown: 1 }, /options has no "unknown"/],
    [5, /options must be an object/],
    [null, /options must be an object/],
  ];
  for (const [options, message] of bad) {
    const create = (): unknown => MessageFile.create(file, options as object);
    assert.throws(create, { code: /^ERR_TIDEMARK_ARGUMENT_/, message });
  }
  for (const name of [undefined, null, 5, "", {}, Symbol("no")]) {
    for (const method of ["create", "open", "edit", "recover"] as const) {
      const call = (): unknown => MessageFile[method](name as string);
      assert.throws(call, { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
    }
  }
  assert.throws(() => MessageFile.open(file), { errnoName: "ENOENT" });
  assert.throws(() => MessageFile.edit(file), { errnoName: "ENOENT" });
  assert.throws(() => MessageFile.open(temporaryFolder()), { code: "ERR_TIDEMARK_NOT_MAPPABLE" });
  assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
});
