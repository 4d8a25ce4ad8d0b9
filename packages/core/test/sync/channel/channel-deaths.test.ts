// Senders and receivers that end in the middle of something.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Mapping, pageSize } from "@tidemark/core";
import { Channel } from "@tidemark/core/sync";
import { Peer, type PeerTools } from "@tidemark/testing/peer.js";
import { requires } from "@tidemark/testing/requirements.js";
import {
  channelField,
  recordField,
  recordState,
  ringByteOffset,
} from "#core/sync/channel/layout.js";

const linux = { skip: requires("linux") };

interface Scene extends Disposable {
  readonly mapping: Mapping;
  readonly channel: Channel;
  readonly words: Int32Array;
  readonly told: number[];
}

function scene(): Scene {
  const mapping = Mapping.anonymous(4 * pageSize, { sharing: "shared" });
  const channel = new Channel(mapping);
  const told: number[] = [];
  channel.on("skipped", (count) => told.push(count));
  return {
    mapping,
    channel,
    words: new Int32Array(mapping.buffer),
    told,
    [Symbol.dispose]: () => mapping.close(),
  };
}

/** A process that has the channel of a mapping as `kept.channel`, and this thread's words of it. */
async function peerOf(mapping: Mapping): Promise<Peer> {
  const peer = new Peer();
  await peer.call(
    async ({ core, kept }: PeerTools, told) => {
      const sync = await import(told.sync);
      const owner = await import(told.owner);
      kept["mapping"] = core.Mapping.attach(told.handle);
      kept["words"] = new Int32Array(kept["mapping"].buffer);
      kept["channel"] = new sync.Channel(kept["mapping"]);
      kept["owner"] = [owner.ownToken, owner.ownCheck];
    },
    {
      handle: mapping.handle(),
      sync: import.meta.resolve("@tidemark/core/sync"),
      owner: import.meta.resolve("#core/sync/owner.js"),
    },
  );
  return peer;
}

test("the claim of a sender that is killed is skipped, and its receiver told", linux, async () => {
  using it = scene();
  const peer = await peerOf(it.mapping);
  await peer.call(({ kept }) => {
    kept["channel"].trySend(Buffer.from("before"));
    kept["claim"] = kept["channel"].tryClaim(100);
  });
  it.channel.trySend(Buffer.from("after"));
  assert.equal(String(Buffer.from((await it.channel.receive()) ?? [])), "before");
  assert.equal(it.channel.tryReceive(), undefined);
  const receiving = it.channel.receive();
  peer[Symbol.dispose]();
  assert.equal(String(Buffer.from((await receiving) ?? [])), "after");
  assert.equal(it.channel.skipped, 1);
  assert.deepEqual(it.told, [1]);
});

test("who only ever tries skips the claim of a dead sender, too", linux, async () => {
  using it = scene();
  const peer = await peerOf(it.mapping);
  await peer.call(({ kept }) => void kept["channel"].tryClaim(100));
  it.channel.trySend(Buffer.from("after"));
  await peer.end();
  let received: Uint8Array | undefined;
  while (received === undefined) received = it.channel.tryReceive();
  assert.equal(it.channel.skipped, 1);
});

