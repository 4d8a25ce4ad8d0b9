// The end of a channel that messages come out of. Nothing here waits.

import { isDead, ownCheck, ownToken } from "../owner.js";
import type { ChannelMemory } from "./channel-memory.js";
import { channelField, recordField, recordState } from "./layout.js";
import { notNow } from "./not-now.js";
import { giveTurn, inheritTurn, takeTurn } from "./turn.js";

/** Longer messages are taken, so that others can receive while they are copied. */
const longestCopyInTurn = 4096;

/** Where a message is that someone has taken. */
export interface TakenRecord {
  readonly position: number;
  readonly byteLength: number;
  /** Whether another receiver had it already. */
  readonly again: boolean;
}

export class ReceivingEnd {
  readonly #memory: ChannelMemory;
  readonly #words: Int32Array;
  /** Of the record found last: its length, what follows it, whether another receiver had it. */
  #byteLength = 0;
  #after = 0;
  #again = false;

  constructor(memory: ChannelMemory) {
    this.#memory = memory;
    this.#words = memory.words;
  }

  /** Whether there may be a message now, for all that can be told without the turn. */
  mayHaveMessage(): boolean {
    const words = this.#words;
    return this.#memory.tail() !== words[channelField.next] || words[channelField.returned] !== 0;
  }

