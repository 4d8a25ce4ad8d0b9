// A segment: one piece of a message's memory, addressed by byte offsets from its start.

import type { Message } from "./message.js";
import { wordByteLength } from "./wire.js";

/** The id of the segment that is not in its message: see {@link Message.outside}. */
export const outsideId = -1;

/**
 * One segment of a message. While it is built, `byteLength` is what is allocated of the `capacity`;
 * a segment that is read is full.
 */
export class Segment {
  /** @internal */
  readonly message: Message;
  /** Its index in the message. */
  readonly id: number;
  /** Over all the memory, which begins before the segment where it lies in a flat message. */
  readonly view: DataView;
  /** @internal What the view is over. */
  readonly memory: Uint8Array;
  /** @internal Where in the view its first byte is. Positions are counted in the view. */
  readonly start: number;
  /** The same memory again, to store half a pointer at once: where it is built, if possible. */
  readonly halves: Int32Array | undefined;
  /** The bytes in use, a multiple of 8: where the next object goes, what may be read. */
  byteLength: number;
  /** The bytes there are room for, a multiple of 8. An arena may lower it to `byteLength`. */
  capacity: number;
  private knownBytes: Uint8Array | undefined;

  /**
   * @internal Made by messages, over so many bytes of the memory from `start` on.
   * @param view over the memory
   */
  constructor(
    message: Message,
    id: number,
    memory: Uint8Array,
    view: DataView,
    start: number,
    byteLength: number,
  ) {
    this.message = message;
    this.id = id;
    this.view = view;
    this.memory = memory;
    this.start = start;
    this.byteLength = byteLength - (byteLength % wordByteLength);
    this.capacity = this.byteLength;
    this.halves = message.arena === undefined ? undefined : halvesOf(view);
    this.knownBytes = undefined;
  }

  /** The whole capacity. Made when it is first asked for: texts do without. */
  get bytes(): Uint8Array {
    const bytes = this.knownBytes;
    return bytes === undefined ? this.makeBytes() : bytes;
  }

  private makeBytes(): Uint8Array {
    const { buffer, byteOffset } = this.view;
    this.knownBytes = new Uint8Array(buffer, byteOffset + this.start, this.capacity);
    return this.knownBytes;
  }

  /** @internal So many bytes from a position on, where they are. */
  part(at: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, byteLength);
  }

  /** @internal The number of the word at a position. */
  wordAt(at: number): number {
    return (at - this.start) / wordByteLength;
  }

  /** @internal Whether not all of so many bytes from a position on are in use. */
  lacks(at: number, byteLength: number): boolean {
    const { start } = this;
    return at < start || at + byteLength > start + this.byteLength;
  }

  /** What is in use. */
  used(): Uint8Array {
    return this.bytes.subarray(0, this.byteLength);
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function halvesOf({ buffer, byteOffset, byteLength }: DataView): Int32Array | undefined {
  if (!isLittleEndian || byteOffset % 8 !== 0) return undefined;
  return new Int32Array(buffer, byteOffset, byteLength >>> 2);
}
