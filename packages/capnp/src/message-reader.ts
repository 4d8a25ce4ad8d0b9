// A message that is read.

import { AnyPointerReader } from "./any-pointer.js";
import { messageIn, viewOfMessages } from "./framing/flat.js";
import { type UnpackLimits, unpack } from "./framing/packed.js";
import { Message, type ReaderLimits } from "./message.js";
import { emptySegment } from "./places.js";
import type { PointerType } from "./pointer-type.js";
import { noPointer } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { wordByteLength } from "./wire.js";

/**
 * A message to be read where it is: nothing is copied, nothing is written.
 *
 * ```ts
 * const person = MessageReader.fromFlat(bytes).getRoot(Person);
 * console.log(person.name);
 * ```
 */
export class MessageReader {
  readonly #message: Message;

  /** @param segments the memory of each; what is behind its last whole word is ignored */
  constructor(segments: readonly Uint8Array[] | Message, limits?: ReaderLimits) {
    this.#message = segments instanceof Message ? segments : Message.reading(segments, limits);
  }

  /** @internal */
  static over(message: Message): MessageReader {
    return new MessageReader(message);
  }

  /**
   * Reads a message with its segment table before it. What follows it is ignored.
   * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FRAMING`
   */
  static fromFlat(bytes: Uint8Array, limits?: ReaderLimits): MessageReader {
    return new MessageReader(messageIn(bytes, viewOfMessages(bytes), 0, limits));
  }

  /**
   * Reads a packed message with its segment table.
   * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_PACKED`, `ERR_TIDEMARK_CAPNP_FRAMING`
   */
  static fromPacked(packed: Uint8Array, limits?: ReaderLimits & UnpackLimits): MessageReader {
    return MessageReader.fromFlat(unpack(packed, limits), limits);
  }

  /** The segments of the message. */
  get segments(): readonly Segment[] {
    return this.#message.segments;
  }

  /** The root pointer. */
  get root(): AnyPointerReader {
    const segment = firstOf(this.#message);
    return new AnyPointerReader(segment, rootOf(segment), this.#message.nestingLimit);
  }

  /** The root, read as a struct or list type. @throws MalformedMessageError */
  getRoot<R>(type: PointerType<R, unknown>): R {
    const segment = firstOf(this.#message);
    return type.read(segment, rootOf(segment), this.#message.nestingLimit);
  }
}

function firstOf({ segments }: Message): Segment {
  return segments[0] ?? emptySegment;
}

/** Where the root pointer is. A message without a word has none: it reads as null. */
function rootOf(first: Segment): number {
  return first.byteLength < wordByteLength ? noPointer : first.start;
}
