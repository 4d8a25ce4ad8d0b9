// What all objects of one message share: its segments, and what may still be read.

import type { Arena } from "./arena.js";
import { CapnpError, CapnpRangeError, CapnpTypeError, MalformedMessageError } from "./errors.js";
import { outsideId, Segment } from "./segment.js";
import { maxSegmentByteLength, wordByteLength } from "./wire.js";

/** How much of a message a reader may follow, so that a hostile one cannot cost more than it is. */
export interface ReaderLimits {
  /**
   * Words that may be read in all, where what several pointers lead to counts for each:
   * 8,388,608 (64 MiB) when not given; `Infinity` for no limit.
   */
  readonly traversalLimitWords?: number;
  /** How deep pointers may lead, 64 when not given. */
  readonly nestingLimit?: number;
}

export const defaultTraversalLimitWords: number = 8 * 1024 * 1024;
export const defaultNestingLimit = 64;

// What stands for no limit: no program counts that far.
const unlimited = 2 ** 50;
// A small integer, which readers keep without allocating.
const deepest = 2 ** 30 - 1;

// Bytes of a first segment that a builder makes room for by itself.
const mostKept = 1024 * 1024;

/** The segments of a message, built or read. Readers of what is being built are not limited. */
export class Message {
  readonly segments: Segment[] = [];
  readonly arena: Arena | undefined;
  readonly nestingLimit: number;
  /** Words that may still be read. Never a small integer, which keeps the field a double. */
  wordsLeft: number;

  #outside: Segment | undefined;

  private constructor(arena: Arena | undefined, wordsLeft: number, nestingLimit: number) {
    this.arena = arena;
    this.nestingLimit = nestingLimit;
    this.wordsLeft = wordsLeft + 0.5;
  }

  /** A message to be built, or to be built on. */
  static building(arena: Arena): Message {
    const message = new Message(arena, unlimited, deepest);
    for (const { bytes, byteLength } of arena.existingSegments?.() ?? []) {
      message.add(bytes, 0, bytes.byteLength).byteLength = byteLength;
    }
    return message;
  }

  static reading(segments: readonly Uint8Array[], limits?: ReaderLimits): Message {
    const message = Message.withLimits(limits);
    if (!Array.isArray(segments)) throw new CapnpTypeError("the segments must be an array");
    for (const bytes of segments) {
      if (!(bytes instanceof Uint8Array)) {
        throw new CapnpTypeError(`a segment must be a Uint8Array, got ${typeof bytes}`);
      }
      message.add(bytes, 0, bytes.byteLength);
    }
    return message;
  }

  /** A message to be read, without segments yet. */
  static withLimits(limits: ReaderLimits | undefined): Message {
    if (limits === undefined) {
      return new Message(undefined, defaultTraversalLimitWords, defaultNestingLimit);
    }
    const { traversalLimitWords = defaultTraversalLimitWords, nestingLimit = defaultNestingLimit } =
      limits;
    return new Message(
      undefined,
      checkLimit("traversalLimitWords", traversalLimitWords),
      Math.min(checkLimit("nestingLimit", nestingLimit), deepest),
    );
  }

  /** Adds a segment over part of some memory, all of it in use. */
  add(memory: Uint8Array, from: number, byteLength: number): Segment {
    const segment = new Segment(this, this.segments.length, memory, from, byteLength);
    this.segments.push(segment);
    return segment;
  }

  /** One word that is not in the message, for the pointer to an orphan while that is made. */
  get outside(): Segment {
    this.#outside ??= new Segment(
      this,
      outsideId,
      new Uint8Array(wordByteLength),
      0,
      wordByteLength,
    );
    return this.#outside;
  }

  /** @throws CapnpRangeError when there is none of that number. */
  segment(id: number): Segment {
    const segment = this.segments[id];
    if (segment !== undefined) return segment;
    throw new CapnpRangeError(`segment ${id} of a message of ${this.segments.length} segments`);
  }

  /** Takes so many words from what may be read; `segment` and `at` tell where. */
  spend(words: number, segment: Segment, at: number): void {
    this.wordsLeft -= words;
    if (this.wordsLeft < 0) throw traversalLimitReached(segment, at);
  }

  /**
   * Begins anew, with one segment as large as those so far, so that messages like this one will not
   * take new memory each. False, and nothing is done, where that is more than is worth keeping.
   */
  beginLarger(): boolean {
    let byteLength = 0;
    for (const segment of this.segments) byteLength += segment.capacity;
    if (this.arena === undefined || byteLength > mostKept) return false;
    const bytes = this.arena.addSegment(byteLength, []);
    this.segments.length = 0;
    this.add(bytes, 0, bytes.byteLength).byteLength = wordByteLength;
    return true;
  }

  /**
   * A segment with room for so many bytes: the last one, or a new one.
   * @throws CapnpError `ERR_TIDEMARK_CAPNP_TOO_LARGE`
   */
  segmentWithRoom(byteLength: number): Segment {
    const last = this.segments.at(-1);
    if (last !== undefined && last.byteLength + byteLength <= last.capacity) return last;
    if (byteLength > maxSegmentByteLength) throw tooLarge(byteLength);
    if (this.arena === undefined) throw new TypeError("a message that is read cannot be built on");
    const bytes = this.arena.addSegment(byteLength, this.segments);
    if (bytes.byteLength < byteLength || bytes.byteLength > maxSegmentByteLength) {
      throw new CapnpRangeError(
        `an arena must give from ${byteLength} to ${maxSegmentByteLength} bytes, ` +
          `got ${bytes.byteLength}`,
      );
    }
    const segment = this.add(bytes, 0, bytes.byteLength);
    segment.byteLength = 0;
    return segment;
  }
}

function checkLimit(name: string, value: number): number {
  if (typeof value !== "number") throw new CapnpTypeError(`${name} must be a number, got ${value}`);
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0)) {
    return Math.min(value, unlimited);
  }
  throw new CapnpRangeError(`${name} must be a whole number from 0, or Infinity, got ${value}`);
}

function traversalLimitReached(segment: Segment, at: number): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_TRAVERSAL_LIMIT",
    "more words were read than traversalLimitWords allows: " +
      "raise it when the message is trusted, or read each part once",
    segment.id,
    at / wordByteLength,
  );
}

function tooLarge(byteLength: number): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    `an object of ${byteLength} bytes is more than a segment holds (${maxSegmentByteLength})`,
  );
}
