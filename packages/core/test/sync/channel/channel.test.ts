// What a channel does for one thread: order, room, the end, messages in place, waiting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { Channel, type MessageCursor } from "@tidemark/core/sync";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

function text(message: Uint8Array | undefined): string | undefined {
  return message === undefined ? undefined : decoder.decode(message);
}

function newChannel(byteLength = 4 * pageSize): { mapping: Mapping; channel: Channel } {
  const mapping = Mapping.anonymous(byteLength, { sharing: "shared" });
  return { mapping, channel: new Channel(mapping) };
}

/** The least channel: 8 units of 8 bytes, messages of at most 16 bytes. */
function leastChannel(): Channel {
  const mapping = Mapping.anonymous(Channel.leastByteLength, { sharing: "shared" });
  return new Channel(mapping, 0, { byteLength: Channel.leastByteLength });
}

test("memory that is all zero is an empty channel", () => {
  const { channel } = newChannel();
  assert.equal(channel.tryReceive(), undefined);
  assert.equal(channel.tryTake(), undefined);
  assert.equal(
    channel.tryDrain(() => assert.fail("nothing is there")),
    0,
  );
  assert.deepEqual([channel.ended, channel.skipped, channel.givenAgain], [false, 0, 0]);
});

test("messages of all lengths come out as they went in, in order", () => {
  const { channel } = newChannel(4 * pageSize);
  const longest = channel.maxMessageByteLength;
  assert.ok(longest > 7000 && longest % 8 === 0);
  for (let turn = 0; turn < 3; turn++) {
    for (const length of [0, 1, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097, longest - 1, longest]) {
      const message = Uint8Array.from({ length }, (_, index) => (index * 7 + length + turn) & 255);
      assert.ok(channel.trySend(message));
      assert.deepEqual(channel.tryReceive(), message);
    }
  }
  for (let count = 0; count < 100; count++) assert.ok(channel.trySend(bytes(`message ${count}`)));
  for (let count = 0; count < 100; count++) {
    assert.equal(text(channel.tryReceive()), `message ${count}`);
  }
});

test("what is received is a copy, and what is sent was copied", () => {
  const { channel } = newChannel();
  const message = bytes("first");
  channel.trySend(message);
  message.fill(0);
  const received = channel.tryReceive();
  channel.trySend(bytes("other"));
  assert.equal(text(received), "first");
  assert.ok(received?.buffer instanceof ArrayBuffer);
});

test("a ring that is full takes no more until someone receives", () => {
  const channel = leastChannel();
  assert.equal(channel.maxMessageByteLength, 16);
  // 8 units: two records of 16 bytes take 4 each.
  assert.ok(channel.trySend(new Uint8Array(16).fill(1)));
  assert.ok(channel.trySend(new Uint8Array(16).fill(2)));
  assert.ok(!channel.trySend(new Uint8Array(0)));
  assert.equal(channel.tryClaim(0), undefined);
  assert.equal(channel.trySendMany([new Uint8Array(0)]), 0);
  assert.throws(() => channel.sendSync(bytes("x"), 5), { code: "ERR_TIDEMARK_TIMEOUT" });
  assert.equal(channel.tryReceive()?.[0], 1);
  assert.ok(channel.trySend(new Uint8Array(0)));
  assert.ok(channel.trySend(new Uint8Array(0)));
  assert.ok(!channel.trySend(new Uint8Array(0)));
});

test("a message that can never fit is refused, not waited for", async () => {
  const channel = leastChannel();
  const refusal = { code: "ERR_TIDEMARK_ARGUMENT_RANGE", message: /at most 16 bytes/ };
  assert.throws(() => channel.trySend(new Uint8Array(17)), refusal);
  assert.throws(() => channel.sendSync(new Uint8Array(17)), refusal);
  await assert.rejects(channel.send(new Uint8Array(17)), refusal);
  assert.throws(() => channel.trySendMany([bytes("a"), new Uint8Array(17)]), refusal);
  assert.throws(() => channel.tryClaim(17), refusal);
  assert.equal(channel.tryReceive(), undefined, "nothing of the list was sent");
});

test("the longest message fits wherever the ring has got to", () => {
  const channel = leastChannel();
  for (let turn = 0; turn < 50; turn++) {
    channel.trySend(new Uint8Array(turn % 9));
    channel.tryReceive();
    assert.ok(channel.trySend(new Uint8Array(16).fill(turn)), `turn ${turn}`);
    assert.deepEqual(channel.tryReceive(), new Uint8Array(16).fill(turn));
  }
});

