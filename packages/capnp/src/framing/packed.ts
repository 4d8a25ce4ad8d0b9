// The packed form: each word as a byte that says which of its bytes are not zero, then those.
// https://capnproto.org/encoding.html#packing

import { CapnpRangeError, MalformedMessageError } from "../errors.js";
import { wordByteLength } from "../wire.js";

// After 0x00 a byte counts further words of zero. After 0xff and its word a byte counts words that
// follow as they are: those of which packing would save at most one byte.
const zeroTag = 0x00;
const wholeTag = 0xff;
const maxRun = 255;

/** Packs whole words. @throws CapnpRangeError for bytes that are not whole words */
export function pack(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength % wordByteLength !== 0) {
    throw new CapnpRangeError(`only whole words can be packed, got ${bytes.byteLength} bytes`);
  }
  // At the worst 17 bytes for 16: a word without zeros takes 10, one with two zeros after it 7.
  const packed = new Uint8Array(bytes.byteLength + Math.ceil(bytes.byteLength / 16) + 2);
  return packed.subarray(0, packInto(bytes, packed));
}

/** Gives the bytes that were used of `packed`. */
function packInto(bytes: Uint8Array, packed: Uint8Array): number {
  let to = 0;
  for (let at = 0; at < bytes.byteLength; ) {
    const tagAt = to++;
    let tag = 0;
    for (let bit = 0; bit < 8; bit++) {
      const byte = bytes[at + bit] as number;
      if (byte === 0) continue;
      packed[to++] = byte;
      tag |= 1 << bit;
    }
    packed[tagAt] = tag;
    at += wordByteLength;
    if (tag === zeroTag) {
      const end = endOfZeros(bytes, at);
      packed[to++] = (end - at) / wordByteLength;
      at = end;
    } else if (tag === wholeTag) {
      const end = endOfWholes(bytes, at);
      packed[to++] = (end - at) / wordByteLength;
      packed.set(bytes.subarray(at, end), to);
      to += end - at;
      at = end;
    }
  }
  return to;
}

function endOfZeros(bytes: Uint8Array, start: number): number {
  const limit = Math.min(bytes.byteLength, start + maxRun * wordByteLength);
  let at = start;
  while (at < limit && zeroBytes(bytes, at) === wordByteLength) at += wordByteLength;
  return at;
}

function endOfWholes(bytes: Uint8Array, start: number): number {
  const limit = Math.min(bytes.byteLength, start + maxRun * wordByteLength);
  let at = start;
  while (at < limit && zeroBytes(bytes, at) < 2) at += wordByteLength;
  return at;
}

function zeroBytes(bytes: Uint8Array, at: number): number {
  let count = 0;
  for (let index = at; index < at + wordByteLength; index++) if (bytes[index] === 0) count++;
  return count;
}

/** How much may come of packed bytes, which 2 bytes may make 2,048 of. */
export interface UnpackLimits {
  /** 64 MiB when not given; `Infinity` for no limit. */
  readonly maxByteLength?: number;
}

export const defaultMaxUnpackedByteLength: number = 64 * 1024 * 1024;

/**
 * Unpacks whole words.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_PACKED` for bytes that end within a word, and
 *   for more than `maxByteLength`
 */
export function unpack(packed: Uint8Array, limits: UnpackLimits = {}): Uint8Array {
  const most = limits.maxByteLength ?? defaultMaxUnpackedByteLength;
  const byteLength = unpackedByteLength(packed);
  if (byteLength > most) throw tooMuch(most);
  const bytes = new Uint8Array(byteLength);
  let to = 0;
  for (let at = 0; at < packed.byteLength; ) {
    const tag = packed[at++] as number;
    for (let bit = 0; bit < 8; bit++) {
      if ((tag & (1 << bit)) !== 0) bytes[to + bit] = packed[at++] as number;
    }
    to += wordByteLength;
    if (tag === zeroTag) {
      to += (packed[at++] as number) * wordByteLength;
    } else if (tag === wholeTag) {
      const end = at + 1 + (packed[at] as number) * wordByteLength;
      bytes.set(packed.subarray(at + 1, end), to);
      to += end - at - 1;
      at = end;
    }
  }
  return bytes;
}

const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let bits = byte; bits > 0; bits >>= 1) count += bits & 1;
  return count;
});

/** Bytes that come of packed ones. @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_PACKED` */
export function unpackedByteLength(packed: Uint8Array): number {
  let words = 0;
  let at = 0;
  while (at < packed.byteLength) {
    const tag = packed[at] as number;
    at += 1 + (bitCounts[tag] as number);
    words++;
    if (tag !== zeroTag && tag !== wholeTag) continue;
    if (at >= packed.byteLength) throw cutShort(words);
    const run = packed[at++] as number;
    words += run;
    if (tag === wholeTag) at += run * wordByteLength;
  }
  if (at > packed.byteLength) throw cutShort(words);
  return words * wordByteLength;
}

export function cutShort(word: number): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_PACKED",
    "packed bytes end within a word or a run of words",
    0,
    word,
  );
}

export function tooMuch(most: number): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_PACKED",
    `more than maxByteLength (${most}) comes of the packed bytes: raise it when they are trusted`,
    0,
    Math.floor(most / wordByteLength),
  );
}
