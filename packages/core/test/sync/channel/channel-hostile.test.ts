// Bad arguments, closed mappings, memory that someone else writes to.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { GrowingFile, Mapping, pageSize } from "@tidemark/core";
import { Channel, Claim, Message, MessageCursor } from "@tidemark/core/sync";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { channelField } from "#core/sync/channel/layout.js";

const type = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
const range = { code: "ERR_TIDEMARK_ARGUMENT_RANGE" };

test("what cannot be a channel is refused", () => {
  const mapping = Mapping.anonymous(4 * pageSize, { sharing: "shared" });
  const make = (...args: readonly unknown[]) => Reflect.construct(Channel, args);
  for (const bad of [undefined, null, {}, mapping.buffer]) assert.throws(() => make(bad), type);
  for (const bad of ["0", null, {}]) assert.throws(() => make(mapping, bad), type);
  for (const bad of [-1, 1, 4, 0.5, Number.NaN, 5 * pageSize, 2n ** 70n]) {
    assert.throws(() => make(mapping, bad), range);
  }
  assert.throws(() => make(mapping, 0, 5), type);
  assert.throws(() => make(mapping, 0, { other: 1 }), type);
  assert.throws(() => make(mapping, 0, { byteLength: "10" }), type);
  assert.throws(() => make(mapping, 0, { byteLength: Channel.leastByteLength - 1 }), range);
  assert.throws(() => make(mapping, 0, { byteLength: 5 * pageSize }), range);
  assert.throws(() => make(mapping, 4 * pageSize - 8), range);
  assert.throws(() => make(mapping, 0, { spinMicros: "1" }), type);
  assert.throws(() => make(mapping, 0, { spinMicros: -1 }), range);
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(2 * pageSize));
  for (const access of ["read", "copy-on-write"] as const) {
    using other = Mapping.openFile(file, { access });
    assert.throws(() => make(other), range);
  }
  using odd = Mapping.openFile(file, { access: "read-write", byteOffset: 4 });
  assert.throws(() => make(odd), range);
  fs.writeFileSync(file, "");
  using empty = Mapping.openFile(file, { access: "read-write" });
  assert.throws(() => make(empty), range);
  mapping.close();
  assert.throws(() => make(mapping), { code: "ERR_TIDEMARK_CLOSED" });
});

test("users of one channel must agree about it", () => {
  using mapping = Mapping.anonymous(4 * pageSize, { sharing: "shared" });
  new Channel(mapping, 0, { byteLength: 2 * pageSize });
  assert.throws(() => new Channel(mapping), { ...range, message: /must be 8192/ });
  mapping.bytes(2 * pageSize, 8).fill(7);
  assert.throws(() => new Channel(mapping, 2 * pageSize), { code: "ERR_TIDEMARK_DESTROYED" });
});

test("what is not a message, a length, a visitor or a time is refused", async () => {
  using mapping = Mapping.anonymous(pageSize);
  const channel = new Channel(mapping);
  for (const bad of [undefined, null, "text", 5, [1], new ArrayBuffer(4), new Uint16Array(2)]) {
    assert.throws(() => channel.trySend(bad as never), type);
    assert.throws(() => channel.sendSync(bad as never), type);
    await assert.rejects(channel.send(bad as never), type);
    assert.throws(() => channel.trySendMany([bad as never]), type);
    assert.throws(() => channel.tryDrain(bad as never), type);
  }
  for (const bad of ["1", null, undefined])
    assert.throws(() => channel.tryClaim(bad as never), type);
  for (const bad of [-1, 0.5, Number.NaN, 1e9]) assert.throws(() => channel.tryClaim(bad), range);
  const claim = channel.claimSync(10);
  assert.throws(() => claim.commit(11), range);
  assert.throws(() => claim.commit(-1), range);
  assert.throws(() => claim.commit("1" as never), type);
  claim.commit(0);
  const visit = (): void => undefined;
  for (const limit of [0, -1, 1.5, 65_537]) {
    assert.throws(() => channel.tryDrain(visit, { limit }), range);
  }
  assert.throws(() => channel.tryDrain(visit, { limit: "1" as never }), type);
  assert.throws(() => channel.tryDrain(visit, { timeoutMs: 1 } as never), type);
  assert.throws(() => channel.receiveSync(-1), range);
  assert.throws(() => channel.receiveSync("1" as never), type);
  await assert.rejects(channel.receive({ timeoutMs: Number.NaN }), range);
  await assert.rejects(channel.receive({ signal: {} as never }), type);
  await assert.rejects(channel.receive({ other: 1 } as never), type);
  for (const made of [Claim, Message, MessageCursor]) {
    assert.throws(() => Reflect.construct(made, []), type);
  }
});

