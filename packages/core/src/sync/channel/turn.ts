// A turn: the right to move one end of a channel. Held for the time of one copy, by whoever comes
// first; one whose holder died is inherited.
//
// Two words: the holder's token (0: nobody), and its check in the lower 20 bits, below a count of
// turns, which tells the check of one turn from that of another when both words are read by who
// does not have the turn. The check is 0 until the holder has written it.

import { checkMask, isDead, ownCheck, ownToken } from "../owner.js";

/** How often a turn that someone has is asked for before that counts as "not now". */
const attempts = 200;

const oneTurn = 0x100000;

/** Takes the turn whose words start at `turn`; false when others have it. */
export function takeTurn(words: Int32Array, turn: number): boolean {
  for (let attempt = 0; attempt < attempts; attempt++) {
    // ORDER: acquires what the last holder wrote before it gave the turn back.
    if (Atomics.compareExchange(words, turn, 0, ownToken) === 0) {
      sign(words, turn);
      return true;
    }
  }
  return false;
}

/** Takes over the turn of a holder that has died; false when it lives, or others were first. */
export function inheritTurn(words: Int32Array, turn: number): boolean {
  const time = Atomics.load(words, turn + 1);
  const holder = Atomics.load(words, turn);
  // ORDER: only when the same time stands on both sides is it known to be this holder's.
  if (holder === 0 || Atomics.load(words, turn + 1) !== time) return false;
  if (!isDead(holder, time & checkMask)) return false;
  if (Atomics.compareExchange(words, turn, holder, ownToken) !== holder) return false;
  sign(words, turn);
  return true;
}

/** Gives the turn back. */
export function giveTurn(words: Int32Array, turn: number): void {
  // The next holder must not be judged by the check of this one.
  words[turn + 1] = (words[turn + 1] as number) & ~checkMask;
  // ORDER: publishes everything written during the turn.
  Atomics.store(words, turn, 0);
}

function sign(words: Int32Array, turn: number): void {
  const turns = ((words[turn + 1] as number) & ~checkMask) + oneTurn;
  words[turn + 1] = turns | ownCheck;
}