test("the claim of a worker that is terminated is skipped", linux, async () => {
  using it = scene();
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     Promise.all([import("@tidemark/core"), import("@tidemark/core/sync")]).then(([core, sync]) => {
       const channel = new sync.Channel(core.Mapping.attach(workerData));
       channel.tryClaim(10);
       parentPort.postMessage("claimed");
       for (;;);
     });`,
    { eval: true, workerData: it.mapping.handle() },
  );
  await new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  const receiving = it.channel.receive();
  it.channel.trySend(Buffer.from("after"));
  await worker.terminate();
  assert.equal(String(Buffer.from((await receiving) ?? [])), "after");
  assert.deepEqual(it.told, [1]);
});

test(
  "a message that a dead receiver had taken is given again, before newer ones",
  linux,
  async () => {
    using it = scene();
    it.channel.trySendMany(["a", "b", "c"].map((name) => Buffer.from(name)));
    const peer = await peerOf(it.mapping);
    await peer.call(({ kept }) => {
      kept["messages"] = [kept["channel"].tryTake(), kept["channel"].tryTake()];
    });
    assert.equal(it.channel.tryReceive()?.[0], 99);
    const taking = it.channel.take();
    await peer.end();
    const first = await taking;
    assert.deepEqual([first?.bytes[0], first?.again], [97, true]);
    first?.release();
    assert.equal((await it.channel.receive())?.[0], 98);
    assert.equal(it.channel.givenAgain, 2);
    assert.equal(it.channel.skipped, 0);
  },
);

test("what a dead receiver had is not forgotten at the end", linux, async () => {
  using it = scene();
  it.channel.trySend(Buffer.from("a"));
  const peer = await peerOf(it.mapping);
  await peer.call(({ kept }) => void kept["channel"].tryTake());
  it.channel.end();
  await peer.end();
  assert.equal((await it.channel.receive())?.[0], 97);
  assert.equal(await it.channel.receive(), undefined);
});

test("a sender that is killed while it has the turn holds nobody up", linux, async () => {
  for (const begun of [false, true]) {
    using it = scene();
    it.channel.trySend(Buffer.from("before"));
    it.channel.tryReceive();
    const peer = await peerOf(it.mapping);
    // What it leaves that dies after it took the turn, and before or after it began to write.
    await peer.call(
      ({ kept }, { field, begin }) => {
        const { words } = kept;
        const [token, check] = kept["owner"];
        words[field.sendTurn + 1] |= check;
        Atomics.store(words, field.sendTurn, token);
        if (begin) {
          words[field.begunCount] = 3;
          words[field.begun] = 1 + words[field.tail];
        }
      },
      { field: channelField, begin: begun },
    );
    assert.ok(!it.channel.trySend(Buffer.from("x")), "someone else has the turn");
    const receiving = it.channel.receive();
    const sending = it.channel.send(Buffer.from("after"));
    await peer.end();
    await sending;
    assert.equal(String(Buffer.from((await receiving) ?? [])), "after");
    assert.deepEqual(it.told, begun ? [3] : []);
    assert.equal(it.channel.skipped, begun ? 3 : 0);
  }
});

test("a receiver that is killed while it has the turn loses nothing", linux, async () => {
  for (const moment of ["before", "marked", "moved"] as const) {
    using it = scene();
    it.channel.trySendMany(["a", "b"].map((name) => Buffer.from(name)));
    const peer = await peerOf(it.mapping);
    await peer.call(
      ({ kept }, { field, record, taken, start, when }) => {
        const { words } = kept;
        const [token, check] = kept["owner"];
        words[field.receiveTurn + 1] |= check;
        Atomics.store(words, field.receiveTurn, token);
        words[field.knownTail] = words[field.tail];
        if (when === "marked") {
          words[start + record.owner] = token;
          words[start + record.check] = check;
          words[start] = taken;
        }
        // A copy was made of it: next has moved on, head has not.
        if (when === "moved") words[field.next] = 3;
      },
      {
        field: channelField,
        record: recordField,
        taken: recordState.taken,
        start: ringByteOffset / 4,
        when: moment,
      },
    );
    assert.equal(it.channel.tryTake(), undefined, "someone else has the turn");
    const taking = it.channel.take();
    await peer.end();
    const first = await taking;
    assert.deepEqual([first?.bytes[0], first?.again], [97, moment !== "before"], moment);
    first?.release();
    assert.equal((await it.channel.receive())?.[0], 98);
    for (const fill of [1, 2, 3]) {
      const longest = new Uint8Array(it.channel.maxMessageByteLength).fill(fill);
      assert.ok(it.channel.trySend(longest), "all of the ring is free");
      assert.deepEqual(it.channel.tryReceive(), longest);
    }
  }
});

test("a sender that waits for room gets it when the receiver that is to make it comes back", {
  ...linux,
}, async () => {
  using it = scene();
  const big = new Uint8Array(it.channel.maxMessageByteLength);
  it.channel.trySendMany([big, big]);
  const peer = await peerOf(it.mapping);
  await peer.call(({ kept }) => void kept["channel"].tryTake());
  const sending = it.channel.send(big);
  await peer.end();
  // Nobody receives: the dead one's message still has its room.
  await assert.rejects(it.channel.send(big, { timeoutMs: 60 }), { code: "ERR_TIDEMARK_TIMEOUT" });
  const received = await it.channel.receive();
  assert.equal(received?.length, big.length);
  await sending;
  assert.equal(it.channel.givenAgain, 1);
});
