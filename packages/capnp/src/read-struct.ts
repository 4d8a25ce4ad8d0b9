// Follows pointers to structs, for readers: with every check and limit.

import type { PointerDefault } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import { follow } from "./follow.js";
import { defaultNestingLimit } from "./message.js";
import { emptySegment, type StructPlace, structPlace } from "./places.js";
import type { Segment } from "./segment.js";
import { pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const structKind = pointerKind.struct;
const kindMask = pointerKindMask;
const place = structPlace;
const nothing = emptySegment;

/** The pointer that is not there, because the struct is of an older version. */
export const noPointer = -1;

/**
 * The struct that the pointer at `pointerAt` leads to: the default when it is null.
 * Its place is valid until the next pointer is followed.
 * @throws MalformedMessageError
 */
export function readStruct(
  segment: Segment,
  pointerAt: number,
  nesting: number,
  otherwise?: PointerDefault,
): StructPlace {
  if (isNull(segment, pointerAt)) {
    if (otherwise !== undefined) return readStruct(otherwise.segment, 0, defaultNestingLimit);
    return emptyStruct();
  }
  const target = follow(segment, pointerAt);
  const { at, upper } = target;
  if ((target.lower & kindMask) !== structKind) {
    throw wrongKind(segment, pointerAt, "a struct", target.lower);
  }
  const dataByteLength = (upper & 0xffff) * word;
  const pointerCount = upper >>> 16;
  const byteLength = dataByteLength + pointerCount * word;
  if (target.segment.lacks(at, byteLength)) {
    throw outOfBounds(segment, pointerAt, "a struct");
  }
  if (nesting <= 0) throw tooDeep(segment, pointerAt);
  segment.message.spend(byteLength / word, segment, pointerAt);
  place.$segment = target.segment;
  place.$view = target.segment.view;
  place.$at = at;
  place.$dataByteLength = dataByteLength;
  place.$pointerCount = pointerCount;
  place.$nesting = nesting - 1;
  return place;
}

/** A struct without any section, which reads as all defaults. */
export function emptyStruct(): StructPlace {
  place.$segment = nothing;
  place.$view = nothing.view;
  place.$at = 0;
  place.$dataByteLength = 0;
  place.$pointerCount = 0;
  place.$nesting = 0;
  return place;
}

/** Whether a pointer is null, or not there. */
export function isNull(segment: Segment, pointerAt: number): boolean {
  if (pointerAt < 0) return true;
  const { view } = segment;
  return (view.getInt32(pointerAt, true) | view.getInt32(pointerAt + 4, true)) === 0;
}

const kindNames = ["a struct", "a list", "a far pointer", "a capability"];

export function wrongKind(
  segment: Segment,
  pointerAt: number,
  expected: string,
  lower: number,
): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_POINTER_KIND",
    `the pointer should lead to ${expected}, but is one to ${kindNames[lower & kindMask]}`,
    segment.id,
    segment.wordAt(pointerAt),
  );
}

export function outOfBounds(
  segment: Segment,
  pointerAt: number,
  what: string,
): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_OUT_OF_BOUNDS",
    `the pointer leads to ${what} that is not inside its segment`,
    segment.id,
    segment.wordAt(pointerAt),
  );
}

export function tooDeep(segment: Segment, pointerAt: number): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_NESTING_LIMIT",
    "pointers lead deeper than nestingLimit allows: raise it when the message is trusted",
    segment.id,
    segment.wordAt(pointerAt),
  );
}
