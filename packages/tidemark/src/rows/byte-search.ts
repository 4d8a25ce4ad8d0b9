// Finds a byte that is most often near: in a loop at first, which is faster for a few bytes, then
// by a call of the platform, which is much faster for many.

const nearByteLength = 48;

/** The index of a byte from `start` on, before `end`; `end` where there is none. */
export function findByte(bytes: Buffer, byte: number, start: number, end: number): number {
  const near = Math.min(start + nearByteLength, end);
  for (let at = start; at < near; at++) if (bytes[at] === byte) return at;
  if (near === end) return end;
  // Of this part alone: what is behind it may be long, and without any.
  const found = bytes.subarray(near, end).indexOf(byte);
  return found < 0 ? end : near + found;
}
