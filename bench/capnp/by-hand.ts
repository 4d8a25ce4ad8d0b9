// Person records written with a DataView alone, by someone who knows the layout and has one
// buffer: what generated code is measured against.

import type { PersonRecord } from "./records.js";

const bytes = new Uint8Array(4096);
const view = new DataView(bytes.buffer);
let end = 0;

function writeText(pointerAt: number, text: string): void {
  const at = end;
  const { length } = text;
  end = at + ((length + 8) & ~7);
  view.setInt32(pointerAt, ((at - pointerAt - 8) >> 1) | 1, true);
  view.setInt32(pointerAt + 4, ((length + 1) << 3) | 2, true);
  // The last word first, whose end is not written.
  view.setInt32(end - 8, 0, true);
  view.setInt32(end - 4, 0, true);
  for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
}

/** The words of a message, valid until the next one is built. */
export function buildPersonByHand(record: PersonRecord): Uint8Array {
  return bytes.subarray(0, writePerson(record));
}

/** Gives the bytes written. */
export function writePerson(record: PersonRecord): number {
  view.setInt32(0, 0, true);
  view.setInt32(4, 2 | (5 << 16), true);
  view.setUint32(8, record.id, true);
  view.setUint16(12, record.age, true);
  view.setUint16(14, 3, true);
  view.setFloat64(16, record.height, true);
  end = 64;
  writeText(24, record.name);
  writeText(32, record.email);
  const tagAt = end;
  view.setInt32(40, ((tagAt - 48) >> 1) | 1, true);
  view.setInt32(44, (4 << 3) | 7, true);
  view.setInt32(tagAt, 2 << 2, true);
  view.setInt32(tagAt + 4, 1 | (1 << 16), true);
  view.setInt32(tagAt + 8, 1, true);
  view.setInt32(tagAt + 12, 0, true);
  view.setInt32(tagAt + 24, 2, true);
  view.setInt32(tagAt + 28, 0, true);
  end = tagAt + 40;
  writeText(tagAt + 16, record.firstNumber);
  writeText(tagAt + 32, record.secondNumber);
  view.setInt32(48, ((end - 56) >> 1) | 1, true);
  view.setInt32(52, (6 << 3) | 4, true);
  for (let index = 0; index < 6; index++) {
    view.setUint32(end + index * 4, record.scores[index] as number, true);
  }
  view.setInt32(56, 0, true);
  view.setInt32(60, 0, true);
  end += 24;
  return end;
}
