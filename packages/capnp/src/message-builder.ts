// A message that is built.

import { AnyPointerBuilder } from "./any-pointer.js";
import { type Arena, MemoryArena } from "./arena.js";
import { canonicalize } from "./canonical.js";
import { setStruct } from "./copy.js";
import { frame, frameTable } from "./framing/flat.js";
import { pack } from "./framing/packed.js";
import type { AnyListType } from "./lists/list-type.js";
import { Message } from "./message.js";
import { MessageReader } from "./message-reader.js";
import { Orphan } from "./orphan.js";
import type { PointerType } from "./pointer-type.js";
import type { Segment } from "./segment.js";
import type { StructBuilder, StructReader, StructType } from "./struct.js";
import { wordByteLength } from "./wire.js";
import { writeData, writeText } from "./write-blob.js";

/**
 * A message under construction.
 *
 * ```ts
 * const message = new MessageBuilder();
 * const person = message.initRoot(Person);
 * person.name = "Ada";
 * const bytes = message.toFlat();
 * ```
 */
export class MessageBuilder {
  readonly #message: Message;

  /** @param arena where the memory comes from, the heap when not given */
  constructor(arena: Arena = new MemoryArena()) {
    this.#message = Message.building(arena);
    if (this.#message.segments.length > 0) return;
    // The first word of a message is its root pointer.
    this.#message.segmentWithRoom(wordByteLength).byteLength = wordByteLength;
  }

  /**
   * Begins a new message in the memory of this one, which is much cheaper than a new builder. What
   * was built is gone, and builders, readers and bytes that were got of it must not be used again.
   */
  reset(): void {
    const { arena, segments } = this.#message;
    if (segments.length > 1) {
      const isOwn = arena instanceof MemoryArena && arena.choosesSizes;
      if (isOwn && this.#message.beginLarger()) return;
      segments.length = 1;
    }
    const first = this.#message.segment(0);
    const { byteLength, halves } = first;
    if (halves === undefined) first.bytes.fill(0, 0, byteLength);
    else halves.fill(0, 0, byteLength >>> 2);
    first.byteLength = wordByteLength;
  }

  /** The segments so far, in order; what is in use of each is `segment.used()`. */
  get segments(): readonly Segment[] {
    return this.#message.segments;
  }

  /** The root pointer. */
  get root(): AnyPointerBuilder {
    return new AnyPointerBuilder(this.#message.segment(0), 0);
  }

  /** Makes the root a new struct; what the root was is gone. */
  initRoot<B extends StructBuilder>(type: StructType<StructReader, B>): B {
    return type.init(this.#message.segment(0), 0);
  }

  /** The root, to be built on. */
  getRoot<B>(type: PointerType<unknown, B>): B {
    return type.build(this.#message.segment(0), 0);
  }

  /** Makes the root a copy of a struct. */
  setRoot(value: StructReader | StructBuilder): void {
    setStruct(this.#message.segment(0), 0, value);
  }

  /** A struct that nothing points to, to be filled and then adopted. */
  newOrphan<B extends StructBuilder>(type: StructType<StructReader, B>): Orphan<B>;
  /** A list that nothing points to. */
  newOrphan<B>(type: AnyListType<unknown, B>, length: number): Orphan<B>;
  newOrphan<B>(type: AnyListType<unknown, B>, length = 0): Orphan<B> {
    return Orphan.make(this.#message, (segment, at) => type.init(segment, at, length));
  }

  /** A text that nothing points to. */
  newTextOrphan(text: string): Orphan<undefined> {
    return Orphan.make(this.#message, (segment, at) => {
      writeText(segment, at, text);
      return undefined;
    });
  }

  /** Data that nothing points to. */
  newDataOrphan(data: Uint8Array): Orphan<undefined> {
    return Orphan.make(this.#message, (segment, at) => {
      writeData(segment, at, data);
      return undefined;
    });
  }

  /** A copy of the message with its segment table before it: the flat, or stream, framing. */
  toFlat(): Uint8Array {
    return frame(this.#message.segments.map((segment) => segment.used()));
  }

  /** The same without a copy: the segment table, then each segment where it is, to be written. */
  toPieces(): Uint8Array[] {
    const segments = this.#message.segments.map((segment) => segment.used());
    return [frameTable(segments), ...segments];
  }

  /** A packed copy of the message with its segment table. */
  toPacked(): Uint8Array {
    return pack(this.toFlat());
  }

  /** The message as it is now, to be read while it is built, without limits. */
  asReader(): MessageReader {
    return MessageReader.over(this.#message);
  }

  /** The canonical form of the message, without a segment table. */
  toCanonical(): Uint8Array {
    return canonicalize(this.asReader());
  }
}
