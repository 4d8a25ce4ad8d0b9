// The flat framing: a table that says how long the segments are, then the segments.

import { MalformedMessageError } from "../errors.js";
import { wordByteLength } from "../wire.js";

//  | segments - 1: 32 | words of segment 0: 32 | words of segment 1: 32 | … | padding to a word |

/** Bytes of the table for so many segments. */
export function tableByteLength(segmentCount: number): number {
  return ((segmentCount + 2) & ~1) * 4;
}

/** One message: the table, and copies of its segments. */
export function frame(segments: readonly Uint8Array[]): Uint8Array {
  let byteLength = tableByteLength(segments.length);
  for (const segment of segments) byteLength += segment.byteLength;
  const message = new Uint8Array(byteLength);
  const table = new DataView(message.buffer);
  table.setUint32(0, segments.length - 1, true);
  let at = tableByteLength(segments.length);
  for (const [index, segment] of segments.entries()) {
    table.setUint32(4 + index * 4, segment.byteLength / wordByteLength, true);
    message.set(segment, at);
    at += segment.byteLength;
  }
  return message;
}

/** The segments of the message at the start of `bytes`, where they are. */
export function unframe(bytes: Uint8Array): Uint8Array[] {
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < wordByteLength) throw truncated(bytes.byteLength, wordByteLength);
  const count = table.getUint32(0, true) + 1;
  let at = tableByteLength(count);
  if (count > bytes.byteLength / 4 || at > bytes.byteLength) throw truncated(bytes.byteLength, at);
  const segments: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const end = at + table.getUint32(4 + index * 4, true) * wordByteLength;
    if (end > bytes.byteLength) throw truncated(bytes.byteLength, end);
    segments.push(bytes.subarray(at, end));
    at = end;
  }
  return segments;
}

function truncated(found: number, needed: number): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_FRAMING",
    `the message should have ${needed} bytes at least, but there are ${found}`,
    0,
    0,
  );
}
