// The flat framing, which is the stream framing, too: a table that says how long the segments are,
// then the segments. Any number of messages may follow one another.
// https://capnproto.org/encoding.html#serialization-over-a-stream

import { CapnpRangeError, CapnpTypeError, MalformedMessageError } from "../errors.js";
import { Message, type ReaderLimits, viewOf } from "../message.js";
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
  readonly segmentCount: number;
  /** Bytes of table and segments. */
  readonly byteLength: number;
}

/**
 * Reads the segment table at `from`; undefined when it is not all there.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING` for too many segments
 */
export function readFrame(view: DataView, from: number): Frame | undefined {
  const available = view.byteLength - from;
  if (available < 4) return undefined;
  const segmentCount = view.getUint32(from, true) + 1;
  if (segmentCount > maxSegmentCount) {
    throw framingTrouble(
      `it has ${segmentCount} segments, but at most ${maxSegmentCount} are allowed`,
    );
  }
  let byteLength = tableByteLength(segmentCount);
  if (byteLength > available) return undefined;
  for (let index = 0; index < segmentCount; index++) {
    byteLength += view.getUint32(from + 4 + index * 4, true) * wordByteLength;
  }
  return { segmentCount, byteLength };
}

/** The memory of messages, as a view. */
export function viewOfMessages(bytes: Uint8Array): DataView {
  if (bytes instanceof Uint8Array) return viewOf(bytes);
  throw new CapnpTypeError(`a message must be a Uint8Array, got ${typeof bytes}`);
}

// Positions up to here are small integers, which readers keep without allocating.
const longestSharedMemory = 2 ** 30;

/**
 * The message at `from` in `memory`, over which the view is. All of it must be there; what follows
 * is ignored.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING`
 */
export function messageIn(
  memory: Uint8Array,
  view: DataView,
  from: number,
  limits: ReaderLimits | undefined,
): Message {
  // Of the bytes: that of a view is a call.
  const { byteLength } = memory;
  const start = from + wordByteLength;
  if (start <= byteLength && byteLength <= longestSharedMemory) {
    const segmentByteLength = view.getUint32(from + 4, true) * wordByteLength;
    // Nearly all messages have one segment.
    if (view.getUint32(from, true) === 0 && start + segmentByteLength <= byteLength) {
      return Message.withLimits(limits, memory, view, start, segmentByteLength);
    }
  }
  return messageOfSegments(memory, view, from, limits);
}

/** Where the message at `from`, which was read, ends. */
export function messageEnd(message: Message, view: DataView, from: number): number {
  const { segments } = message;
  const last = segments[segments.length - 1];
  // Positions are counted in the view where segments share it.
  if (last?.view === view) return last.start + last.byteLength;
  return from + wholeFrame(view, from).byteLength;
}

function wholeFrame(view: DataView, from: number): Frame {
  const available = view.byteLength - from;
  const frame = readFrame(view, from);
  if (frame !== undefined && frame.byteLength <= available) return frame;
  throw truncated(available, frame?.byteLength);
}

function messageOfSegments(
  memory: Uint8Array,
  view: DataView,
  from: number,
  limits: ReaderLimits | undefined,
): Message {
  const frame = wholeFrame(view, from);
  const message = Message.withLimits(limits);
  let at = from + tableByteLength(frame.segmentCount);
  for (let index = 0; index < frame.segmentCount; index++) {
    const byteLength = view.getUint32(from + 4 + index * 4, true) * wordByteLength;
    // Once more: another thread may write to the memory, and a segment must not leave it.
    if (at + byteLength > view.byteLength) throw truncated(view.byteLength - from);
    if (view.byteLength <= longestSharedMemory) message.addPart(memory, view, at, byteLength);
    else message.add(memory.subarray(at, at + byteLength));
    at += byteLength;
  }
  return message;
}

/**
 * The segments of the message at the start of `bytes`, where they are; what follows is ignored.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING`
 */
export function unframe(bytes: Uint8Array): Uint8Array[] {
  const { segments } = messageIn(bytes, viewOfMessages(bytes), 0, undefined);
  return segments.map((segment) => segment.bytes);
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
