// Follows pointers to structs, for readers: with every check and limit.

import type { PointerDefault } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import { follow } from "./follow.js";
import { defaultNestingLimit } from "./message.js";
import { emptySegment, type StructPlace, structPlace } from "./places.js";
import type { Segment } from "./segment.js";
import { pointerKind, pointerKindMask } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
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
  if (pointerAt < 0) return nullStruct(otherwise);
  const { view } = segment;
  const lower = view.getInt32(pointerAt, true);
  const sizes = view.getInt32(pointerAt + 4, true);
  if ((lower & kindMask) !== 0) return readFarStruct(segment, pointerAt, nesting);
  if ((lower | sizes) === 0) return nullStruct(otherwise);
  // The offset in words is in the upper 30 bits.
  return structAt(segment, pointerAt, segment, pointerAt + 8 + lower * 2, sizes, nesting);
}

function nullStruct(otherwise?: PointerDefault): StructPlace {
  if (otherwise === undefined) return emptyStruct();
  return readStruct(otherwise.segment, 0, defaultNestingLimit);
}

/** Out of line: pointers seldom are far. */
function readFarStruct(segment: Segment, pointerAt: number, nesting: number): StructPlace {
  const { segment: where, at, lower, upper } = follow(segment, pointerAt);
  if ((lower & kindMask) !== structKind) throw wrongKind(segment, pointerAt, "a struct", lower);
  return structAt(segment, pointerAt, where, at, upper, nesting);
}

function structAt(
  segment: Segment,
  pointerAt: number,
  where: Segment,
  at: number,
  sizes: number,
  nesting: number,
): StructPlace {
  const found = place;
  const dataByteLength = (sizes & 0xffff) << 3;
  const pointerCount = sizes >>> 16;
  const byteLength = dataByteLength + (pointerCount << 3);
  if (where.lacks(at, byteLength)) throw outOfBounds(segment, pointerAt, "a struct");
  if (nesting <= 0) throw tooDeep(segment, pointerAt);
  segment.message.spend(byteLength >> 3, segment, pointerAt);
  // Storing a young object in an old one costs more than all the rest: it seldom is another.
  if (found.$segment !== where) {
    found.$segment = where;
    found.$view = where.view;
  }
  found.$at = at;
  found.$dataByteLength = dataByteLength;
  found.$pointerCount = pointerCount;
  found.$nesting = nesting - 1;
  return found;
}

/** A struct without any section, which reads as all defaults. */
export function emptyStruct(): StructPlace {
  if (place.$segment !== nothing) {
    place.$segment = nothing;
    place.$view = nothing.view;
  }
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
