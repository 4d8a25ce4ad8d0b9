// Where the memory of a message under construction comes from.

import { CapnpRangeError } from "./errors.js";
import type { Segment } from "./segment.js";
import { maxSegmentByteLength, maxSegmentWords, wordByteLength } from "./wire.js";

/**
 * Gives a message its memory, segment by segment. It is asked only when an object does not fit in
 * what there is, never per object: objects are allocated by moving `segment.byteLength`.
 */
export interface Arena {
  /**
   * Memory for a further segment, all zero, from an 8-byte boundary of its buffer on, at least
   * `leastByteLength` and at most {@link maxSegmentByteLength} long. `segments` are those so far;
   * the last one has no room for what is asked. An arena whose segments lie one after
   * another in a file begins where the last one's `byteLength` ends, and sets the last one's
   * `capacity` to that.
   */
  addSegment(leastByteLength: number, segments: readonly Segment[]): Uint8Array;

  /** What is there already, when a message is edited: asked once, by the message's constructor. */
  existingSegments?(): readonly ExistingSegment[];
}

/** A segment that was built before. */
export interface ExistingSegment {
  /** Its whole capacity; all zero from `byteLength` on. */
  readonly bytes: Uint8Array;
  /** The bytes in use, a multiple of 8. */
  readonly byteLength: number;
}

/** How a {@link MemoryArena} grows. */
export interface MemoryArenaOptions {
  /** Words of the first segment, 1,024 when not given. */
  readonly firstSegmentWords?: number;
  /** Memory for the first segment, all zero, instead of new memory. */
  readonly firstSegment?: Uint8Array;
}

/** Segments on the heap, each as large as all before it together, as in the C++ implementation. */
export class MemoryArena implements Arena {
  readonly #firstByteLength: number;
  /** @internal Whether the caller left it to the arena how its first segment is. */
  readonly choosesSizes: boolean;
  #scratch: Uint8Array | undefined;

  constructor(options: MemoryArenaOptions = {}) {
    const { firstSegmentWords = 1024, firstSegment } = options;
    const fits = Number.isSafeInteger(firstSegmentWords) && firstSegmentWords >= 1;
    if (!fits || firstSegmentWords > maxSegmentWords) {
      throw new CapnpRangeError(
        `firstSegmentWords must be a whole number from 1 to ${maxSegmentWords}, ` +
          `got ${firstSegmentWords}`,
      );
    }
    this.#firstByteLength = firstSegmentWords * wordByteLength;
    this.choosesSizes = options.firstSegmentWords === undefined && firstSegment === undefined;
    this.#scratch = firstSegment;
  }

  addSegment(leastByteLength: number, segments: readonly Segment[]): Uint8Array {
    const scratch = this.#scratch;
    this.#scratch = undefined;
    if (scratch !== undefined && scratch.byteLength >= leastByteLength) return scratch;
    let byteLength = segments.length === 0 ? this.#firstByteLength : 0;
    for (const segment of segments) byteLength += segment.byteLength;
    byteLength = Math.min(byteLength, maxSegmentByteLength);
    return new Uint8Array(Math.max(byteLength, leastByteLength));
  }
}
