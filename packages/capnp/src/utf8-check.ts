// Whether bytes are UTF-8, where they come from elsewhere.

/**
 * The index of the first byte between `start` and `end` that is not part of well-formed UTF-8:
 * -1 when all are. Overlong forms and surrogates are not well-formed (RFC 3629).
 */
export function findInvalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = sequenceLength(lead);
    if (length === 0 || at + length > end) return at;
    const second = bytes[at + 1] as number;
    if (second < leastSecond(lead) || second > mostSecond(lead)) return at;
    for (let index = 2; index < length; index++) {
      if (((bytes[at + index] as number) & 0xc0) !== 0x80) return at;
    }
    at += length;
  }
  return -1;
}

/** Bytes of the sequence that a byte begins; 0 for one that begins none. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function leastSecond(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function mostSecond(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}
