// Stores pointers, so that whoever reads the memory at any moment, because it is shared or because
// the builder was killed, finds what was there before, nothing, or the whole object.
//
// ORDER: an object is complete before its pointer is stored, and a pointer is null before it is
// stored. The lower half goes first: with the upper half still zero it describes a struct without
// sections, or a list of no elements of Void. Both halves are stored with one instruction each: the
// typed array stores whole elements, where a DataView may store byte by byte.
// No order does that for a far pointer, whose upper half numbers a segment: it is stored at once.

import { emptySegment } from "./places.js";
import { outsideId, type Segment } from "./segment.js";
import { doubleFarFlag, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const farKind = pointerKind.far;
const otherKind = pointerKind.other;
const kindMask = pointerKindMask;
const outside = outsideId;

/** Where the object is that the last pointer outside of a message was published for. */
export const made: { segment: Segment; at: number } = { segment: emptySegment, at: 0 };

/**
 * Lets the null pointer at `pointerAt` lead to an object that was allocated for it: `at` is where
 * the object begins. In another segment, the word before the object is its landing pad.
 */
export function publish(
  segment: Segment,
  pointerAt: number,
  target: Segment,
  at: number,
  kind: number,
  upper: number,
): void {
  if (target === segment) {
    // The object was allocated later than the pointer, so the offset is not negative.
    storeHalves(segment, pointerAt, ((at - pointerAt - word) >>> 1) | kind, upper);
    return;
  }
  if (segment.id === outside) {
    storeHalves(segment, pointerAt, kind, upper);
    made.segment = target;
    made.at = at;
    return;
  }
  const padAt = at - word;
  storeHalves(target, padAt, kind, upper);
  storeWord(segment, pointerAt, padAt | farKind, target.id);
}

/**
 * Lets a pointer that leads to an object already lead to another one, allocated for it, from one
 * moment to the next. The landing pads that it had are zeroed.
 */
export function replace(
  segment: Segment,
  pointerAt: number,
  target: Segment,
  at: number,
  kind: number,
  upper: number,
): void {
  const { view } = segment;
  const oldLower = view.getInt32(pointerAt, true);
  const oldUpper = view.getUint32(pointerAt + 4, true);
  if (target === segment) {
    storeWord(segment, pointerAt, lowerHalf(pointerAt, at, kind), upper);
  } else {
    const padAt = at - word;
    storeHalves(target, padAt, kind, upper);
    storeWord(segment, pointerAt, padAt | farKind, target.id);
  }
  erasePads(segment, oldLower, oldUpper);
}

/** Zeroes the landing pads of a pointer that is gone, if it had any. */
export function erasePads(segment: Segment, lower: number, upper: number): void {
  if ((lower & kindMask) !== farKind) return;
  const padAt = (lower >>> 3) * word;
  const padWords = (lower & doubleFarFlag) === 0 ? 1 : 2;
  const pads = segment.message.segment(upper).bytes;
  pads.fill(0, padAt, padAt + padWords * word);
}

/** The lower half of a pointer to an object in the same segment, wherever it lies. */
export function lowerHalf(pointerAt: number, at: number, kind: number): number {
  return (((at - pointerAt) / word - 1) << 2) | kind;
}

/** Stores a struct or list pointer where a null pointer is. */
export function storeHalves(segment: Segment, at: number, lower: number, upper: number): void {
  const { halves } = segment;
  if (halves === undefined) {
    segment.view.setInt32(at, lower, true);
    segment.view.setInt32(at + 4, upper, true);
    return;
  }
  halves[at >>> 2] = lower;
  halves[(at >>> 2) + 1] = upper;
}

/** Stores any pointer at once, whatever was there before. */
export function storeWord(segment: Segment, at: number, lower: number, upper: number): void {
  const { bytes, halves, view } = segment;
  if (halves === undefined) {
    view.setInt32(at + 4, upper, true);
    view.setInt32(at, lower, true);
    return;
  }
  const word = new BigInt64Array(bytes.buffer, bytes.byteOffset + at, 1);
  word[0] = (BigInt(upper) << 32n) | BigInt(lower >>> 0);
}

/** Makes a pointer null, whatever it was. */
export function storeNull(segment: Segment, at: number): void {
  const kind = segment.view.getInt32(at, true) & kindMask;
  if (kind === farKind || kind === otherKind) {
    storeWord(segment, at, 0, 0);
    return;
  }
  // ORDER: the upper half first, the other way round than storing.
  const { halves, view } = segment;
  if (halves === undefined) {
    view.setInt32(at + 4, 0, true);
    view.setInt32(at, 0, true);
    return;
  }
  halves[(at >>> 2) + 1] = 0;
  halves[at >>> 2] = 0;
}
