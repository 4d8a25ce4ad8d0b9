// Follows pointers to lists, for readers: with every check and limit, and with the liberty that
// versions of a schema have to make a list of values one of structs.

import type { PointerDefault } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import { follow, type Target } from "./follow.js";
import { defaultNestingLimit } from "./message.js";
import { emptySegment, type ListPlace, listPlace } from "./places.js";
import { isNull, outOfBounds, tooDeep, wrongKind } from "./read-struct.js";
import type { Segment } from "./segment.js";
import {
  type ElementSize,
  elementDataBits,
  elementSize,
  elementSizeNames,
  pointerKind,
  pointerKindMask,
  wordByteLength,
} from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const listKind = pointerKind.list;
const structKind = pointerKind.struct;
const kindMask = pointerKindMask;
const compositeSize = elementSize.composite;
const pointerSize = elementSize.pointer;
const voidSize = elementSize.void;
const bitSize = elementSize.bit;
const place = listPlace;
const dataBits = elementDataBits;

/**
 * The list that the pointer at `pointerAt` leads to, to be read as one of `expected` elements: the
 * default when it is null. Its place is valid until the next pointer is followed.
 * @throws MalformedMessageError
 */
export function readList(
  segment: Segment,
  pointerAt: number,
  nesting: number,
  expected: ElementSize,
  otherwise?: PointerDefault,
): ListPlace {
  if (isNull(segment, pointerAt)) {
    if (otherwise !== undefined) {
      return readList(otherwise.segment, 0, defaultNestingLimit, expected);
    }
    return emptyList();
  }
  const target = follow(segment, pointerAt);
  if ((target.lower & kindMask) !== listKind) {
    throw wrongKind(segment, pointerAt, "a list", target.lower);
  }
  if (nesting <= 0) throw tooDeep(segment, pointerAt);
  locateList(segment, pointerAt, target);
  fitList(segment, pointerAt, place.$size, expected);
  place.$nesting = nesting - 1;
  return place;
}

export function emptyList(): ListPlace {
  if (place.$segment !== emptySegment) {
    place.$segment = emptySegment;
    place.$view = emptySegment.view;
  }
  place.$at = 0;
  place.$size = voidSize;
  place.$length = 0;
  place.$step = 0;
  place.$dataByteLength = 0;
  place.$pointerCount = 0;
  place.$nesting = 0;
  return place;
}

/** Sets the list place to what a pointer leads to, checked to be inside its segment. */
export function locateList(segment: Segment, pointerAt: number, target: Target): void {
  const { at, upper } = target;
  const size = (upper & 7) as ElementSize;
  const length = upper >>> 3;
  if (place.$segment !== target.segment) {
    place.$segment = target.segment;
    place.$view = target.segment.view;
  }
  place.$size = size;
  if (size === compositeSize) {
    locateComposite(segment, pointerAt, at, length);
    return;
  }
  const bits = size === pointerSize ? 64 : (dataBits[size] ?? 0);
  const words = Math.ceil((length * bits) / 64);
  if (target.segment.lacks(at, words * word)) {
    throw outOfBounds(segment, pointerAt, "a list");
  }
  // A list of nothing takes no room: its elements count as words, or it could claim any number.
  segment.message.spend(size === voidSize ? length : words, segment, pointerAt);
  place.$at = at;
  place.$length = length;
  place.$step = bits >>> 3;
  place.$dataByteLength = size === pointerSize ? 0 : bits >>> 3;
  place.$pointerCount = size === pointerSize ? 1 : 0;
}

/** A list of structs begins with a word, the tag, that says how large and how many they are. */
function locateComposite(segment: Segment, pointerAt: number, tagAt: number, words: number): void {
  const { $segment, $view } = place;
  const at = tagAt + word;
  if ($segment.lacks(tagAt, (1 + words) * word)) {
    throw outOfBounds(segment, pointerAt, "a list of structs");
  }
  const tag = $view.getInt32(tagAt, true);
  const sizes = $view.getUint32(tagAt + 4, true);
  if ((tag & kindMask) !== structKind) {
    throw listTrouble(segment, pointerAt, "the tag of a list of structs is not a struct pointer");
  }
  const length = tag >>> 2;
  const stepWords = (sizes & 0xffff) + (sizes >>> 16);
  if (length * stepWords > words) {
    throw listTrouble(segment, pointerAt, "a list of structs has more elements than words");
  }
  segment.message.spend(stepWords === 0 ? length + 1 : words + 1, segment, pointerAt);
  place.$at = at;
  place.$length = length;
  place.$step = stepWords * word;
  place.$dataByteLength = (sizes & 0xffff) * word;
  place.$pointerCount = sizes >>> 16;
}

/** Refuses a list whose elements cannot stand for the expected ones. */
export function fitList(
  segment: Segment,
  pointerAt: number,
  found: ElementSize,
  expected: ElementSize,
): void {
  if (found === expected) return;
  const { $dataByteLength, $pointerCount, $length } = place;
  // What a builder leaves when it is killed between the two halves of a pointer.
  if (found === voidSize && $length === 0) return;
  const fits =
    found === bitSize || expected === bitSize
      ? false
      : expected === pointerSize
        ? $pointerCount > 0
        : $dataByteLength >= (dataBits[expected] ?? 0) / 8;
  if (!fits) {
    throw listTrouble(
      segment,
      pointerAt,
      `the elements should be ${elementSizeNames[expected]}, but are ${elementSizeNames[found]}`,
    );
  }
}

function listTrouble(segment: Segment, pointerAt: number, what: string): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
    what,
    segment.id,
    segment.wordAt(pointerAt),
  );
}
