// A segment: one piece of a message's memory, addressed by byte offsets from its start.

import type { Message } from "./message.js";

/** The id of the segment that is not in its message: see {@link Message.outside}. */
export const outsideId = -1;

/**
 * One segment of a message. While it is built, `byteLength` is what is allocated of the `capacity`;
 * a segment that is read is full.
 */
export class Segment {
  readonly message: Message;
  /** Its index in the message. */
  readonly id: number;
  /** Over the whole capacity. */
  readonly view: DataView;
  /** The same memory. */
  readonly bytes: Uint8Array;
  /** The same memory again, to store half a pointer at once: only where that is possible. */
  readonly halves: Int32Array | undefined;
  /** The bytes in use, a multiple of 8: where the next object goes, what may be read. */
  byteLength: number;
  /** The bytes there are room for, a multiple of 8. An arena may lower it to `byteLength`. */
  capacity: number;

  constructor(message: Message, id: number, bytes: Uint8Array, byteLength: number) {
    this.message = message;
    this.id = id;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.halves = halvesOf(bytes);
    this.byteLength = byteLength;
    this.capacity = bytes.byteLength - (bytes.byteLength % 8);
  }

  /** What is in use. */
  used(): Uint8Array {
    return this.bytes.subarray(0, this.byteLength);
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function halvesOf(bytes: Uint8Array): Int32Array | undefined {
  if (!isLittleEndian || bytes.byteOffset % 8 !== 0) return undefined;
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
}
