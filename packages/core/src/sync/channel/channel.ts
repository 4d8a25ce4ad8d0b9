// A bounded queue of messages in mapped memory, between any number of senders and receivers.

import { EventEmitter } from "node:events";
import { type Bytes, checkOptions } from "../../arguments.js";
import { EndedError } from "../../errors.js";
import type { Mapping } from "../../mapping/mapping.js";
import { checkSignal, checkTimeout, checkWaitOptions, type WaitOptions } from "../wait-options.js";
import { ChannelMemory } from "./channel-memory.js";
import {
  type ChannelOptions,
  checkLimit,
  checkMessage,
  checkMessageLength,
  checkMessages,
  checkPlace,
  checkVisit,
  type DrainOptions,
  leastByteLength,
} from "./channel-options.js";
import { channelField } from "./layout.js";
import { Claim, Message, MessageCursor, type Visit } from "./messages.js";
import { notNow } from "./not-now.js";
import { type Errand, Patience } from "./patience.js";
import { ReceivingEnd, type TakenRecord } from "./receiving-end.js";
import { SendingEnd } from "./sending-end.js";

/** The events of a channel. */
export interface ChannelEvents {
  /**
   * A receiver is told, when it next receives or waits, that so many messages were lost since the
   * last time: their senders died while they wrote them.
   */
  skipped: [count: number];
}

/**
 * A queue of messages, each a run of bytes, in a range of a mapping: any number of threads and
 * processes send, any number receive, each message goes to one of them, in the order in which they
 * were sent. Memory that is all zero is an empty channel. When the ring is full, senders wait.
 *
 * Each operation has a form that does not wait (`try…`), one that holds up the thread (`…Sync`)
 * and one that gives a promise. `send` and `receive` copy; `claim` and `take` write and read in
 * place.
 *
 * Who dies is noticed within 100 ms by those who wait, and when someone comes by: a message that a
 * sender was writing is skipped, and `skipped` counts it; one that a receiver had taken and not
 * released is given to another.
 *
 * @example
 * ```ts
 * const mapping = Mapping.anonymous(1 << 20, { sharing: "shared" });
 * const channel = new Channel(mapping, 0);
 * channel.trySend(new TextEncoder().encode("hello"));
 * channel.end();
 * for await (const message of channel) console.log(new TextDecoder().decode(message));
 * ```
 */
export class Channel extends EventEmitter<ChannelEvents> {
  /** The fewest bytes that a channel can have. Its messages are 16 bytes at most then. */
  static readonly leastByteLength: number = leastByteLength;

  readonly #memory: ChannelMemory;
  readonly #sending: SendingEnd;
  readonly #receiving: ReceivingEnd;
  readonly #patience: Patience;
  readonly #cursor: MessageCursor;
  /** How many skipped messages the listeners have heard of. */
  #told: number;

  /**
   * @param byteOffset where in the mapping it starts, a multiple of 8; best of 64.
   * @throws {@link ArgumentRangeError} for a range that does not fit, a mapping that may not be
   * written, or another length than others use; {@link DestroyedError} for memory that holds
   * something else; {@link UnsupportedError} when others use it from another container.
   */
  constructor(mapping: Mapping, byteOffset: Bytes = 0, options?: ChannelOptions) {
    super();
    const place = checkPlace(mapping, byteOffset, options);
    const memory = new ChannelMemory(mapping, place.byteOffset, place.byteLength);
    this.#memory = memory;
    this.#sending = new SendingEnd(memory);
    this.#receiving = new ReceivingEnd(memory);
    this.#patience = new Patience(memory, () => this.#tend(), place.spinMicros / 1e3);
    this.#cursor = new MessageCursor(memory);
    this.#told = this.skipped | 0;
  }

  /** Bytes of the longest message: about half of the ring. */
  get maxMessageByteLength(): number {
    return this.#memory.maxMessageByteLength;
  }

