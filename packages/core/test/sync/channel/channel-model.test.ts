// A channel against a model of it: whatever is done in whatever order, both say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping } from "@tidemark/core";
import { Channel, type Claim, type Message } from "@tidemark/core/sync";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";

interface Entry {
  readonly id: number;
  readonly length: number;
  /** What is abandoned takes room until someone comes to where it is. */
  state: "claimed" | "ready" | "taken" | "gone" | "abandoned";
}

/** What a channel is: messages in order; which of them someone has. Room is not modelled. */
class Model {
  readonly entries: Entry[] = [];
  ended = false;

  /** The message that is to come next; undefined when there is none, or it is not ready. */
  next(): Entry | undefined {
    const first = this.entries.find(({ state }) => state === "ready" || state === "claimed");
    return first?.state === "ready" ? first : undefined;
  }
}

function fill(bytes: Uint8Array, id: number): void {
  for (let index = 0; index < bytes.length; index++) bytes[index] = (id * 31 + index) & 255;
}

function filled(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(bytes, id);
  return bytes;
}

class Subject {
  readonly channel: Channel;
  readonly model = new Model();
  readonly claims: { readonly claim: Claim; readonly entry: Entry }[] = [];
  readonly messages: { readonly message: Message; readonly entry: Entry }[] = [];
  #id = 0;

  constructor(byteLength: number) {
    const mapping = Mapping.anonymous(byteLength);
    this.channel = new Channel(mapping, 0, { byteLength });
  }

  send(length: number): void {
    const id = this.#id++;
    const most = this.channel.maxMessageByteLength;
    const entry: Entry = { id, length: length % (most + 1), state: "ready" };
    if (this.channel.trySend(filled(id, entry.length))) this.model.entries.push(entry);
    else this.#expectFull();
  }

  sendMany(count: number, length: number): void {
    const most = this.channel.maxMessageByteLength;
    const entries = Array.from({ length: count }, (): Entry => {
      return { id: this.#id++, length: length % (most + 1), state: "ready" };
    });
    const messages = entries.map((entry) => filled(entry.id, entry.length));
    this.model.entries.push(...entries.slice(0, this.channel.trySendMany(messages)));
  }

  claim(length: number): void {
    const id = this.#id++;
    const byteLength = length % (this.channel.maxMessageByteLength + 1);
    const claim = this.channel.tryClaim(byteLength);
    if (claim === undefined) {
      this.#expectFull();
      return;
    }
    const entry: Entry = { id, length: byteLength, state: "claimed" };
    fill(claim.bytes, id);
    this.model.entries.push(entry);
    this.claims.push({ claim, entry });
  }

  commit(which: number, part: number): void {
    const [held] = this.claims.splice(which % (this.claims.length || 1), 1);
    if (held === undefined) return;
    const { claim, entry } = held;
    const length = Math.floor(entry.length * part);
    claim.commit(length);
    Object.assign(entry, { state: "ready", length });
  }

  abandon(which: number): void {
    const [held] = this.claims.splice(which % (this.claims.length || 1), 1);
    if (held === undefined) return;
    held.claim.abandon();
    held.entry.state = "abandoned";
  }

  receive(): void {
    this.#gone(this.channel.tryReceive());
  }

  drain(limit: number): void {
    const seen: Uint8Array[] = [];
    this.channel.tryDrain((message) => seen.push(message.bytes.slice()), { limit });
    for (const message of seen) this.#gone(message);
    if (seen.length < limit) assert.equal(this.model.next(), undefined);
  }

  take(): void {
    const message = this.channel.tryTake();
    const entry = this.model.next();
    assert.equal(message === undefined, entry === undefined);
    if (message === undefined || entry === undefined) return;
    assert.deepEqual(message.bytes.slice(), filled(entry.id, entry.length));
    entry.state = "taken";
    this.messages.push({ message, entry });
  }

  release(which: number): void {
    const [held] = this.messages.splice(which % (this.messages.length || 1), 1);
    if (held === undefined) return;
    const { message, entry } = held;
    assert.deepEqual(message.bytes.slice(), filled(entry.id, entry.length));
    message.release();
    entry.state = "gone";
  }

  giveBack(which: number): void {
    const [held] = this.messages.splice(which % (this.messages.length || 1), 1);
    if (held === undefined) return;
    held.message.giveBack();
    held.entry.state = "ready";
  }

  #gone(message: Uint8Array | undefined): void {
    const entry = this.model.next();
    assert.deepEqual(message, entry === undefined ? undefined : filled(entry.id, entry.length));
    if (entry !== undefined) entry.state = "gone";
  }

  /** A refusal needs a reason: something must be in the ring. */
  #expectFull(): void {
    assert.ok(this.model.entries.some(({ state }) => state !== "gone"));
  }
}

test("a channel does as its model", () => {
  const length = fc.oneof(fc.nat(40), fc.nat(600));
  const which = fc.nat(20);
  const action = fc.oneof(
    fc.record({ name: fc.constant("send" as const), length }),
    fc.record({ name: fc.constant("sendMany" as const), count: fc.nat(20), length }),
    fc.record({ name: fc.constant("claim" as const), length }),
    fc.record({ name: fc.constant("commit" as const), which, part: fc.constantFrom(0, 0.3, 1) }),
    fc.record({ name: fc.constant("abandon" as const), which }),
    fc.record({ name: fc.constant("receive" as const) }),
    fc.record({ name: fc.constant("drain" as const), limit: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ name: fc.constant("take" as const) }),
    fc.record({ name: fc.constant("release" as const), which }),
    fc.record({ name: fc.constant("giveBack" as const), which }),
  );
  const sizes = fc.constantFrom(Channel.leastByteLength, 640, 840, 2000);
  const property = fc.property(sizes, fc.array(action, { maxLength: 200 }), (size, actions) => {
    const subject = new Subject(size);
    for (const each of actions) {
      if (each.name === "send" || each.name === "claim") subject[each.name](each.length);
      else if (each.name === "sendMany") subject.sendMany(each.count, each.length);
      else if (each.name === "commit") subject.commit(each.which, each.part);
      else if (each.name === "drain") subject.drain(each.limit);
      else if (each.name === "receive" || each.name === "take") subject[each.name]();
      else subject[each.name](each.which);
    }
    while (subject.claims.length > 0) subject.abandon(0);
    while (subject.messages.length > 0) subject.release(0);
    while (subject.model.next() !== undefined) subject.receive();
    assert.equal(subject.channel.tryReceive(), undefined);
    // All of the ring is free again.
    assert.ok(subject.channel.trySend(new Uint8Array(subject.channel.maxMessageByteLength)));
  });
  fc.assert(property, { numRuns: rounds({ short: 2000, long: 20_000 }) });
});
