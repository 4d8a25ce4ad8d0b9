// Whether bytes are UTF-8, without making a text of them.

const notAscii = 0x80808080;

/**
 * The offset of the first byte from `at` on, before `end`, that does not begin or go on a character
 * of UTF-8 as it should; -1 when all are right. Surrogates, overlong forms and what is past
 * U+10FFFF are wrong.
 */
export function invalidUtf8At(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end) {
    if (at + 4 <= end && (view.getInt32(at, true) & notAscii) === 0) {
      at += 4;
      continue;
    }
    const first = view.getUint8(at);
    if (first < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(view, at, end, first);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** Bytes of the character that begins there, of two bytes or more; 0 when it is none. */
function sequenceLength(view: DataView, at: number, end: number, first: number): number {
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return 0;
  const second = view.getUint8(at + 1);
  // https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let next = 2; next < length; next++) {
    if ((view.getUint8(at + next) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
