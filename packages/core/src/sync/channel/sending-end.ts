// The end of a channel that messages go into. Nothing here waits.

import { ownCheck, ownToken } from "../owner.js";
import type { ChannelMemory } from "./channel-memory.js";
import { unitsFor } from "./channel-memory.js";
import { channelField, endedBit, recordField, recordState } from "./layout.js";
import { notNow } from "./not-now.js";
import { giveTurn, inheritTurn, takeTurn } from "./turn.js";

/** Longer messages are claimed, so that others can send while they are copied. */
const longestCopyInTurn = 4096;
/** A batch is published when it has come to this many units, so that receivers begin. */
const mostUnitsInTurn = 4096;

export class SendingEnd {
  readonly #memory: ChannelMemory;
  readonly #words: Int32Array;

  constructor(memory: ChannelMemory) {
    this.#memory = memory;
    this.#words = memory.words;
  }

  /** Whether a message of this length may fit now, for all that can be told without the turn. */
  mayHaveRoom(byteLength: number): boolean {
    const memory = this.#memory;
    const tail = memory.tail();
    if (tail < 0) return true;
    const units = unitsFor(byteLength);
    const used = memory.distance(memory.seen(channelField.head), tail);
    return memory.units - used >= units + this.#gapBefore(tail, units);
  }

  /** Sends a copy: 1, or why not. */
  send(message: Uint8Array): number {
    if (message.byteLength > longestCopyInTurn) return this.#sendLong(message);
    const denied = this.#enter();
    if (denied !== 0) return denied;
    let sent: number;
    try {
      sent = this.#sendInTurn(message);
    } finally {
      giveTurn(this.#words, channelField.sendTurn);
    }
    if (sent > 0) this.#memory.announce(channelField.messagesWanted);
    return sent;
  }

  /** Sends as many as there is room for, from one of the list on: how many, or why none. */
  sendMany(messages: readonly Uint8Array[], from: number): number {
    const first = messages[from] as Uint8Array;
    if (first.byteLength > longestCopyInTurn) return this.#sendLong(first);
    const denied = this.#enter();
    if (denied !== 0) return denied;
    let sent: number;
    try {
      sent = this.#sendManyInTurn(messages, from);
    } finally {
      giveTurn(this.#words, channelField.sendTurn);
    }
    if (sent > 0) this.#memory.announce(channelField.messagesWanted);
    return sent;
  }

  /** Claims room for a message: the position of its record, or why not. */
  claim(byteLength: number): number {
    const denied = this.#enter();
    if (denied !== 0) return denied;
    try {
      return this.#claimInTurn(byteLength);
    } finally {
      giveTurn(this.#words, channelField.sendTurn);
    }
  }

  /** Makes a claimed record, or its first bytes, a message. False: it was not claimed any more. */
  commit(position: number, byteLength: number): boolean {
    const memory = this.#memory;
    const record = memory.record(position);
    const rest = memory.recordUnits(position) - unitsFor(byteLength);
    if (rest > 0) {
      // A record of its own, before this one says that it is shorter.
      this.#writeGap(memory.advance(position, unitsFor(byteLength)), rest);
    }
    this.#words[record + recordField.byteLength] = byteLength;
    return this.#settle(record, recordState.committed);
  }

  /** Gives a claim up: receivers pass over it. */
  abandon(position: number): boolean {
    return this.#settle(this.#memory.record(position), recordState.abandoned);
  }

  /** No more messages come. What was claimed before can still be committed. */
  end(): void {
    Atomics.or(this.#words, channelField.tail, endedBit);
    this.#memory.announce(channelField.messagesWanted);
    this.#memory.announce(channelField.roomWanted);
  }

  /** Puts in order what a sender left that died in its turn. */
  tend(): void {
    const words = this.#words;
    if (!inheritTurn(words, channelField.sendTurn)) return;
    const tail = Atomics.load(words, channelField.tail) & ~endedBit;
    if (words[channelField.begun] === tail + 1) {
      // Nothing of it can be seen: the tail had not moved yet.
      const count = Math.max(1, words[channelField.begunCount] as number);
      Atomics.add(words, channelField.skipped, count);
      words[channelField.begun] = 0;
    }
    giveTurn(words, channelField.sendTurn);
  }

  /** Takes the turn: 0, or why not. */
  #enter(): number {
    return takeTurn(this.#words, channelField.sendTurn) ? 0 : notNow.busy;
  }

  #sendInTurn(message: Uint8Array): number {
    const tail = this.#memory.tail();
    if (tail < 0) return notNow.ended;
    const units = unitsFor(message.byteLength);
    const start = this.#reserve(tail, units);
    if (start < 0) return notNow.full;
    this.#begin(tail);
    this.#write(start, message);
    return this.#publish(tail, this.#memory.advance(start, units)) ? 1 : notNow.ended;
  }

  #sendManyInTurn(messages: readonly Uint8Array[], from: number): number {
    const memory = this.#memory;
    const words = this.#words;
    const tail = memory.tail();
    if (tail < 0) return notNow.ended;
    let end = tail;
    let index = from;
    while (index < messages.length && memory.distance(tail, end) < mostUnitsInTurn) {
      const message = messages[index] as Uint8Array;
      if (message.byteLength > longestCopyInTurn) break;
      const units = unitsFor(message.byteLength);
      const start = this.#reserve(end, units);
      if (start < 0) break;
      if (index === from) this.#begin(tail);
      index++;
      words[channelField.begunCount] = index - from;
      this.#write(start, message);
      end = memory.advance(start, units);
    }
    if (index === from) return notNow.full;
    return this.#publish(tail, end) ? index - from : notNow.ended;
  }

  #claimInTurn(byteLength: number): number {
    const words = this.#words;
    const memory = this.#memory;
    const tail = memory.tail();
    if (tail < 0) return notNow.ended;
    const units = unitsFor(byteLength);
    const start = this.#reserve(tail, units);
    if (start < 0) return notNow.full;
    this.#begin(tail);
    const record = memory.record(start);
    words[record + recordField.byteLength] = byteLength;
    words[record + recordField.owner] = ownToken;
    words[record + recordField.check] = ownCheck;
    words[record] = recordState.claimed;
    return this.#publish(tail, memory.advance(start, units)) ? start : notNow.ended;
  }

  /** Finds room after a position, and fills what is passed over: where it starts, or -1. */
  #reserve(end: number, units: number): number {
    const memory = this.#memory;
    const gap = this.#gapBefore(end, units);
    const words = this.#words;
    let head = memory.known(channelField.knownHead);
    if (memory.units - memory.distance(head, end) < gap + units) {
      head = memory.seen(channelField.head);
      words[channelField.knownHead] = head;
      const used = memory.distance(head, end);
      if (used > memory.units) throw memory.damage(channelField.head, head, "behind the tail");
      if (memory.units - used < gap + units) return -1;
    }
    if (gap === 0) return end;
    this.#writeGap(end, gap);
    return memory.advance(end, gap);
  }

