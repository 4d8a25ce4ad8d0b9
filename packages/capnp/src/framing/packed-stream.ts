// The packed form arriving or leaving in pieces.

import { CapnpRangeError } from "../errors.js";
import { wordByteLength } from "../wire.js";
import { cutShort, pack, unpack } from "./packed.js";

/** Bytes that come in pieces: of a stream, of an array. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Packs bytes piece by piece. The pieces may be cut anywhere; all together must be whole words.
 * @throws CapnpRangeError when they are not
 */
export async function* packStream(source: Pieces): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of source) {
    const bytes = joined(rest, piece);
    const whole = bytes.byteLength - (bytes.byteLength % wordByteLength);
    if (whole > 0) yield pack(bytes.subarray(0, whole));
    rest = bytes.slice(whole);
  }
  if (rest.byteLength === 0) return;
  throw new CapnpRangeError(`only whole words can be packed, ${rest.byteLength} bytes are left`);
}

/**
 * Unpacks bytes piece by piece, for `readMessageStream`. The pieces may be cut anywhere. What comes
 * of a piece is at most 1,024 times as long, and is given out at once, in parts.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_PACKED` when they end within a word
 */
export async function* unpackStream(source: Pieces): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  let words = 0;
  for await (const piece of source) {
    const packed = joined(rest, piece);
    let at = 0;
    while (at < packed.byteLength) {
      const end = endOfWords(packed, at);
      if (end === at) break;
      const bytes = unpack(packed.subarray(at, end), { maxByteLength: Number.POSITIVE_INFINITY });
      words += bytes.byteLength / wordByteLength;
      yield bytes;
      at = end;
    }
    rest = packed.slice(at);
  }
  if (rest.byteLength > 0) throw cutShort(words);
}

// So many packed bytes are unpacked at once, so that what comes of them is not too long.
const partByteLength = 4096;

/** Where the last word or run ends that is all there, of one part. */
function endOfWords(packed: Uint8Array, start: number): number {
  const limit = start + partByteLength;
  let end = start;
  for (let at = start; at < packed.byteLength && at < limit; end = at) {
    const tag = packed[at++] as number;
    for (let bits = tag; bits > 0; bits >>= 1) at += bits & 1;
    if (tag === 0x00) at++;
    if (tag === 0xff) at += 1 + (packed[at] ?? 0) * wordByteLength;
    if (at > packed.byteLength) break;
  }
  return end;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.byteLength === 0) return second;
  const bytes = new Uint8Array(first.byteLength + second.byteLength);
  bytes.set(first);
  bytes.set(second, first.byteLength);
  return bytes;
}
