// The segments of a message under construction, one after another in a growing file.

import { ClosedError, type GrowingFile } from "@tidemark/core";
import type { Arena, ExistingSegment } from "../arena.js";
import { CapnpError } from "../errors.js";
import type { Segment } from "../segment.js";
import { maxSegmentByteLength, wordByteLength } from "../wire.js";
import { segmentOffsets } from "./segment-table.js";

/** Where a message's segments go. */
export interface FileArenaOptions {
  /** Most segments: what the table has room for. */
  readonly slots: number;
  /** Most bytes of a segment. */
  readonly segmentByteLength: number;
  /** Bytes of the segments that are there already, of a message that is edited. */
  readonly byteLengths: readonly number[];
  /**
   * Called before a further segment begins, with those so far: they are as long as they will be.
   */
  readonly onFull: (segments: readonly Segment[]) => void;
}

/**
 * Hands out the file's memory as segments without gaps: each as long as it can be, as the file
 * grows by itself where it is written. A segment ends where the first object is that does not fit.
 */
export class FileArena implements Arena {
  readonly #file: GrowingFile;
  readonly #options: FileArenaOptions;
  #closed = false;

  constructor(file: GrowingFile, options: FileArenaOptions) {
    this.#file = file;
    this.#options = options;
  }

  existingSegments(): readonly ExistingSegment[] {
    const { byteLengths, slots } = this.#options;
    const offsets = segmentOffsets(slots, byteLengths);
    return byteLengths.map((byteLength, index) => {
      const start = offsets[index] ?? 0;
      const isLast = index === byteLengths.length - 1;
      // Behind the last one is room; the others end where the next one begins.
      const capacity = isLast ? Math.max(this.#capacity(start), byteLength) : byteLength;
      return { bytes: this.#file.bytes(start, capacity), byteLength };
    });
  }

  addSegment(leastByteLength: number, segments: readonly Segment[]): Uint8Array {
    if (this.#closed) throw new ClosedError("the message's file");
    const { slots } = this.#options;
    if (segments.length >= slots) throw tooManySegments(slots);
    const start = segmentOffsets(slots, lengthsOf(segments)).at(-1) ?? 0;
    const capacity = start < this.#file.maxByteLength ? this.#capacity(start) : 0;
    if (capacity < leastByteLength) throw reservationFull(leastByteLength, this.#file);
    const last = segments.at(-1);
    if (last !== undefined) {
      this.#options.onFull(segments);
      last.capacity = last.byteLength;
    }
    return this.#file.bytes(start, capacity);
  }

  /** Nothing can be built any more. */
  close(segments: readonly Segment[]): void {
    this.#closed = true;
    for (const segment of segments) segment.capacity = segment.byteLength;
  }

  #capacity(start: number): number {
    const most = Math.min(
      this.#options.segmentByteLength,
      maxSegmentByteLength,
      this.#file.longestView(start),
    );
    return most - (most % wordByteLength);
  }
}

/** Bytes in use of each segment. */
export function lengthsOf(segments: readonly Segment[]): number[] {
  return segments.map(({ byteLength }) => byteLength);
}

function tooManySegments(slots: number): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    `the message needs more than the ${slots} segments its table has room for: ` +
      "create it with a larger maxSegments (at most 511), or write several messages",
  );
}

function reservationFull(leastByteLength: number, file: GrowingFile): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    `an object of ${leastByteLength} bytes does not fit in what is left of the file's ` +
      `${file.maxByteLength} bytes: create it with a larger maxByteLength`,
  );
}
