// Follows far pointers: what every pointer means once the way to its object is known.

import { MalformedMessageError } from "./errors.js";
import { emptySegment } from "./places.js";
import type { Segment } from "./segment.js";
import { doubleFarFlag, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const farKind = pointerKind.far;
const structKind = pointerKind.struct;
const listKind = pointerKind.list;
const kindMask = pointerKindMask;

/** What a pointer says, far ones followed: `segment` and `at` are where its object begins. */
export interface Target {
  segment: Segment;
  at: number;
  /** The lower half of the pointer that describes the object: its kind is right, not its offset. */
  lower: number;
  upper: number;
}

/** The one target that is returned: it is valid until the next pointer is followed. */
export const target: Target = { segment: emptySegment, at: 0, lower: 0, upper: 0 };

/**
 * Reads the pointer at `pointerAt`, and the landing pads it leads to. The object itself is not
 * checked to be inside its segment.
 * @throws MalformedMessageError `ERR_TIDEMARK_CAPNP_FAR_POINTER`
 */
export function follow(segment: Segment, pointerAt: number): Target {
  const { view } = segment;
  const lower = view.getInt32(pointerAt, true);
  if ((lower & kindMask) === farKind) return followFar(segment, pointerAt, lower);
  // Storing a young object in an old one costs more than all the rest: it seldom is another.
  if (target.segment !== segment) target.segment = segment;
  target.at = pointerAt + word + (lower >> 2) * word;
  target.lower = lower;
  target.upper = view.getUint32(pointerAt + 4, true);
  return target;
}

function followFar(segment: Segment, pointerAt: number, lower: number): Target {
  const padSegment = farSegment(segment, pointerAt, segment.view.getUint32(pointerAt + 4, true));
  const padAt = padSegment.start + (lower >>> 3) * word;
  const isDouble = (lower & doubleFarFlag) !== 0;
  const padWords = isDouble ? 2 : 1;
  if (padSegment.lacks(padAt, padWords * word)) {
    throw farTrouble(segment, pointerAt, "its landing pad is past the end of its segment");
  }
  padSegment.message.spend(padWords, segment, pointerAt);
  const { view } = padSegment;
  const padLower = view.getInt32(padAt, true);
  if (isDouble) return followDoubleFar(padSegment, padAt);
  if ((padLower & kindMask) === farKind) {
    throw farTrouble(segment, pointerAt, "its landing pad is a far pointer itself");
  }
  target.segment = padSegment;
  target.at = padAt + word + (padLower >> 2) * word;
  target.lower = padLower;
  target.upper = view.getUint32(padAt + 4, true);
  return target;
}

/** The pad's first word is a far pointer to the object, its second word describes it. */
function followDoubleFar(segment: Segment, padAt: number): Target {
  const { view } = segment;
  const lower = view.getInt32(padAt, true);
  if ((lower & kindMask) !== farKind || (lower & doubleFarFlag) !== 0) {
    throw farTrouble(segment, padAt, "a landing pad of two words must begin with a far pointer");
  }
  const tagLower = view.getInt32(padAt + word, true);
  const kind = tagLower & kindMask;
  // An offset would have no meaning: the far pointer before it says where the object is.
  if ((kind !== structKind && kind !== listKind) || tagLower >>> 2 !== 0) {
    throw farTrouble(
      segment,
      padAt + word,
      "the second word of a landing pad must be a struct or list pointer without an offset",
    );
  }
  target.segment = farSegment(segment, padAt, view.getUint32(padAt + 4, true));
  target.at = target.segment.start + (lower >>> 3) * word;
  target.lower = tagLower;
  target.upper = view.getUint32(padAt + word + 4, true);
  return target;
}

function farSegment(segment: Segment, pointerAt: number, id: number): Segment {
  const { segments } = segment.message;
  const found = id < segments.length ? segments[id] : undefined;
  if (found !== undefined) return found;
  throw farTrouble(
    segment,
    pointerAt,
    `it leads to segment ${id}, but there are only ${segments.length}`,
  );
}

function farTrouble(segment: Segment, at: number, what: string): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_FAR_POINTER",
    `a far pointer is wrong: ${what}`,
    segment.id,
    segment.wordAt(at),
  );
}
