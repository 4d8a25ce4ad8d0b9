// Many messages one after another: in one array, or arriving in pieces.

import { MalformedMessageError } from "../errors.js";
import { defaultTraversalLimitWords, type ReaderLimits, viewOf } from "../message.js";
import { MessageReader } from "../message-reader.js";
import { wordByteLength } from "../wire.js";
import {
  type Frame,
  maxSegmentCount,
  messageEnd,
  messageIn,
  readFrame,
  tableByteLength,
  truncated,
  viewOfMessages,
} from "./flat.js";

/**
 * The messages in `bytes`, one after another, each where it is.
 *
 * ```ts
 * for (const message of readMessages(bytes)) console.log(message.getRoot(Person).name);
 * ```
 *
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING` when the last one is cut short
 */
export function* readMessages(bytes: Uint8Array, limits?: ReaderLimits): Generator<MessageReader> {
  const view = viewOfMessages(bytes);
  // As it was: bytes that are gone since are an error, not the end.
  const { byteLength } = bytes;
  let at = 0;
  while (at < byteLength) {
    const message = messageIn(bytes, view, at, limits);
    at = messageEnd(message, view, at);
    yield new MessageReader(message);
  }
}

/**
 * The messages that arrive from anything that gives bytes piece by piece, such as a socket or a
 * file stream. Each message is in memory of its own. One that claims to be larger than what
 * `traversalLimitWords` lets read is refused before its memory is taken.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING` when the last one is cut short,
 *   `ERR_TIDEMARK_CAPNP_TRAVERSAL_LIMIT` when one is too large
 */
export async function* readMessageStream(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits?: ReaderLimits,
): AsyncGenerator<MessageReader> {
  const pieces = new Pieces();
  let frame: Frame | undefined;
  for await (const piece of source) {
    pieces.add(piece);
    for (;;) {
      frame ??= nextFrame(pieces, limits);
      if (frame === undefined || pieces.byteLength < frame.byteLength) break;
      const message = pieces.take(frame.byteLength);
      yield MessageReader.fromFlat(message, limits);
      frame = undefined;
    }
  }
  if (pieces.byteLength > 0) throw truncated(pieces.byteLength, frame?.byteLength);
}

function nextFrame(pieces: Pieces, limits: ReaderLimits | undefined): Frame | undefined {
  const frame = readFrame(viewOf(pieces.peek(tableByteLength(maxSegmentCount))), 0);
  const most = limits?.traversalLimitWords ?? defaultTraversalLimitWords;
  if (frame === undefined || frame.byteLength / wordByteLength <= most) return frame;
  throw new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_TRAVERSAL_LIMIT",
    `the message has ${frame.byteLength} bytes, more than traversalLimitWords allows (${most}): ` +
      "raise it when the source is trusted",
    0,
    0,
  );
}

/** Bytes that arrived, in the order they did. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  byteLength = 0;

  add(piece: Uint8Array): void {
    if (piece.byteLength === 0) return;
    this.#pieces.push(piece);
    this.byteLength += piece.byteLength;
  }

  /** The first bytes, at most so many: they stay. */
  peek(most: number): Uint8Array {
    const first = this.#pieces[0];
    if (first !== undefined && first.byteLength >= most) return first;
    return this.#copy(Math.min(most, this.byteLength));
  }

  /** The first bytes, exactly so many, in memory of their own. */
  take(byteLength: number): Uint8Array {
    const taken = this.#copy(byteLength);
    let left = byteLength;
    let whole = 0;
    for (const piece of this.#pieces) {
      if (piece.byteLength > left) break;
      left -= piece.byteLength;
      whole++;
    }
    this.#pieces.splice(0, whole);
    const [first] = this.#pieces;
    if (first !== undefined && left > 0) this.#pieces[0] = first.subarray(left);
    this.byteLength -= byteLength;
    return taken;
  }

  #copy(byteLength: number): Uint8Array {
    const bytes = new Uint8Array(byteLength);
    let at = 0;
    for (const piece of this.#pieces) {
      if (at === byteLength) break;
      const part = piece.subarray(0, byteLength - at);
      bytes.set(part, at);
      at += part.byteLength;
    }
    return bytes;
  }
}
