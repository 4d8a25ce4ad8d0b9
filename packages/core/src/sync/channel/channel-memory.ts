// The memory of a channel: its views, where things are in the ring, and whether that makes sense.

import { ArgumentRangeError, DestroyedError } from "../../errors.js";
import type { Mapping } from "../../mapping/mapping.js";
import { kinds } from "../layout.js";
import { Place } from "../place.js";
import type { WaitTerms } from "../waiting.js";
import {
  channelField,
  endedBit,
  recordField,
  recordHeaderUnits,
  recordState,
  ringByteOffset,
  unitByteLength,
} from "./layout.js";

/** How many are woken at a time: what futex(2) calls INT_MAX. */
const everyone = 0x7fff_ffff;

export class ChannelMemory {
  readonly #place: Place;
  /** The channel's fields and its ring, in words. */
  readonly words: Int32Array;
  /** The ring alone. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Of the ring. */
  readonly units: number;
  /** Bytes of the longest message: two of its kind fit into the ring, wherever it has got to. */
  readonly maxMessageByteLength: number;

  constructor(mapping: Mapping, byteOffset: number, byteLength: number) {
    this.#place = new Place(kinds.channel, mapping, byteOffset, ringByteOffset);
    const bytes = mapping.bytes(byteOffset, byteLength);
    const units = Math.floor((byteLength - ringByteOffset) / unitByteLength);
    const start = bytes.byteOffset + ringByteOffset;
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, byteLength >> 2);
    this.bytes = new Uint8Array(bytes.buffer, start, units * unitByteLength);
    this.view = new DataView(bytes.buffer, start, units * unitByteLength);
    this.units = units;
    this.maxMessageByteLength = ((units >> 1) - recordHeaderUnits) * unitByteLength;
    // The first user of the memory says how long it is; all others find that.
    const agreed = Atomics.compareExchange(this.words, channelField.units, 0, units);
    if (agreed === 0 || agreed === units) return;
    throw new ArgumentRangeError(
      `options.byteLength must be ${ringByteOffset + agreed * unitByteLength}, as for the others ` +
        `who use this channel, got ${ringByteOffset + units * unitByteLength}`,
    );
  }

  get closed(): boolean {
    return this.#place.closed;
  }

  /** Refuses what cannot be done any more. @throws {@link ClosedError} */
  check(): void {
    if (this.#place.closed) this.#place.check();
  }

  /**
   * The same, and looks whether the memory is still that of this channel. Called now and then.
   *
   * @throws {@link DestroyedError}; {@link MappingFaultError} when the memory was lost (its file
   * was made shorter, say).
   */
  checkAll(): void {
    this.check();
    this.#place.mapping.check();
    this.#place.check();
    const units = Atomics.load(this.words, channelField.units);
    if (units !== this.units) throw this.damage(channelField.units, units, this.units);
  }

  /** Waits on this thread while a word has a value. */
  waitHere(word: number, value: number, timeoutMs: number): void {
    this.#place.waitHere(word, value, timeoutMs);
  }

  async waitFor(word: number, value: number, terms: WaitTerms): Promise<void> {
    await this.#place.waitFor(word, value, terms);
  }

  /** Units from one position on to another. */
  distance(from: number, to: number): number {
    const units = to - from;
    return units >= 0 ? units : units + 2 * this.units;
  }

  /** The position some units on. */
  advance(position: number, units: number): number {
    const sum = position + units;
    return sum < 2 * this.units ? sum : sum - 2 * this.units;
  }

  /** Where in the ring a position is, in units. */
  index(position: number): number {
    return position < this.units ? position : position - this.units;
  }

  /** The first word of the record at a position. */
  record(position: number): number {
    return (ringByteOffset >> 2) + 2 * this.index(position);
  }

  /** Where in the ring the message of a record starts, in bytes. */
  messageByteOffset(position: number): number {
    return (this.index(position) + recordHeaderUnits) * unitByteLength;
  }

  /** Reads a position that only those change who have the turn that this thread has now. */
  known(field: number): number {
    const position = this.words[field] as number;
    if (position >= 0 && position < 2 * this.units) return position;
    throw this.damage(field, position, `a position below ${2 * this.units}`);
  }

  /** Reads a position that others may change meanwhile. */
  seen(field: number): number {
    // ORDER: acquires what was written before the position came to be there.
    const position = Atomics.load(this.words, field);
    if (position >= 0 && position < 2 * this.units) return position;
    throw this.damage(field, position, `a position below ${2 * this.units}`);
  }

  /** The tail, or -1 - the tail when the channel ends there. */
  tail(): number {
    const tail = Atomics.load(this.words, channelField.tail);
    const position = tail & ~endedBit;
    if (position < 0 || position >= 2 * this.units) {
      throw this.damage(channelField.tail, tail, `a position below ${2 * this.units}`);
    }
    return tail === position ? position : -1 - position;
  }

  get ended(): boolean {
    return this.tail() < 0;
  }

  /** Units of the record at a position, which ends within the ring. */
  recordUnits(position: number): number {
    const record = this.record(position);
    const length = this.words[record + recordField.byteLength] as number;
    const isGap = this.words[record] === recordState.gap;
    const units = isGap ? length : unitsFor(length);
    const least = isGap ? 1 : recordHeaderUnits;
    if (units >= least && units <= this.units - this.index(position)) return units;
    throw this.damage(record + recordField.byteLength, length, "a length that fits into the ring");
  }

  /** Wakes who waits for a message, or for room, if anyone does. */
  announce(wanted: number): void {
    // ORDER: who waits has said so before it looked for the last time; this comes after what it
    // would have seen.
    if (Atomics.load(this.words, wanted) === 0) return;
    Atomics.store(this.words, wanted, 0);
    this.#place.wake(wanted, everyone);
  }

  damage(word: number, found: number, wanted: number | string): DestroyedError {
    return new DestroyedError(
      `${this.#place.name} is damaged: byte ${4 * word} of it holds ${found}, which must be ` +
        `${wanted}: someone else wrote to this memory`,
    );
  }
}

/** Units of the record of a message. */
export function unitsFor(byteLength: number): number {
  return recordHeaderUnits + ((byteLength + unitByteLength - 1) >>> 3);
}
