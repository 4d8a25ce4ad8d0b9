// Follows pointers to lists, for readers: with every check and limit, and with the liberty that
// versions of a schema have to make a list of values one of structs.

import type { PointerDefault } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import { follow, type Target } from "./follow.js";
import { defaultNestingLimit } from "./message.js";
import { emptySegment, type ListPlace, listPlace } from "./places.js";
import { outOfBounds, tooDeep, wrongKind } from "./read-struct.js";
import type { Segment } from "./segment.js";
import {
  type ElementSize,
  elementByteLength,
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
const byteLengths = elementByteLength;

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
  if (pointerAt < 0) return nullList(expected, otherwise);
  const { view } = segment;
  const lower = view.getInt32(pointerAt, true);
  const upper = view.getInt32(pointerAt + 4, true);
  if ((lower | upper) === 0) return nullList(expected, otherwise);
  if ((lower & kindMask) !== listKind) return readFarList(segment, pointerAt, nesting, expected);
  if (nesting <= 0) throw tooDeep(segment, pointerAt);
  // The offset in words is in the upper 30 bits.
  locate(segment, pointerAt, segment, pointerAt + word + (lower - listKind) * 2, upper);
  if (place.$size !== expected) fitList(segment, pointerAt, place.$size, expected);
  place.$nesting = nesting - 1;
  return place;
}

function nullList(expected: ElementSize, otherwise?: PointerDefault): ListPlace {
  if (otherwise === undefined) return emptyList();
  return readList(otherwise.segment, 0, defaultNestingLimit, expected);
}

/** Out of line: pointers seldom are far. */
function readFarList(
  segment: Segment,
  pointerAt: number,
  nesting: number,
  expected: ElementSize,
): ListPlace {
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
  locate(segment, pointerAt, target.segment, target.at, target.upper);
}

function locate(
  segment: Segment,
  pointerAt: number,
  where: Segment,
  at: number,
  upper: number,
): void {
  const found = place;
  // Storing a young object in an old one costs more than all the rest: it seldom is another.
  if (found.$segment !== where) {
    found.$segment = where;
    found.$view = where.view;
  }
  const size = (upper & 7) as ElementSize;
  const length = upper >>> 3;
  found.$size = size;
  if (size === compositeSize) {
    locateComposite(segment, pointerAt, at, length);
    return;
  }
  const isPointer = size === pointerSize;
  const step = byteLengths[size] as number;
  const words = size === bitSize ? (length + 63) >>> 6 : Math.ceil((length * step) / word);
  if (where.lacks(at, words * word)) throw outOfBounds(segment, pointerAt, "a list");
  // A list of nothing takes no room: its elements count as words, or it could claim any number.
  segment.message.spend(size === voidSize ? length : words, segment, pointerAt);
  found.$at = at;
  found.$length = length;
  found.$step = step;
  found.$dataByteLength = isPointer ? 0 : step;
  found.$pointerCount = isPointer ? 1 : 0;
}

/** A list of structs begins with a word, the tag, that says how large and how many they are. */
function locateComposite(segment: Segment, pointerAt: number, tagAt: number, words: number): void {
  const found = place;
  const { $segment: where, $view: view } = found;
  if (where.lacks(tagAt, (1 + words) * word)) {
    throw outOfBounds(segment, pointerAt, "a list of structs");
  }
  const tag = view.getInt32(tagAt, true);
  const sizes = view.getInt32(tagAt + 4, true);
  if ((tag & kindMask) !== structKind) {
    throw listTrouble(segment, pointerAt, "the tag of a list of structs is not a struct pointer");
  }
  const length = tag >>> 2;
  const dataWords = sizes & 0xffff;
  const pointerCount = sizes >>> 16;
  const stepWords = dataWords + pointerCount;
  if (length * stepWords > words) {
    throw listTrouble(segment, pointerAt, "a list of structs has more elements than words");
  }
  segment.message.spend(stepWords === 0 ? length + 1 : words + 1, segment, pointerAt);
  found.$at = tagAt + word;
  found.$length = length;
  found.$step = stepWords * word;
  found.$dataByteLength = dataWords * word;
  found.$pointerCount = pointerCount;
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
