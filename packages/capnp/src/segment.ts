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
  private knownBytes: Uint8Array | undefined;
  private knownBuffer: TextBuffer | undefined;

  /** @internal Made by messages, over so many bytes of the memory from an offset on. */
  constructor(message: Message, id: number, memory: Uint8Array, from: number, capacity: number) {
    const { buffer } = memory;
    const byteOffset = memory.byteOffset + from;
    this.message = message;
    this.id = id;
    this.view = new DataView(buffer, byteOffset, capacity);
    this.capacity = capacity - (capacity % 8);
    this.byteLength = this.capacity;
    this.halves = message.arena === undefined ? undefined : halvesOf(this.view);
    this.knownBytes = undefined;
    this.knownBuffer = undefined;
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

  /** The same memory as Node's Buffer, which is quicker with texts: undefined elsewhere. */
  get buffer(): TextBuffer | undefined {
    if (this.knownBuffer === undefined && NodeBuffer !== undefined) {
      const { buffer, byteOffset, byteLength } = this.view;
      this.knownBuffer = NodeBuffer.from(buffer, byteOffset, byteLength);
    }
    return this.knownBuffer;
  }

  /** What is in use. */
  used(): Uint8Array {
    return this.bytes.subarray(0, this.byteLength);
  }
}

/** What is used of Node's Buffer. */
interface TextBuffer {
  write(text: string, at: number, byteLength: number, encoding: "utf8"): number;
  toString(encoding: "utf8", at: number, end: number): string;
}

interface TextBufferConstructor {
  from(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): TextBuffer;
}

const { Buffer: NodeBuffer } = globalThis as { readonly Buffer?: TextBufferConstructor };

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function halvesOf({ buffer, byteOffset, byteLength }: DataView): Int32Array | undefined {
  if (!isLittleEndian || byteOffset % 8 !== 0) return undefined;
  return new Int32Array(buffer, byteOffset, byteLength >>> 2);
}