test("a claim is written in place, and is a message once it is committed", () => {
  const { channel } = newChannel();
  const claim = channel.claimSync(100);
  const { written } = encoder.encodeInto("in place", claim.bytes);
  assert.equal(claim.byteLength, 100);
  channel.trySend(bytes("later"));
  assert.equal(channel.tryReceive(), undefined, "the claim holds the place before it");
  claim.commit(written);
  assert.equal(text(channel.tryReceive()), "in place");
  assert.equal(text(channel.tryReceive()), "later");
  for (const again of [() => claim.commit(), () => claim.bytes]) {
    assert.throws(again, { code: "ERR_TIDEMARK_MISUSE" });
  }
  claim.abandon();
  const second = channel.claimSync(8);
  channel.view.setUint32(second.byteOffset, 77, true);
  second.commit();
  assert.deepEqual(channel.tryReceive(), Uint8Array.of(77, 0, 0, 0, 0, 0, 0, 0));
});

test("a claim that is given up leaves nothing behind", () => {
  const { channel } = newChannel();
  channel.claimSync(100).abandon();
  {
    using claim = channel.claimSync(50);
    claim.bytes.fill(1);
  }
  assert.equal(channel.tryReceive(), undefined);
  channel.trySend(bytes("next"));
  assert.equal(text(channel.tryReceive()), "next");
  assert.equal(channel.skipped, 0);
});

test("claims are committed in any order, and received in that of the claims", () => {
  const { channel } = newChannel();
  const claims = ["a", "b", "c"].map((name) => {
    const claim = channel.claimSync(1);
    claim.bytes.set(bytes(name));
    return claim;
  });
  claims[2]?.commit();
  claims[0]?.commit();
  assert.equal(text(channel.tryReceive()), "a");
  assert.equal(channel.tryReceive(), undefined);
  claims[1]?.commit();
  assert.equal(text(channel.tryReceive()), "b");
  assert.equal(text(channel.tryReceive()), "c");
});

test("a message is read in place, and its room is free once it is released", () => {
  const channel = leastChannel();
  channel.trySend(new Uint8Array(16).fill(1));
  channel.trySend(new Uint8Array(16).fill(2));
  const first = channel.tryTake();
  const second = channel.tryTake();
  assert.deepEqual([first?.bytes[0], second?.bytes[0], first?.byteLength], [1, 2, 16]);
  assert.equal(channel.tryTake(), undefined);
  second?.release();
  assert.ok(!channel.trySend(bytes("x")), "room becomes free in order");
  first?.release();
  first?.release();
  assert.throws(() => first?.bytes, { code: "ERR_TIDEMARK_MISUSE" });
  assert.ok(channel.trySend(new Uint8Array(16).fill(3)));
  assert.equal(channel.tryReceive()?.[0], 3);
});

test("a message that is given back comes again, before newer ones", () => {
  const { channel } = newChannel();
  for (const name of ["a", "b", "c"]) channel.trySend(bytes(name));
  const first = channel.tryTake();
  const second = channel.tryTake();
  assert.deepEqual([first?.again, second?.again], [false, false]);
  second?.giveBack();
  first?.giveBack();
  assert.throws(() => first?.giveBack(), { code: "ERR_TIDEMARK_MISUSE" });
  const again = channel.tryTake();
  assert.deepEqual([text(again?.bytes), again?.again], ["a", true]);
  again?.release();
  assert.equal(text(channel.tryReceive()), "b");
  assert.equal(text(channel.tryReceive()), "c");
  assert.equal(channel.givenAgain, 2);
});