  /** Messages that were lost because their senders died while they wrote them, ever. */
  get skipped(): number {
    return Atomics.load(this.#memory.words, channelField.skipped) >>> 0;
  }

  /** Messages that were given to a receiver although another one had them before, ever. */
  get givenAgain(): number {
    return Atomics.load(this.#memory.words, channelField.givenAgain) >>> 0;
  }

  /** Whether someone has ended it: nothing can be sent any more. */
  get ended(): boolean {
    this.#memory.check();
    return this.#memory.ended;
  }

  /** All of the ring, for reading and writing messages in place at their `byteOffset`. */
  get view(): DataView {
    this.#memory.check();
    return this.#memory.view;
  }

  // ---- Sending copies

  /**
   * Sends a copy of a message if that is possible now.
   *
   * @returns false when there is too little room, or others are sending this very moment.
   * @throws {@link EndedError}; {@link ArgumentRangeError} for a message that can never fit;
   * {@link ClosedError}; {@link DestroyedError}.
   */
  trySend(message: Uint8Array): boolean {
    checkMessage(this.#memory, message);
    return this.#triedSending(this.#sending.send(message));
  }

  /** The same, waiting on this thread. @throws {@link TimeoutError} besides. */
  sendSync(message: Uint8Array, timeoutMs?: number): void {
    checkMessage(this.#memory, message);
    const limitMs = timeoutMs === undefined ? forever : checkTimeout("timeoutMs", timeoutMs);
    if (this.#sending.send(message) > 0) return;
    this.#sent(this.#patience.here(this.#sendErrand(message), limitMs));
  }

  /** The same, by a promise. @throws {@link TimeoutError}, {@link AbortError} besides. */
  async send(message: Uint8Array, options?: WaitOptions): Promise<void> {
    checkMessage(this.#memory, message);
    const wait = checkWaitOptions(options);
    this.#sent(await this.#patience.promise(this.#sendErrand(message), wait));
  }

  /**
   * Sends copies of as many messages of a list as there is room for now, from its first on.
   *
   * @returns how many were sent.
   */
  trySendMany(messages: readonly Uint8Array[]): number {
    checkMessages(this.#memory, messages);
    let sent = 0;
    while (sent < messages.length) {
      const more = this.#sending.sendMany(messages, sent);
      if (!this.#triedSending(more)) break;
      sent += more;
    }
    return sent;
  }

  /**
   * Sends copies of all messages of a list, waiting on this thread. Other senders' messages may
   * come in between.
   *
   * @param timeoutMs for all of them.
   */
  sendManySync(messages: readonly Uint8Array[], timeoutMs?: number): void {
    checkMessages(this.#memory, messages);
    const limitMs = checkTimeout("timeoutMs", timeoutMs);
    const end = performance.now() + limitMs;
    let sent = 0;
    while (sent < messages.length) {
      let more = this.#sending.sendMany(messages, sent);
      if (more < 0) {
        const errand = this.#sendManyErrand(messages, sent);
        more = this.#sent(this.#patience.here(errand, Math.max(0, end - performance.now())));
      }
      sent += more;
    }
  }

  /** The same, by a promise. */
  async sendMany(messages: readonly Uint8Array[], options?: WaitOptions): Promise<void> {
    checkMessages(this.#memory, messages);
    const wait = checkWaitOptions(options);
    const end = performance.now() + wait.timeoutMs;
    for (let sent = 0; sent < messages.length; ) {
      const timeoutMs = Math.max(0, end - performance.now());
      const errand = this.#sendManyErrand(messages, sent);
      sent += this.#sent(await this.#patience.promise(errand, { ...wait, timeoutMs }));
    }
  }

  // ---- Writing in place

  /**
   * Claims room for a message, to be written in place and committed; undefined when that is not
   * possible now. As it was sent by then, it keeps its place among other messages.
   *
   * @param byteLength bytes of the message; fewer can be committed.
   */
  tryClaim(byteLength: Bytes): Claim | undefined {
    const length = checkMessageLength(this.#memory, byteLength);
    const position = this.#sending.claim(length);
    return this.#triedSending(position) ? this.#claimed(position, length) : undefined;
  }

  /** The same, waiting on this thread. */
  claimSync(byteLength: Bytes, timeoutMs?: number): Claim {
    const length = checkMessageLength(this.#memory, byteLength);
    const limitMs = checkTimeout("timeoutMs", timeoutMs);
    return this.#claimed(this.#patience.here(this.#claimErrand(length), limitMs), length);
  }

  /** The same, by a promise. */
  async claim(byteLength: Bytes, options?: WaitOptions): Promise<Claim> {
    const length = checkMessageLength(this.#memory, byteLength);
    const wait = checkWaitOptions(options);
    const position = await this.#patience.promise(this.#claimErrand(length), wait);
    return this.#claimed(position, length);
  }

  // ---- Receiving copies

  /** A copy of the next message if there is one now; undefined too when the channel has ended. */
  tryReceive(): Uint8Array | undefined {
    this.#enterReceiving();
    const found = this.#receiving.mayHaveMessage() ? this.#receiving.receive() : notNow.empty;
    if (typeof found !== "number") return found;
    this.#patience.glance();
    return undefined;
  }

  /**
   * A copy of the next message, waiting for it on this thread; undefined when the channel has ended
   * and all of it was received.
   *
   * @throws {@link TimeoutError}; {@link ClosedError}; {@link DestroyedError}.
   */
  receiveSync(timeoutMs?: number): Uint8Array | undefined {
    this.#enterReceiving();
    const limitMs = timeoutMs === undefined ? forever : checkTimeout("timeoutMs", timeoutMs);
    let found = this.#receiving.receive();
    if (typeof found === "number") found = this.#patience.here(this.#receiveErrand, limitMs);
    return typeof found === "number" ? undefined : found;
  }

  /** The same, by a promise. @throws {@link AbortError} besides. */
  async receive(options?: WaitOptions): Promise<Uint8Array | undefined> {
    this.#enterReceiving();
    const wait = checkWaitOptions(options);
    const found = await this.#patience.promise(this.#receiveErrand, wait);
    return typeof found === "number" ? undefined : found;
  }

  /** Copies of all messages that come, until the channel ends. */
  async *messages(options?: { readonly signal?: AbortSignal }): AsyncGenerator<Uint8Array> {
    checkOptions("options", options, ["signal"]);
    for (;;) {
      const message = await this.receive(options);
      if (message === undefined) return;
      yield message;
    }
  }

  /** Receives copies, one after another, until the channel has ended and is empty. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    return this.messages();
  }

  // ---- Reading in place

  /** The next message, to be read in place and released; undefined when there is none now. */
  tryTake(): Message | undefined {
    const records: TakenRecord[] = [];
    this.#tryTaking(records, 1);
    return records.length > 0 ? this.#taken(records) : undefined;
  }

  /** The same, waiting on this thread; undefined when the channel has ended. */
  takeSync(timeoutMs?: number): Message | undefined {
    const records: TakenRecord[] = [];
    const limitMs = checkTimeout("timeoutMs", timeoutMs);
    this.#enterReceiving();
    return this.#patience.here(this.#takeErrand(records, 1), limitMs) > 0
      ? this.#taken(records)
      : undefined;
  }

  /** The same, by a promise. */
  async take(options?: WaitOptions): Promise<Message | undefined> {
    const records: TakenRecord[] = [];
    const wait = checkWaitOptions(options);
    this.#enterReceiving();
    const count = await this.#patience.promise(this.#takeErrand(records, 1), wait);
    return count > 0 ? this.#taken(records) : undefined;
  }

  /**
   * Shows `visit` the messages that are there, in place, one after the other, and releases them.
   * When it throws, that message and those after it are given back. It must not be async: the
   * message is released when it returns.
   *
   * @returns how many were visited.
   */
  tryDrain(visit: Visit, options?: DrainOptions): number {
    checkVisit(visit);
    const limit = checkLimit(checkOptions("options", options, ["limit"]).limit);
    const records: TakenRecord[] = [];
    this.#tryTaking(records, limit);
    return this.#visit(visit, records);
  }

  /** The same, waiting on this thread until there is one; 0 when the channel has ended. */
  drainSync(visit: Visit, options?: DrainOptions & { readonly timeoutMs?: number }): number {
    checkVisit(visit);
    const asked = checkOptions("options", options, ["limit", "timeoutMs"]);
    const limit = checkLimit(asked.limit);
    const limitMs = checkTimeout("options.timeoutMs", asked.timeoutMs);
    const records: TakenRecord[] = [];
    this.#enterReceiving();
    this.#patience.here(this.#takeErrand(records, limit), limitMs);
    return this.#visit(visit, records);
  }

  /** The same, by a promise. */
  async drain(visit: Visit, options?: DrainOptions & WaitOptions): Promise<number> {
    checkVisit(visit);
    const asked = checkOptions("options", options, ["limit", "timeoutMs", "signal"]);
    const limit = checkLimit(asked.limit);
    const timeoutMs = checkTimeout("options.timeoutMs", asked.timeoutMs);
    const wait = { timeoutMs, signal: checkSignal(asked.signal) };
    const records: TakenRecord[] = [];
    this.#enterReceiving();
    await this.#patience.promise(this.#takeErrand(records, limit), wait);
    return this.#visit(visit, records);
  }

  // ---- The end

  /**
   * Says that no more messages come, from anyone: to send is an {@link EndedError} from now on. Who
   * receives gets what was sent before, then undefined. Cannot be taken back, but by writing zeros
   * over the memory when nobody uses it. Twice is fine.
   */
  end(): void {
    this.#memory.check();
    this.#sending.end();
  }

  // ---- Sending

  #sendErrand(message: Uint8Array): Errand<number> {
    return this.#roomErrand(message.byteLength, () => this.#sending.send(message));
  }

  #sendManyErrand(messages: readonly Uint8Array[], from: number): Errand<number> {
    const { byteLength } = messages[from] as Uint8Array;
    return this.#roomErrand(byteLength, () => this.#sending.sendMany(messages, from));
  }

  #claimErrand(byteLength: number): Errand<number> {
    return this.#roomErrand(byteLength, () => this.#sending.claim(byteLength));
  }

  #roomErrand(byteLength: number, attempt: () => number): Errand<number> {
    return {
      what: `room for ${byteLength} bytes`,
      attempt,
      isLikely: () => this.#sending.mayHaveRoom(byteLength),
      wanted: channelField.roomWanted,
      turn: channelField.sendTurn,
    };
  }

  /** Whether an attempt has succeeded that does not wait. */
  #triedSending(code: number): boolean {
    if (code >= 0) return true;
    this.#sent(code);
    this.#patience.glance();
    return false;
  }

  #sent(code: number): number {
    if (code !== notNow.ended) return code;
    throw new EndedError("the channel has ended: nothing can be sent any more");
  }

  #claimed(position: number, byteLength: number): Claim {
    return new Claim(this.#memory, this.#sending, this.#sent(position), byteLength);
  }

  // ---- Receiving

  readonly #receiveErrand: Errand<Uint8Array | number> = this.#messageErrand(() => {
    return this.#receiving.receive();
  });

  #takeErrand(records: TakenRecord[], most: number): Errand<number> {
    return this.#messageErrand(() => this.#receiving.take(records, most));
  }

  #messageErrand<T>(attempt: () => T): Errand<T> {
    return {
      what: "message",
      attempt: () => {
        const found = attempt();
        // What a receiver had that has died meanwhile is not at its end.
        return found === notNow.ended && this.#receiving.tendAtEnd() ? attempt() : found;
      },
      isLikely: () => this.#receiving.mayHaveMessage(),
      wanted: channelField.messagesWanted,
      turn: channelField.receiveTurn,
    };
  }

  #enterReceiving(): void {
    this.#memory.check();
    if (this.#memory.words[channelField.skipped] !== this.#told) this.#tellSkipped();
  }

  #tryTaking(records: TakenRecord[], most: number): void {
    this.#enterReceiving();
    const found = this.#receiving.mayHaveMessage()
      ? this.#receiving.take(records, most)
      : notNow.empty;
    if (found < 0) this.#patience.glance();
  }

  #taken(records: readonly TakenRecord[]): Message {
    return new Message(this.#memory, this.#receiving, records[0] as TakenRecord);
  }

  #visit(visit: Visit, records: readonly TakenRecord[]): number {
    const cursor = this.#cursor;
    const count = records.length;
    let visited = 0;
    try {
      for (; visited < count; visited++) {
        cursor.show(records[visited] as TakenRecord);
        visit(cursor);
      }
    } finally {
      // The visitor may have closed the mapping.
      if (count > 0 && !this.#memory.closed) {
        if (visited > 0) this.#receiving.release(records, 0, visited);
        if (visited < count) this.#receiving.giveBack(records, visited, count);
      }
    }
    return count;
  }

  #tend(): void {
    this.#sending.tend();
    this.#receiving.tend();
    this.#tellSkipped();
  }

  #tellSkipped(): void {
    const skipped = Atomics.load(this.#memory.words, channelField.skipped);
    const news = (skipped - this.#told) >>> 0;
    this.#told = skipped;
    if (news > 0) this.emit("skipped", news);
  }
}

const forever = Number.POSITIVE_INFINITY;