test("a channel whose mapping is closed says so, whatever is asked", async () => {
  for (const sharing of ["private", "shared"] as const) {
    const mapping = Mapping.anonymous(pageSize, { sharing });
    const channel = new Channel(mapping);
    const claim = channel.claimSync(10);
    channel.trySend(Buffer.from("x"));
    mapping.close();
    const closed = { code: "ERR_TIDEMARK_CLOSED" };
    assert.throws(() => channel.trySend(Buffer.from("x")), closed);
    assert.throws(() => channel.sendSync(Buffer.from("x")), closed);
    assert.throws(() => channel.trySendMany([]), closed);
    assert.throws(() => channel.tryClaim(1), closed);
    assert.throws(() => channel.tryReceive(), closed);
    assert.throws(() => channel.receiveSync(), closed);
    assert.throws(() => channel.tryTake(), closed);
    assert.throws(() => channel.takeSync(), closed);
    assert.throws(() => channel.tryDrain(() => undefined), closed);
    assert.throws(() => channel.end(), closed);
    assert.throws(() => channel.ended, closed);
    assert.throws(() => channel.view, closed);
    assert.throws(() => claim.bytes, closed);
    assert.throws(() => claim.commit(), closed);
    await assert.rejects(channel.receive(), closed);
    await assert.rejects(channel.send(Buffer.from("x")), closed);
    claim.abandon();
  }
});

test("a visitor that closes the mapping ends the drain, and nothing breaks", () => {
  const mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const channel = new Channel(mapping);
  channel.trySendMany([Buffer.from("a"), Buffer.from("b")]);
  channel.tryDrain(() => mapping.close());
  assert.throws(() => channel.tryReceive(), { code: "ERR_TIDEMARK_CLOSED" });
});

test("a channel in a growing file takes the bytes it is given", () => {
  const file = GrowingFile.create(temporaryPath(), { maxByteLength: 2 ** 24 });
  const channel = new Channel(file, 0, { byteLength: 2 ** 20 });
  for (let count = 0; count < 100; count++) channel.trySend(new Uint8Array(1000).fill(count));
  for (let count = 0; count < 100; count++) assert.equal(channel.tryReceive()?.[999], count);
  file.close();
});

test("a channel outlives its processes in a file", async () => {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(4 * pageSize));
  const source = `
    import { Mapping } from "@tidemark/core";
    import { Channel } from "@tidemark/core/sync";
    const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
    new Channel(mapping).sendSync(Buffer.from("kept"));`;
  const { code, stderr } = await runChild(source, { args: [file] });
  assert.equal(code, 0, stderr);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  assert.equal(String(Buffer.from(new Channel(mapping).receiveSync() ?? [])), "kept");
});

test("a file that is cut off under a waiting receiver is an error, not a hang", async () => {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(4 * pageSize));
  const mapping = Mapping.openFile(file, { access: "read-write" });
  const channel = new Channel(mapping);
  const gone = (error: { code?: string }): boolean => {
    return /^ERR_TIDEMARK_(DESTROYED|MAPPING_FAULT)$/.test(error.code ?? "");
  };
  const receiving = assert.rejects(channel.receive(), gone);
  fs.truncateSync(file, 0);
  await receiving;
  assert.throws(() => {
    for (;;) channel.receiveSync(50);
  }, gone);
  try {
    mapping.close();
  } catch (error) {
    assert.equal((error as { code: string }).code, "ERR_TIDEMARK_MAPPING_FAULT");
  }
});

test("damaged memory is an error or a message, never a crash or a hang", () => {
  const place = fc.oneof(
    fc.constantFrom(...Object.values(channelField)),
    fc.nat(299),
    fc.integer({ min: 128, max: 150 }),
  );
  const value = fc.oneof(fc.nat(10), fc.integer(), fc.constantFrom(-1, 0x4000_0000, 20, 40));
  const damage = fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 4 });
  const property = fc.property(damage, fc.nat(5), (changes, sent) => {
    using mapping = Mapping.anonymous(1200);
    const channel = new Channel(mapping, 0, { byteLength: 1200 });
    for (let count = 0; count < sent; count++) channel.trySend(new Uint8Array(20 * count));
    const taken = channel.tryTake();
    const claim = channel.tryClaim(20);
    const words = new Int32Array(mapping.buffer, 0, 300);
    for (const [at, to] of changes) words[at] = to;
    const attempts = [
      () => channel.trySend(new Uint8Array(30)),
      () => channel.trySendMany([new Uint8Array(3), new Uint8Array(30)]),
      () => channel.sendSync(new Uint8Array(30), 1),
      () => claim?.commit(10),
      () => taken?.release(),
      () => channel.tryReceive(),
      () => channel.receiveSync(1),
      () => channel.tryTake()?.giveBack(),
      () => channel.tryDrain(({ bytes }) => bytes.fill(1)),
      () => channel.claimSync(5, 1).commit(),
      () => channel.drainSync(() => undefined, { timeoutMs: 30 }),
      () => channel.end(),
    ];
    for (const attempt of attempts) {
      try {
        attempt();
      } catch (error) {
        const { code } = error as { code?: string };
        assert.match(code ?? String(error), /^ERR_TIDEMARK_(DESTROYED|TIMEOUT|ENDED|MISUSE)$/);
      }
    }
  });
  fc.assert(property, { numRuns: rounds({ short: 60, long: 5000 }) });
});
