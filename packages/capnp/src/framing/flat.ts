// The flat framing, which is the stream framing, too: a table that says how long the segments are,
// then the segments. Any number of messages may follow one another.
// https://capnproto.org/encoding.html#serialization-over-a-stream

import { CapnpRangeError, MalformedMessageError } from "../errors.js";
import { wordByteLength } from "../wire.js";

//  | segments - 1: 32 | words of segment 0: 32 | words of segment 1: 32 | … | padding to a word |

/** Messages of more segments are refused, as elsewhere: each costs more than its entry. */
export const maxSegmentCount = 512;

/** Bytes of the table for so many segments. */
export function tableByteLength(segmentCount: number): number {
  return ((segmentCount + 2) & ~1) * 4;
}

/** The table that goes before these segments. @throws CapnpRangeError for too many, or none */
export function frameTable(segments: readonly Uint8Array[]): Uint8Array {
  const count = segments.length;
  if (count < 1 || count > maxSegmentCount) {
    throw new CapnpRangeError(`a message has from 1 to ${maxSegmentCount} segments, got ${count}`);
  }
  const bytes = new Uint8Array(tableByteLength(count));
  const table = new DataView(bytes.buffer);
  table.setUint32(0, count - 1, true);
  for (const [index, segment] of segments.entries()) {
    const words = segment.byteLength / wordByteLength;
    if (!Number.isInteger(words) || words >= 2 ** 32) {
      throw new CapnpRangeError(`a segment must be whole words, got ${segment.byteLength} bytes`);
    }
    table.setUint32(4 + index * 4, words, true);
  }
  return bytes;
}

/** One message: the table, and copies of its segments. */
export function frame(segments: readonly Uint8Array[]): Uint8Array {
  const table = frameTable(segments);
  let byteLength = table.byteLength;
  for (const segment of segments) byteLength += segment.byteLength;
  const message = new Uint8Array(byteLength);
  message.set(table);
  let at = table.byteLength;
  for (const segment of segments) {
    message.set(segment, at);
    at += segment.byteLength;
  }
  return message;
}

/** What a segment table says of the message that follows it. */
export interface Frame {
  /** Bytes of the table, from the message's start. */
  readonly tableByteLength: number;
  /** Bytes of each segment. */
  readonly segmentByteLengths: readonly number[];
  /** Bytes of table and segments. */
  readonly byteLength: number;
}

/**
 * Reads the segment table at the start of `bytes`; undefined when it is not all there.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING` for too many segments
 */
export function readFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.byteLength < 4) return undefined;
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = table.getUint32(0, true) + 1;
  if (count > maxSegmentCount) {
    throw framingTrouble(`it has ${count} segments, but at most ${maxSegmentCount} are allowed`);
  }
  const start = tableByteLength(count);
  if (start > bytes.byteLength) return undefined;
  const segmentByteLengths: number[] = [];
  let byteLength = start;
  for (let index = 0; index < count; index++) {
    const segmentByteLength = table.getUint32(4 + index * 4, true) * wordByteLength;
    segmentByteLengths.push(segmentByteLength);
    byteLength += segmentByteLength;
  }
  return { tableByteLength: start, segmentByteLengths, byteLength };
}

/** The segments of a message whose table was read, where they are. */
export function splitFrame(bytes: Uint8Array, frame: Frame): Uint8Array[] {
  let at = frame.tableByteLength;
  return frame.segmentByteLengths.map((byteLength) => {
    at += byteLength;
    return bytes.subarray(at - byteLength, at);
  });
}

/**
 * The segments of the message at the start of `bytes`, where they are; what follows is ignored.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING`
 */
export function unframe(bytes: Uint8Array): Uint8Array[] {
  const frame = readFrame(bytes);
  if (frame === undefined || frame.byteLength > bytes.byteLength) {
    throw truncated(bytes.byteLength, frame?.byteLength);
  }
  return splitFrame(bytes, frame);
}

/** The error of a message that ends too early. */
export function truncated(found: number, needed: number = wordByteLength): MalformedMessageError {
  return framingTrouble(`it should have ${needed} bytes at least, but there are ${found}`);
}

export function framingTrouble(what: string): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_FRAMING",
    `the framing of the message is wrong: ${what}`,
    0,
    0,
  );
}