  /** Receives a copy, or says why not. */
  receive(): Uint8Array | number {
    if (!takeTurn(this.#words, channelField.receiveTurn)) return notNow.busy;
    let taken: TakenRecord;
    try {
      const position = this.#find();
      if (position < 0) return position;
      const memory = this.#memory;
      const byteLength = this.#byteLength;
      if (byteLength <= longestCopyInTurn) {
        const start = memory.messageByteOffset(position);
        const message = memory.bytes.slice(start, start + byteLength);
        this.#finish(position);
        return message;
      }
      this.#take(position);
      taken = { position, byteLength, again: this.#again };
    } finally {
      this.#leave();
    }
    return this.#receiveLong(taken);
  }

  /** Takes up to `most` messages: how many were added to `records`, or why none. */
  take(records: TakenRecord[], most: number): number {
    if (!takeTurn(this.#words, channelField.receiveTurn)) return notNow.busy;
    try {
      for (let count = 0; count < most; count++) {
        const position = this.#find();
        if (position < 0) return count > 0 ? count : position;
        this.#take(position);
        records.push({ position, byteLength: this.#byteLength, again: this.#again });
      }
      return most;
    } finally {
      this.#leave();
    }
  }

  /** Lets the room of messages go that were taken. False: one was not taken any more. */
  release(records: readonly TakenRecord[], from: number, to: number): boolean {
    const all = this.#settle(records, { from, to, state: recordState.done });
    // ORDER: publishes the states, and that what was read of the messages was read.
    Atomics.store(this.#words, channelField.released, 1);
    this.#passReleased();
    this.#announceRoom();
    return all;
  }

  /** Has messages that were taken given to whoever receives next. */
  giveBack(records: readonly TakenRecord[], from: number, to: number): boolean {
    const all = this.#settle(records, { from, to, state: recordState.committed });
    // ORDER: after the states: who clears this looks at them afterwards.
    Atomics.store(this.#words, channelField.returned, 1);
    this.#memory.announce(channelField.messagesWanted);
    return all;
  }

  /** Puts in order what senders and receivers left that died. */
  tend(): void {
    const words = this.#words;
    const inherited = inheritTurn(words, channelField.receiveTurn);
    if (!inherited && !takeTurn(words, channelField.receiveTurn)) return;
    try {
      const dead = new Mourning();
      // What the dead one was about to give someone is between head and next, unmarked.
      let changed = inherited;
      if (inherited) Atomics.store(words, channelField.returned, 1);
      if (this.#returnTaken(dead)) changed = true;
      if (this.#skipClaimed(dead)) changed = true;
      if (changed) this.#memory.announce(channelField.messagesWanted);
    } finally {
      this.#leave();
    }
  }

  /** The same when the channel has ended, if someone has messages: whether to look again. */
  tendAtEnd(): boolean {
    const words = this.#words;
    if (Atomics.load(words, channelField.head) === Atomics.load(words, channelField.next)) {
      return false;
    }
    this.tend();
    return Atomics.load(words, channelField.returned) !== 0;
  }

  // ---- In turn

  /** Finds the message to give next: the position of its record, or why there is none. */
  #find(): number {
    const memory = this.#memory;
    const words = this.#words;
    if (words[channelField.returned] !== 0) {
      const returned = this.#findReturned();
      if (returned >= 0) return returned;
    }
    this.#again = false;
    for (;;) {
      const next = memory.known(channelField.next);
      if (next === words[channelField.knownTail] && !this.#seeTail(next)) {
        // ORDER: the end stands in the tail itself: nothing was sent before it that is not seen.
        return memory.tail() === -1 - next ? notNow.ended : notNow.empty;
      }
      const record = memory.record(next);
      let state = words[record] as number;
      // ORDER: what was sent was acquired with the tail. Everything else may be newer than that.
      if (state !== recordState.sent) state = Atomics.load(words, record);
      if (state === recordState.claimed) return notNow.empty;
      this.#measure(next, memory.known(channelField.knownTail));
      // One that was taken and is still next had a receiver that died before it had moved on.
      if (state === recordState.taken) this.#again = true;
      if (state <= recordState.taken && state >= recordState.sent) return next;
      this.#requirePassable(next, state);
      this.#moveNext(next, this.#after);
    }
  }

  /** Looks at the tail again: whether there is something before it. */
  #seeTail(next: number): boolean {
    const memory = this.#memory;
    const tail = positionOf(memory.tail());
    const head = memory.seen(channelField.head);
    if (memory.distance(head, tail) > memory.units) {
      throw memory.damage(channelField.tail, tail, "at most the ring's length from the head");
    }
    this.#words[channelField.knownTail] = tail;
    return next !== tail;
  }

  /** Finds a message between head and next that nobody has any more. */
  #findReturned(): number {
    const words = this.#words;
    const memory = this.#memory;
    // ORDER: before looking, so that what is returned meanwhile is found the next time.
    Atomics.store(words, channelField.returned, 0);
    const next = memory.known(channelField.next);
    for (let at = memory.known(channelField.head); at !== next; at = this.#endOf(at, next)) {
      const state = Atomics.load(words, memory.record(at));
      if (state !== recordState.committed && state !== recordState.sent) continue;
      Atomics.store(words, channelField.returned, 1);
      this.#measure(at, next);
      this.#again = true;
      return at;
    }
    return -1;
  }

  /** Looks how long a record is, once: what is used is what was checked. */
  #measure(position: number, end: number): void {
    const record = this.#memory.record(position);
    this.#byteLength = this.#words[record + recordField.byteLength] as number;
    this.#after = this.#endOf(position, end);
  }

  /** Marks a message as this thread's, which others pass over. */
  #take(position: number): void {
    const words = this.#words;
    const record = this.#memory.record(position);
    // ORDER: the owner before the state, and both before next, for who looks when this thread has
    // ended; then all that it had stored can be seen. Others look when the turn was given back.
    words[record + recordField.owner] = ownToken;
    words[record + recordField.check] = ownCheck;
    words[record] = recordState.taken;
    if (this.#again) Atomics.add(words, channelField.givenAgain, 1);
    if (position === words[channelField.next]) words[channelField.next] = this.#after;
  }

  /** A message was copied. */
  #finish(position: number): void {
    const words = this.#words;
    if (this.#again) Atomics.add(words, channelField.givenAgain, 1);
    if (position === words[channelField.next]) {
      this.#moveNext(position, this.#after);
      if (words[channelField.head] === words[channelField.next]) return;
    }
    words[this.#memory.record(position)] = recordState.done;
    this.#passDone();
  }

  /** Moves next past the record where it is, and head with it if it is there, too. */
  #moveNext(position: number, end: number): void {
    const words = this.#words;
    // ORDER: next before head: one that dies in between has the record where it is found again.
    words[channelField.next] = end;
    // ORDER: what was read of the record was read before senders see that its room is free.
    if (words[channelField.head] === position) Atomics.store(words, channelField.head, end);
  }

  /** Moves head past all that is done. */
  #passDone(): void {
    const words = this.#words;
    const memory = this.#memory;
    const next = memory.known(channelField.next);
    const head = memory.known(channelField.head);
    let end = head;
    while (end !== next) {
      const state = words[memory.record(end)] as number;
      if (state >= recordState.sent && state <= recordState.taken) break;
      this.#requirePassable(end, state);
      end = this.#endOf(end, next);
    }
    if (end !== head) Atomics.store(words, channelField.head, end);
  }

  /** Gives taken messages of dead receivers back. */
  #returnTaken(dead: Mourning): boolean {
    const words = this.#words;
    const memory = this.#memory;
    const next = memory.known(channelField.next);
    let some = false;
    for (let at = memory.known(channelField.head); at !== next; at = this.#endOf(at, next)) {
      const record = memory.record(at);
      if (Atomics.load(words, record) !== recordState.taken) continue;
      if (!dead.has(words, record)) continue;
      Atomics.store(words, record, recordState.committed);
      Atomics.store(words, channelField.returned, 1);
      some = true;
    }
    return some;
  }

  /** Passes over messages whose senders died while they wrote them, as far as they come next. */
  #skipClaimed(dead: Mourning): boolean {
    const words = this.#words;
    const memory = this.#memory;
    const tail = positionOf(memory.tail());
    words[channelField.knownTail] = tail;
    let some = false;
    for (;;) {
      const next = memory.known(channelField.next);
      if (next === tail) return some;
      const record = memory.record(next);
      const state = Atomics.load(words, record);
      if (state === recordState.claimed && dead.has(words, record)) {
        Atomics.add(words, channelField.skipped, 1);
        Atomics.store(words, record, recordState.abandoned);
        some = true;
      } else if (state !== recordState.abandoned && state !== recordState.gap) {
        return some;
      }
      this.#moveNext(next, this.#endOf(next, tail));
    }
  }

  /** The position after a record, which does not lie past `end`. */
  #endOf(position: number, end: number): number {
    const memory = this.#memory;
    const units = memory.recordUnits(position);
    if (units <= memory.distance(position, end)) return memory.advance(position, units);
    throw memory.damage(memory.record(position) + 1, units, "a record that ends before the tail");
  }

  #requirePassable(position: number, state: number): void {
    const { done, abandoned, gap } = recordState;
    if (state === done || state === abandoned || state === gap) return;
    throw this.#memory.damage(this.#memory.record(position), state, "the state of a record");
  }

  /** Gives the turn back. */
  #leave(): void {
    giveTurn(this.#words, channelField.receiveTurn);
    // Someone may have let a message go who did not get the turn meanwhile.
    if (Atomics.load(this.#words, channelField.released) !== 0) this.#passReleased();
    this.#announceRoom();
  }

  // ---- Out of turn

  #passReleased(): void {
    const words = this.#words;
    // ORDER: whoever has the turn looks at `released` after it has given it back.
    while (Atomics.load(words, channelField.released) !== 0) {
      if (!takeTurn(words, channelField.receiveTurn)) return;
      try {
        Atomics.store(words, channelField.released, 0);
        this.#passDone();
      } finally {
        giveTurn(words, channelField.receiveTurn);
      }
    }
  }

  #receiveLong(taken: TakenRecord): Uint8Array {
    const memory = this.#memory;
    const start = memory.messageByteOffset(taken.position);
    const message = new Uint8Array(taken.byteLength);
    message.set(memory.bytes.subarray(start, start + taken.byteLength));
    this.release([taken], 0, 1);
    return message;
  }

  #settle(
    records: readonly TakenRecord[],
    how: { readonly from: number; readonly to: number; readonly state: number },
  ): boolean {
    let all = true;
    for (let index = how.from; index < how.to; index++) {
      const { position } = records[index] as TakenRecord;
      const record = this.#memory.record(position);
      // No one but its receiver changes what is taken, while that one lives.
      if (this.#words[record] === recordState.taken) this.#words[record] = how.state;
      else all = false;
    }
    return all;
  }

  /** Wakes who waits for room once half of the ring is free: not for each message. */
  #announceRoom(): void {
    const memory = this.#memory;
    if (Atomics.load(this.#words, channelField.roomWanted) === 0) return;
    const tail = positionOf(memory.tail());
    const used = memory.distance(memory.seen(channelField.head), tail);
    const isDrained = memory.known(channelField.next) === tail;
    if (2 * used <= memory.units || isDrained) memory.announce(channelField.roomWanted);
  }
}

/** A tail as a position, whether the channel ends there or not. */
function positionOf(tail: number): number {
  return tail < 0 ? -1 - tail : tail;
}

/** Which owners are dead: the system is asked once for each. */
class Mourning {
  readonly #known = new Map<string, boolean>();

  /** Whether the owner of a record is dead. */
  has(words: Int32Array, record: number): boolean {
    const token = words[record + recordField.owner] as number;
    const check = words[record + recordField.check] as number;
    const key = `${token}/${check}`;
    let dead = this.#known.get(key);
    if (dead === undefined) {
      dead = isDead(token, check);
      this.#known.set(key, dead);
    }
    return dead;
  }
}
