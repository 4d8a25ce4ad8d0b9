// Damages messages: blindly, and where it hurts most, in pointers and lengths.

import type { Random } from "../dynamic/random-struct.js";

const nastyBytes = [0, 1, 2, 3, 4, 7, 0x7f, 0x80, 0xff];

/** Damages a framed message in place of what it was; now and then its length, too. */
export function damage(message: Uint8Array, random: Random): Uint8Array {
  const bytes = message.slice();
  const count = 1 + random.below(4);
  for (let change = 0; change < count; change++) {
    if (random.chance(50)) damageByte(bytes, random);
    else damageWord(bytes, random);
  }
  return random.chance(5) ? bytes.subarray(0, random.below(bytes.byteLength + 1)) : bytes;
}

/** Any bytes, of a message, packed, or of a text. */
export function damageByte(bytes: Uint8Array, random: Random): void {
  if (bytes.byteLength === 0) return;
  const at = random.below(bytes.byteLength);
  const byte = bytes[at] ?? 0;
  bytes[at] = random.chance(50) ? byte ^ (1 << random.below(8)) : random.pick(nastyBytes);
}

/** One word, most often one that looks like a pointer, becomes another pointer. */
function damageWord(bytes: Uint8Array, random: Random): void {
  const words = bytes.byteLength >>> 3;
  if (words === 0) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = random.below(words) * 8;
  for (let attempt = 0; attempt < 4 && view.getInt32(at, true) === 0; attempt++) {
    at = random.below(words) * 8;
  }
  switch (random.below(6)) {
    case 0:
      view.setInt32(at, nearPointer(random, 0), true);
      view.setUint32(at + 4, random.below(8) | (random.below(8) << 16), true);
      break;
    case 1:
      view.setInt32(at, nearPointer(random, 1), true);
      view.setUint32(at + 4, random.below(8) | (listLength(random) << 3), true);
      break;
    case 2:
      // Far, to a landing pad somewhere near the beginning of one of a few segments.
      view.setInt32(at, 2 | (random.below(2) << 2) | (random.below(64) << 3), true);
      view.setUint32(at + 4, random.below(4), true);
      break;
    case 3:
      view.setInt32(at, 3, true);
      view.setUint32(at + 4, random.below(4), true);
      break;
    case 4:
      // A copy of another word: pointers that share what they lead to, and circles.
      bytes.copyWithin(at, random.below(words) * 8, random.below(words) * 8 + 8);
      break;
    default:
      view.setInt32(at, view.getInt32(at, true) + (random.below(5) - 2) * 4, true);
  }
}

function nearPointer(random: Random, kind: number): number {
  return ((random.below(41) - 20) << 2) | kind;
}

function listLength(random: Random): number {
  return random.chance(80) ? random.below(40) : random.pick([2 ** 29 - 1, 2 ** 28, 65535, 4096]);
}

/** Damages a text: characters go, come, or are doubled. */
export function damageText(text: string, random: Random): string {
  let damaged = text;
  for (let change = random.below(3); change >= 0; change--) {
    const at = random.below(damaged.length + 1);
    const end = at + random.below(4);
    const put = random.pick([
      "",
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      "(",
      ")",
      ",",
      ":",
      "=",
      "-",
      "9",
      "e",
    ]);
    damaged = damaged.slice(0, at) + put + damaged.slice(random.chance(50) ? at : end);
  }
  return damaged;
}
