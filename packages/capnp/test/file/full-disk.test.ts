// A disk that is full while a message is built.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { MessageFile, MessageFileError } from "@tidemark/capnp/file";
import { MappingFaultError } from "@tidemark/core";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { Chain } from "../schemas/chain.js";
import { contentOf, countLinks, LinkAppender } from "./chain-builder.js";

const deep = { nestingLimit: Number.POSITIVE_INFINITY };

function checkFirstLinks(file: string, count: number): void {
  using reader = MessageFile.open(file, deep);
  let link = reader.getRoot(Chain).first;
  for (let index = 0; index < count; index++) {
    assert.equal(link.index, index);
    assert.deepEqual(link.payload, contentOf(index).payload);
    if (index + 1 < count) link = link.next;
  }
}

function isFullDisk(error: unknown): boolean {
  assert.ok(error instanceof MessageFileError);
  assert.equal(error.code, "ERR_TIDEMARK_CAPNP_FILE");
  assert.ok(error.cause instanceof MappingFaultError);
  assert.equal(error.cause.errnoName, "ENOSPC");
  return true;
}

for (const fileSystem of ["tmpfs", "ext4"] as const) {
  const skip = requires("root", `mount:${fileSystem}`);

  test(`on a full ${fileSystem} the last checkpoint stays`, { skip }, async () => {
    using mount = mountFileSystem(fileSystem, { byteLength: 16 * 2 ** 20 });
    const file = path.join(mount.folder, "message");
    const built = MessageFile.create(file);
    const links = new LinkAppender(built.message);
    links.addMany(1000);
    await built.checkpoint();
    links.addMany(200_000);
    await assert.rejects(built.checkpoint(), isFullDisk);
    // What is not whole is vouched for by no later checkpoint, with room or without.
    assert.throws(() => built.checkpointSync(), isFullDisk);
    assert.throws(() => built.initRoot(Chain), isFullDisk);
    await assert.rejects(built.close(), isFullDisk);
    await built.close();
    checkFirstLinks(file, 1000);
  });

  test(`on a full ${fileSystem} the file to be replaced stays`, { skip }, async () => {
    using mount = mountFileSystem(fileSystem, { byteLength: 16 * 2 ** 20 });
    const file = path.join(mount.folder, "message");
    const old = MessageFile.create(file);
    new LinkAppender(old.message).addMany(10);
    old.closeSync();
    const before = fs.readFileSync(file);
    for (const close of ["close", "closeSync"] as const) {
      const built = MessageFile.create(file, { replace: "at-close" });
      new LinkAppender(built.message).addMany(200_000);
      await assert.rejects(async () => built[close](), isFullDisk);
      assert.deepEqual(fs.readFileSync(file), before);
      assert.deepEqual(
        fs.readdirSync(mount.folder).filter((name) => name !== "lost+found"),
        ["message"],
      );
    }
    using reader = MessageFile.open(file, deep);
    assert.equal(countLinks(reader.message), 10);
  });

  test(`without room on ${fileSystem} for even a table nothing is left`, { skip }, () => {
    using mount = mountFileSystem(fileSystem, { byteLength: 16 * 2 ** 20 });
    const filler = path.join(mount.folder, "filler");
    const fd = fs.openSync(filler, "w");
    const block = Buffer.alloc(4096, 1);
    try {
      for (;;) fs.writeSync(fd, block);
    } catch {
      // Full.
    } finally {
      fs.closeSync(fd);
    }
    const file = path.join(mount.folder, "message");
    assert.throws(() => MessageFile.create(file), { errnoName: "ENOSPC" });
    assert.equal(fs.existsSync(file), false);
  });
}