  /** Units before the end of the ring that are too few for a record. */
  #gapBefore(position: number, units: number): number {
    const rest = this.#memory.units - this.#memory.index(position);
    return rest < units ? rest : 0;
  }

  /** Says that a message is being written, in case that this thread dies meanwhile. */
  #begin(tail: number): void {
    this.#words[channelField.begunCount] = 1;
    // ORDER: before the first byte of the message, for who looks when this thread has ended; then
    // all that it had stored can be seen.
    this.#words[channelField.begun] = tail + 1;
  }

  #write(position: number, message: Uint8Array): void {
    const memory = this.#memory;
    const words = this.#words;
    const record = memory.record(position);
    words[record] = recordState.sent;
    words[record + recordField.byteLength] = message.byteLength;
    memory.bytes.set(message, memory.messageByteOffset(position));
  }

  #writeGap(position: number, units: number): void {
    const record = this.#memory.record(position);
    this.#words[record] = recordState.gap;
    this.#words[record + recordField.byteLength] = units;
  }

  #publish(tail: number, end: number): boolean {
    // ORDER: publishes the records. Fails once someone has said that the channel ends here.
    return Atomics.compareExchange(this.#words, channelField.tail, tail, end) === tail;
  }

  #sendLong(message: Uint8Array): number {
    const position = this.claim(message.byteLength);
    if (position < 0) return position;
    this.#memory.bytes.set(message, this.#memory.messageByteOffset(position));
    this.commit(position, message.byteLength);
    return 1;
  }

  #settle(record: number, state: number): boolean {
    const { claimed } = recordState;
    // ORDER: publishes the message.
    const found = Atomics.compareExchange(this.#words, record, claimed, state);
    this.#memory.announce(channelField.messagesWanted);
    return found === claimed;
  }
}