test("a drain shows what is there, in place, up to its limit", () => {
  const { channel } = newChannel();
  for (let count = 0; count < 10; count++) channel.trySend(bytes(`m${count}`));
  const seen: string[] = [];
  const visit = (message: MessageCursor): void => {
    seen.push(decoder.decode(message.bytes.slice()));
    assert.equal(message.ring[message.byteOffset], 109);
    assert.equal(message.view.getUint8(message.byteOffset), 109);
  };
  assert.equal(channel.tryDrain(visit, { limit: 4 }), 4);
  assert.equal(channel.tryDrain(visit), 6);
  assert.deepEqual(seen, ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"]);
});

test("a drain whose visitor throws gives back what it did not get through", () => {
  const { channel } = newChannel();
  for (const name of ["a", "b", "c"]) channel.trySend(bytes(name));
  const seen: string[] = [];
  const failing = (message: MessageCursor): void => {
    const name = decoder.decode(message.bytes.slice());
    if (name === "b" && seen.length === 1) throw new Error("not now");
    seen.push(message.again ? `${name} again` : name);
    // Inside a visit the channel can be used.
    channel.trySend(bytes("d"));
  };
  assert.throws(() => channel.tryDrain(failing), /not now/);
  seen.push("thrown");
  assert.equal(channel.tryDrain(failing), 3);
  assert.deepEqual(seen, ["a", "thrown", "b again", "c again", "d"]);
});

test("after the end nothing is sent, and what was sent is received", async () => {
  const { channel } = newChannel();
  channel.trySend(bytes("a"));
  const claim = channel.claimSync(1);
  channel.end();
  channel.end();
  assert.ok(channel.ended);
  const ended = { code: "ERR_TIDEMARK_ENDED" };
  assert.throws(() => channel.trySend(bytes("x")), ended);
  assert.throws(() => channel.sendSync(bytes("x")), ended);
  assert.throws(() => channel.trySendMany([bytes("x")]), ended);
  assert.throws(() => channel.sendManySync([bytes("x")]), ended);
  assert.throws(() => channel.tryClaim(1), ended);
  assert.throws(() => channel.claimSync(1), ended);
  await assert.rejects(channel.send(bytes("x")), ended);
  await assert.rejects(channel.sendMany([bytes("x")]), ended);
  await assert.rejects(channel.claim(1), ended);
  assert.equal(text(channel.receiveSync()), "a");
  assert.throws(() => channel.receiveSync(5), { code: "ERR_TIDEMARK_TIMEOUT" }, "a claim is open");
  claim.bytes[0] = 98;
  claim.commit();
  assert.equal(text(await channel.receive()), "b");
  assert.equal(channel.receiveSync(), undefined);
  assert.equal(await channel.receive(), undefined);
  assert.equal(channel.takeSync(), undefined);
  assert.equal(await channel.take(), undefined);
  assert.equal(
    channel.drainSync(() => undefined),
    0,
  );
  assert.equal(await channel.drain(() => undefined), 0);
});

test("messages are iterated over until the end", async () => {
  const { channel } = newChannel();
  const producing = (async () => {
    for (let count = 0; count < 2000; count++) await channel.send(bytes(`${count}`));
    channel.end();
  })();
  let expected = 0;
  for await (const message of channel) assert.equal(text(message), `${expected++}`);
  await producing;
  assert.equal(expected, 2000);
});

test("a loop that never has to wait lets others have their turn", async () => {
  const { channel } = newChannel();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  for (let count = 0; count < 20_000; count++) {
    await channel.send(bytes("x"));
    await channel.receive();
  }
  clearInterval(timer);
  assert.ok(turns > 0);
});

test("waiting ends by its time, by its signal, and when the mapping is closed", async () => {
  const { channel, mapping } = newChannel();
  const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };
  assert.throws(() => channel.receiveSync(0), timeout);
  assert.throws(() => channel.receiveSync(30), timeout);
  assert.throws(() => channel.takeSync(1), timeout);
  assert.throws(() => channel.drainSync(() => undefined, { timeoutMs: 1 }), timeout);
  await assert.rejects(channel.receive({ timeoutMs: 0 }), timeout);
  await assert.rejects(channel.receive({ timeoutMs: 60 }), timeout);
  await assert.rejects(
    channel.drain(() => undefined, { timeoutMs: 1 }),
    timeout,
  );
  const reason = new Error("enough");
  const aborted = { code: "ERR_TIDEMARK_ABORTED", cause: reason };
  const controller = new AbortController();
  const waiting = channel.receive({ signal: controller.signal });
  setTimeout(() => controller.abort(reason), 5);
  await assert.rejects(waiting, aborted);
  await assert.rejects(channel.take({ signal: controller.signal }), aborted);
  await assert.rejects(async () => {
    for await (const _ of channel.messages({ signal: controller.signal })) assert.fail();
  }, aborted);
  const closing = assert.rejects(channel.receive(), { code: "ERR_TIDEMARK_CLOSED" });
  mapping.close();
  await closing;
});

test("who waits gets a message that comes, and room that becomes free", async () => {
  const { channel } = newChannel();
  const receiving = channel.receive();
  const taking = channel.take();
  setTimeout(() => channel.trySendMany([bytes("a"), bytes("b")]), 5);
  const taken = await taking;
  const names = [text(await receiving), text(taken?.bytes)].sort();
  taken?.release();
  assert.deepEqual(names, ["a", "b"]);
  const small = leastChannel();
  small.sendManySync([new Uint8Array(16), new Uint8Array(16)]);
  const sending = small.sendMany([new Uint8Array(16).fill(3), new Uint8Array(16).fill(4)]);
  const claiming = small.claim(16).then((claim) => {
    // What is not written is what was there.
    claim.bytes.fill(5);
    claim.commit();
  });
  const received: (number | undefined)[] = [];
  for (let count = 0; count < 5; count++) received.push((await small.receive())?.[0]);
  await Promise.all([sending, claiming]);
  assert.deepEqual(received.sort(), [0, 0, 3, 4, 5]);
});

test("two channels in one mapping, and two objects over one channel", () => {
  const mapping = Mapping.anonymous(4 * pageSize, { sharing: "shared" });
  const first = new Channel(mapping, 0, { byteLength: 2 * pageSize });
  const second = new Channel(mapping, 2 * pageSize);
  const same = new Channel(mapping, 0, { byteLength: 2 * pageSize });
  first.trySend(bytes("a"));
  second.trySend(bytes("b"));
  assert.equal(text(same.tryReceive()), "a");
  assert.equal(text(second.tryReceive()), "b");
  assert.equal(first.tryReceive(), undefined);
});

test("a channel in a private mapping serves its own thread", () => {
  using mapping = Mapping.anonymous(pageSize);
  const channel = new Channel(mapping);
  channel.sendSync(bytes("a"));
  assert.equal(text(channel.receiveSync()), "a");
});
