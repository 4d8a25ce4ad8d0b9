// The buffers over a mapping's memory: one, or, where a buffer cannot be that long, several that
// overlap.

import { constants } from "node:buffer";
import { constants as os } from "node:os";
import { type NativeHandle, native } from "../binding.js";
import { ArgumentRangeError, ResourceLimitError, UnsupportedError } from "../errors.js";

/** The longest buffer and view of this Node: 4 GiB in Node 20, beyond any mapping from 22 on. */
export const longestBuffer: number = constants.MAX_LENGTH;

/** Where windows of a mapping too long for one buffer start: at each multiple of this. */
const windowStride = longestBuffer / 2;

// Taken here once: what a program puts in their place later must not decide whether memory is
// unmapped.
const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")?.get as (
  this: ArrayBuffer,
) => number;
const transfer = (
  ArrayBuffer.prototype as { transfer?: (this: ArrayBuffer, byteLength: number) => ArrayBuffer }
).transfer;

/** What lives as long as a buffer does: who holds a view is still told of the mapping's faults. */
const owners = new WeakMap<ArrayBuffer | SharedArrayBuffer, object>();

/**
 * Buffers over `byteLength` bytes that start `lead` bytes into a region. Made when first asked for.
 */
export class Windows {
  readonly #handle: NativeHandle;
  readonly #lead: number;
  readonly #byteLength: number;
  readonly #shared: boolean;
  readonly #owner: object;
  readonly #buffers = new Map<number, ArrayBuffer | SharedArrayBuffer>();

  constructor(
    handle: NativeHandle,
    options: {
      readonly lead: number;
      readonly byteLength: number;
      readonly shared: boolean;
      /** Kept from being garbage by any of the buffers. */
      readonly owner: object;
      /**
       * The buffer whose own memory was mapped over, where shared ones cannot be made over ours.
       */
      readonly given?: SharedArrayBuffer | undefined;
    },
  ) {
    this.#handle = handle;
    this.#lead = options.lead;
    this.#byteLength = options.byteLength;
    this.#shared = options.shared;
    this.#owner = options.owner;
    if (options.given !== undefined) this.#keep(0, options.given);
  }

  /** The buffer over all of it. */
  whole(): ArrayBuffer | SharedArrayBuffer {
    if (this.#byteLength <= longestBuffer) return this.#window(0, this.#byteLength);
    throw new ArgumentRangeError(
      `a mapping of ${this.#byteLength} bytes is longer than the longest buffer of this Node ` +
        `(${longestBuffer} bytes): use bytes(byteOffset, byteLength) for parts of it`,
    );
  }

  /** A view of a range, which is known to lie inside. */
  view(byteOffset: number, byteLength: number): Uint8Array {
    const longest = this.longestView(byteOffset);
    if (byteLength > longest) {
      throw new ArgumentRangeError(
        `byteLength must be at most ${longest} at byteOffset ${byteOffset}, got ${byteLength}: ` +
          `the longest view of this Node is ${longestBuffer} bytes, ` +
          `and views up to ${windowStride} bytes are possible anywhere`,
      );
    }
    const start = this.#windowStart(byteOffset);
    const length = Math.min(longestBuffer, this.#byteLength - start);
    return new Uint8Array(this.#window(start, length), byteOffset - start, byteLength);
  }

  /** Bytes of the longest view that starts there. */
  longestView(byteOffset: number): number {
    const start = this.#windowStart(byteOffset);
    return Math.min(start + longestBuffer, this.#byteLength) - byteOffset;
  }

  #windowStart(byteOffset: number): number {
    if (this.#byteLength <= longestBuffer) return 0;
    const last = Math.floor((this.#byteLength - 1) / windowStride);
    return Math.min(Math.floor(byteOffset / windowStride), last) * windowStride;
  }

  /**
   * Makes all buffers empty, so that nothing reaches the memory any more. False when something
   * still may: a shared buffer cannot be emptied, and a program can move a buffer's memory to
   * another one.
   */
  detach(): boolean {
    let all = true;
    for (const buffer of this.#buffers.values()) {
      if (!(buffer instanceof ArrayBuffer) || !detach(buffer)) all = false;
    }
    this.#buffers.clear();
    return all;
  }

  #window(start: number, length: number): ArrayBuffer | SharedArrayBuffer {
    const known = this.#buffers.get(start);
    if (known !== undefined) return known;
    const buffer = native.buffer(this.#handle, this.#lead + start, length, this.#shared);
    if (typeof buffer === "number") throw bufferFailure(buffer, length);
    this.#keep(start, buffer);
    return buffer;
  }

  #keep(start: number, buffer: ArrayBuffer | SharedArrayBuffer): void {
    this.#buffers.set(start, buffer);
    owners.set(buffer, this.#owner);
  }
}

/** Empties one buffer. False when its memory was moved elsewhere, or the buffer refuses. */
function detach(buffer: ArrayBuffer): boolean {
  if (byteLengthOf.call(buffer) === 0) return false;
  if (transfer === undefined) return native.detach(buffer) === 0;
  try {
    // Moves nothing to a new buffer of length 0. Unlike the native call it does not end the process
    // when the program has marked the buffer as not transferable.
    transfer.call(buffer, 0);
    return true;
  } catch {
    return false;
  }
}

function bufferFailure(errno: number, length: number): Error {
  if (errno === -os.errno.ENOTSUP) {
    return new UnsupportedError(
      "this runtime does not permit buffers over memory of its own " +
        "(as Electron since version 21): map in a plain Node process, and copy what is needed",
      { system: { syscall: "napi_create_external_arraybuffer", errno } },
    );
  }
  return new ResourceLimitError(`no buffer of ${length} bytes could be made over the mapping`, {
    system: { syscall: "napi_create_external_arraybuffer", errno },
  });
}
