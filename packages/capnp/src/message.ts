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

// More than any one object has, and small enough to be a small integer.
const mostWordsLeft = 2 ** 30 - 1;

// Bytes of a first segment that a builder makes room for by itself.
const mostKept = 1024 * 1024;

/** The segments of a message, built or read. Readers of what is being built are not limited. */
export class Message {
  readonly segments: Segment[];
  readonly arena: Arena | undefined;
  readonly nestingLimit: number;
  /**
   * Words that may be read before more are taken from `wordsInReserve`: always a small integer,
   * which is stored without allocating.
   */
  private wordsLeft: number;
  private wordsInReserve: number;

  private knownOutside: Segment | undefined;

  /** With its only segment, where the memory of that is given. */
  private constructor(
    arena: Arena | undefined,
    wordsLeft: number,
    nestingLimit: number,
    memory?: Uint8Array,
    view?: DataView,
    start = 0,
    byteLength = 0,
  ) {
    this.arena = arena;
    this.nestingLimit = nestingLimit;
    this.wordsLeft = Math.min(wordsLeft, mostWordsLeft);
    this.wordsInReserve = wordsLeft - this.wordsLeft;
    this.knownOutside = undefined;
    // An array of one: an array that grows takes room for seventeen at once.
    this.segments =
      memory === undefined || view === undefined
        ? []
        : [new Segment(this, 0, memory, view, start, byteLength)];
  }

  /** A message to be built, or to be built on. */
  static building(arena: Arena): Message {
    const message = new Message(arena, unlimited, deepest);
    for (const { bytes, byteLength } of arena.existingSegments?.() ?? []) {
      message.add(bytes).byteLength = byteLength;
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
      message.add(bytes);
    }
    return message;
  }

  /** A message to be read, without segments yet, or with its only one: see {@link addPart}. */
  static withLimits(
    limits: ReaderLimits | undefined,
    memory?: Uint8Array,
    view?: DataView,
    start?: number,
    byteLength?: number,
  ): Message {
    let words = defaultTraversalLimitWords;
    let nesting = defaultNestingLimit;
    if (limits !== undefined) {
      const { traversalLimitWords = words, nestingLimit = nesting } = limits;
      words = checkLimit("traversalLimitWords", traversalLimitWords);
      nesting = Math.min(checkLimit("nestingLimit", nestingLimit), deepest);
    }
    return new Message(undefined, words, nesting, memory, view, start, byteLength);
  }

  /** Adds a segment over some memory, all of it in use. */
  add(memory: Uint8Array): Segment {
    return this.addPart(memory, viewOf(memory), 0, memory.byteLength);
  }

  /** Adds a segment over part of some memory, all of it in use; the view is over the memory. */
  addPart(memory: Uint8Array, view: DataView, start: number, byteLength: number): Segment {
    const id = this.segments.length;
    const segment = new Segment(this, id, memory, view, start, byteLength);
    this.segments.push(segment);
    return segment;
  }

  /** One word that is not in the message, for the pointer to an orphan while that is made. */
  get outside(): Segment {
    return this.knownOutside ?? this.makeOutside();
  }

  private makeOutside(): Segment {
    const word = new Uint8Array(wordByteLength);
    this.knownOutside = new Segment(this, outsideId, word, viewOf(word), 0, wordByteLength);
    return this.knownOutside;
  }

  /** @throws CapnpRangeError when there is none of that number. */
  segment(id: number): Segment {
    const segment = this.segments[id];
    if (segment !== undefined) return segment;
    throw new CapnpRangeError(`segment ${id} of a message of ${this.segments.length} segments`);
  }

  /** Takes so many words from what may be read; `segment` and `at` tell where. */
  spend(words: number, segment: Segment, at: number): void {
    const left = this.wordsLeft - words;
    this.wordsLeft = left;
    if (left < 0) this.takeReserve(segment, at);
  }

  private takeReserve(segment: Segment, at: number): void {
    const words = Math.min(this.wordsInReserve, mostWordsLeft);
    this.wordsInReserve -= words;
    this.wordsLeft += words;
    if (this.wordsLeft >= 0) return;
    this.wordsLeft = -1;
    throw traversalLimitReached(segment, at);
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
    this.add(bytes).byteLength = wordByteLength;
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
    const segment = this.add(bytes);
    segment.byteLength = 0;
    return segment;
  }
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
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
    segment.wordAt(at),
  );
}

function tooLarge(byteLength: number): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    `an object of ${byteLength} bytes is more than a segment holds (${maxSegmentByteLength})`,
  );
}
