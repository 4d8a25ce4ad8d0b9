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
  /** The same memory again, to store half a pointer at once: where it is built, if possible. */
  readonly halves: Int32Array | undefined;
  /** The bytes in use, a multiple of 8: where the next object goes, what may be read. */
  byteLength: number;
  /** The bytes there are room for, a multiple of 8. An arena may lower it to `byteLength`. */
  capacity: number;
  /** @internal The memory it was made over, where it begins at `from`. */
  readonly memory: Uint8Array;
  /** @internal */
  readonly from: number;
  private knownBytes: Uint8Array | undefined;

  /** @internal Made by messages, over so many bytes of the memory from an offset on. */
  constructor(message: Message, id: number, memory: Uint8Array, from: number, capacity: number) {
    this.message = message;
    this.id = id;
    this.view = new DataView(memory.buffer, memory.byteOffset + from, capacity);
    this.capacity = capacity - (capacity % 8);
    this.byteLength = this.capacity;
    this.halves = message.arena === undefined ? undefined : halvesOf(this.view);
    this.memory = memory;
    this.from = from;
    this.knownBytes = undefined;
  }

  /** The same memory as the view. Made when it is first asked for: short texts do without. */
  get bytes(): Uint8Array {
    const bytes = this.knownBytes;
    return bytes === undefined ? this.makeBytes() : bytes;
  }

  private makeBytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.view;
    this.knownBytes = new Uint8Array(buffer, byteOffset, byteLength);
    return this.knownBytes;
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
