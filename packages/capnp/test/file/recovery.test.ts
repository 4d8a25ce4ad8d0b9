// What a builder leaves that was killed, and what is made of it.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageReader } from "@tidemark/capnp";
import { MessageFile } from "@tidemark/capnp/file";
import { startChild } from "@tidemark/testing/child.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { Chain } from "../schemas/chain.js";
import { countLinks, LinkAppender } from "./chain-builder.js";

const deep = { nestingLimit: Number.POSITIVE_INFINITY };
const builder = new URL("./link-builder.js", import.meta.url);

function linksIn(file: string): number {
  using reader = MessageFile.open(file, deep);
  return countLinks(reader.message);
}

const killRounds = rounds({ short: 12, long: 500 });
const lanes = 4;
const seed = Number(process.env["TIDEMARK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`every link published before a kill is there, and whole (TIDEMARK_SEED=${seed})`, async () => {
  const found: number[] = [];
  let recovered = 0;
  const lane = async (first: number): Promise<void> => {
    const folder = temporaryFolder();
    let before = 0;
    for (let round = first; round < killRounds; round += lanes) {
      // Every third builder goes on with what the one before it left.
      const known = Math.floor(round / lanes) % 3 === 2 ? before : 0;
      const recovery = await killAndRecover(folder, { known, seed: seed + round });
      if (recovery.recovered) recovered++;
      before = linksIn(`${folder}/message`);
      found.push(before);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  assert.equal(found.length, killRounds);
  assert.ok(recovered > killRounds / 3, `${recovered} of ${killRounds} needed recovery`);
  assert.ok(Math.max(...found) > 1000);
});

async function killAndRecover(
  folder: string,
  options: { readonly known: number; readonly seed: number },
): Promise<ReturnType<typeof MessageFile.recover>> {
  const file = `${folder}/message`;
  const counterFile = `${folder}/counter`;
  fs.writeFileSync(counterFile, Buffer.from(Int32Array.of(options.known, 0).buffer));
  const child = startChild(builder, { args: [file, counterFile, String(options.seed)] });
  await child.line("building");
  // At any moment, most often one of the first.
  await new Promise((resolve) => setTimeout(resolve, ((options.seed * 7919) % 100) ** 2 / 80));
  const result = await child.kill();
  assert.equal(result.signal, "SIGKILL", result.stderr);
  const published = fs.readFileSync(counterFile).readInt32LE(0);
  const recovery = MessageFile.recover(file);
  assert.equal(recovery.malformedPointers, 0);
  assert.equal(recovery.byteLength, fs.statSync(file).size);
  const found = linksIn(file);
  // The one that was being published may be there.
  assert.ok(found === published || found === published + 1, `${found} of ${published}`);
  assert.equal(countLinks(MessageReader.fromFlat(fs.readFileSync(file), deep)), found);
  assert.equal(MessageFile.recover(file).recovered, false);
  return recovery;
}

test("a complete message needs no recovery, and stays as it is", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file);
  new LinkAppender(built.message).addMany(50);
  built.closeSync();
  const before = fs.readFileSync(file);
  const recovery = MessageFile.recover(file);
  assert.deepEqual(recovery, {
    recovered: false,
    byteLength: before.length,
    segmentCount: 1,
    recoveredByteLength: 0,
    malformedPointers: 0,
  });
  assert.deepEqual(fs.readFileSync(file), before);
});

/** A copy of the file of a message that is being built: what a kill at this moment leaves. */
function snapshot(file: string): string {
  const copy = temporaryPath();
  fs.copyFileSync(file, copy);
  return copy;
}

test("an object whose last words are zero, or were never touched, is whole after recovery", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file);
  const blobs = built.initRoot(Chain).initBlobs(2);
  blobs.init(0, 5)[0] = 7;
  blobs.init(1, 3_000_000);
  const left = snapshot(file);
  built.discard();
  const recovery = MessageFile.recover(left);
  assert.ok(recovery.recovered && recovery.byteLength >= 3_000_000 + 2048);
  using reader = MessageFile.open(left);
  const read = reader.getRoot(Chain).blobs;
  assert.deepEqual([read.get(0)[0], read.get(1).length], [7, 3_000_000]);
});

test("what is not reachable yet is cut off", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file);
  new LinkAppender(built.message).addMany(3);
  built.checkpointSync();
  const complete = built.byteLength;
  built.message.newDataOrphan(new Uint8Array(100_000).fill(1));
  const left = snapshot(file);
  built.discard();
  assert.throws(() => MessageFile.edit(left), { code: "ERR_TIDEMARK_CAPNP_UNFINISHED" });
  assert.equal(linksIn(left), 3);
  assert.equal(MessageFile.recover(left).byteLength, complete);
  MessageFile.edit(left).closeSync();
  assert.equal(linksIn(left), 3);
});

test("after a loss of power what is missing is an error where it is followed, and counted", () => {
  const file = temporaryPath();
  const built = MessageFile.create(file, { maxSegmentByteLength: 2 ** 20 });
  const links = new LinkAppender(built.message);
  links.addMany(20);
  built.checkpointSync();
  const kept = built.byteLength;
  links.addMany(2000);
  const left = snapshot(file);
  built.discard();
  // The pages written last are not there, but the pointers to them are.
  fs.truncateSync(left, Math.ceil((kept + 4096) / 4096) * 4096);
  const recovery = MessageFile.recover(left);
  assert.ok(recovery.recovered);
  using reader = MessageFile.open(left, deep);
  let link = reader.getRoot(Chain).first;
  for (let index = 0; index < 20; index++) {
    assert.equal(link.name, `link ${index}`);
    link = link.next;
  }
});

test("a file whose builder was killed before it had a table is no message", () => {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(8192));
  assert.equal(MessageFile.recover(file).byteLength, 8);
  using reader = MessageFile.open(file);
  assert.equal(reader.getRoot(Chain).hasFirst(), false);
});
