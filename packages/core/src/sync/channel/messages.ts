// What users of a channel hold while they write or read a message in place.

import { checkBytes } from "../../arguments.js";
import { ArgumentTypeError, DestroyedError, MisuseError } from "../../errors.js";
import type { ChannelMemory } from "./channel-memory.js";
import type { ReceivingEnd, TakenRecord } from "./receiving-end.js";
import type { SendingEnd } from "./sending-end.js";

/**
 * Room for a message, to be written in place: the receivers' own memory, not a copy. From
 * `channel.claim` and its kin. Until it is committed or abandoned, receivers wait at its place in
 * the order of messages; when the thread that has it ends, they are told and go on.
 *
 * @example
 * ```ts
 * const claim = channel.claimSync(100);
 * const { written } = new TextEncoder().encodeInto("hello", claim.bytes);
 * claim.commit(written);
 * ```
 */
export class Claim {
  readonly #memory: ChannelMemory;
  readonly #end: SendingEnd;
  readonly #position: number;
  /** Bytes that were claimed. */
  readonly byteLength: number;
  #open = true;

  /** Not for programs: use `channel.claim`. @internal */
  constructor(memory: ChannelMemory, end: SendingEnd, position: number, byteLength: number) {
    if (end === undefined) throw new ArgumentTypeError("a claim is made by claim of a channel");
    this.#memory = memory;
    this.#end = end;
    this.#position = position;
    this.byteLength = byteLength;
  }

  /** Where to write. What is written after the commit changes a message that others may have. */
  get bytes(): Uint8Array {
    this.#require();
    const start = this.#memory.messageByteOffset(this.#position);
    return this.#memory.bytes.subarray(start, start + this.byteLength);
  }

  /** Where in `channel.view` the message starts. */
  get byteOffset(): number {
    return this.#memory.messageByteOffset(this.#position);
  }

  /**
   * Sends the message, or only its first bytes.
   *
   * @throws {@link MisuseError} when it was committed or abandoned before.
   */
  commit(byteLength: number = this.byteLength): void {
    const length = checkBytes("byteLength", byteLength, {
      most: this.byteLength,
      hint: "no more was claimed",
    });
    this.#require();
    this.#open = false;
    if (!this.#end.commit(this.#position, length)) throw lost("claim");
  }

  /** Gives the room back: there is no message. Nothing after a commit, or the second time. */
  abandon(): void {
    if (!this.#open || this.#memory.closed) return;
    this.#open = false;
    if (!this.#end.abandon(this.#position)) throw lost("claim");
  }

  /** Abandons it, unless it was committed. */
  [Symbol.dispose](): void {
    this.abandon();
  }

  #require(): void {
    this.#memory.check();
    if (!this.#open) throw new MisuseError("this claim was committed or abandoned before");
  }
}

/**
 * A message to be read in place. From `channel.take` and its kin: until it is released its room is
 * not free, and when the thread that has it ends, another receiver gets it.
 *
 * @example
 * ```ts
 * using message = channel.takeSync();
 * console.log(message?.bytes.length);
 * ```
 */
export class Message {
  readonly #memory: ChannelMemory;
  readonly #end: ReceivingEnd;
  readonly #record: TakenRecord;
  readonly byteLength: number;
  #open = true;

  /** Not for programs: use `channel.take`. @internal */
  constructor(memory: ChannelMemory, end: ReceivingEnd, record: TakenRecord) {
    if (end === undefined) throw new ArgumentTypeError("a message is made by take of a channel");
    this.#memory = memory;
    this.#end = end;
    this.#record = record;
    this.byteLength = record.byteLength;
  }

  /** The message where it is. What is read after the release may be another one. */
  get bytes(): Uint8Array {
    this.#require();
    const start = this.#memory.messageByteOffset(this.#record.position);
    return this.#memory.bytes.subarray(start, start + this.byteLength);
  }

  /** Where in `channel.view` the message starts. */
  get byteOffset(): number {
    return this.#memory.messageByteOffset(this.#record.position);
  }

  /** Whether another receiver had it, which died or gave it back: it may have acted on it. */
  get again(): boolean {
    return this.#record.again;
  }

  /** Done with it: its room is free. Nothing when it was released or given back before. */
  release(): void {
    if (!this.#open || this.#memory.closed) return;
    this.#open = false;
    if (!this.#end.release([this.#record], 0, 1)) throw lost("message");
  }

  /**
   * Has it given to whoever receives next, before newer messages.
   *
   * @throws {@link MisuseError} when it was released or given back before.
   */
  giveBack(): void {
    this.#require();
    this.#open = false;
    if (!this.#end.giveBack([this.#record], 0, 1)) throw lost("message");
  }

  /** Releases it, unless it was given back. */
  [Symbol.dispose](): void {
    this.release();
  }

  #require(): void {
    this.#memory.check();
    if (!this.#open) throw new MisuseError("this message was released or given back before");
  }
}

/** The message that a visitor of `drain` is shown: one object for all of them. */
export class MessageCursor {
  readonly #memory: ChannelMemory;
  /** Where in `view` and `ring` the message starts. */
  byteOffset = 0;
  byteLength = 0;
  /** Whether another receiver had it before. */
  again = false;

  /** Not for programs: use `channel.drain`. @internal */
  constructor(memory: ChannelMemory) {
    if (memory === undefined) throw new ArgumentTypeError("a cursor is made by drain of a channel");
    this.#memory = memory;
  }

  /** The message, as a view of its own. Faster for short ones: `ring` and `view`. */
  get bytes(): Uint8Array {
    return this.#memory.bytes.subarray(this.byteOffset, this.byteOffset + this.byteLength);
  }

  /** All of the ring; the message starts at `byteOffset`. */
  get ring(): Uint8Array {
    return this.#memory.bytes;
  }

  /** All of the ring; the message starts at `byteOffset`, a multiple of 8. */
  get view(): DataView {
    return this.#memory.view;
  }

  /** @internal */
  show(record: TakenRecord): void {
    this.byteOffset = this.#memory.messageByteOffset(record.position);
    this.byteLength = record.byteLength;
    this.again = record.again;
  }
}

/** What `drain` calls for each message. */
export type Visit = (message: MessageCursor) => void;

function lost(what: string): DestroyedError {
  return new DestroyedError(
    `this ${what} is no longer in the channel's memory as it was: ` +
      "someone else wrote there, or used it as something else",
  );
}
