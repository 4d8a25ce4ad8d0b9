// Makes room for objects: by moving the end of a segment, in another segment where one is full.

import { CapnpRangeError } from "./errors.js";
import { emptySegment } from "./places.js";
import { outsideId, type Segment } from "./segment.js";
import {
  type ElementSize,
  elementByteLength,
  elementSize,
  maxListLength,
  maxSegmentWords,
  wordByteLength,
} from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const bitSize = elementSize.bit;
const byteLengths = elementByteLength;

/** Where an object may be built, all zero. */
export interface Room {
  segment: Segment;
  at: number;
}

/** The one room that is returned: it is valid until the next object is allocated. */
export const room: Room = { segment: emptySegment, at: 0 };

/**
 * Room for an object of so many bytes, a multiple of 8, that a pointer in `segment` will lead to:
 * in the same segment, or in another one behind a word for its landing pad.
 */
export function allocate(segment: Segment, byteLength: number): Room {
  const at = segment.byteLength;
  const end = at + byteLength;
  if (end > segment.capacity) return allocateElsewhere(segment, byteLength);
  segment.byteLength = end;
  // Storing an object costs more than comparing it: the garbage collector is told of it.
  if (room.segment !== segment) room.segment = segment;
  room.at = at;
  return room;
}

function allocateElsewhere(segment: Segment, byteLength: number): Room {
  // An orphan has no landing pad: who will point to it is not known.
  const padByteLength = segment.id === outsideId ? 0 : word;
  const target = segment.message.segmentWithRoom(padByteLength + byteLength);
  room.segment = target;
  room.at = target.byteLength + padByteLength;
  target.byteLength = room.at + byteLength;
  return room;
}

/** Room for an object that no pointer leads to yet: an orphan, or a landing pad. */
export function allocateAlone(segment: Segment, byteLength: number): Room {
  const target = segment.message.segmentWithRoom(byteLength);
  room.segment = target;
  room.at = target.byteLength;
  target.byteLength += byteLength;
  return room;
}

/** The bytes of a list's elements, whole words. */
export function listByteLength(length: number, size: ElementSize): number {
  if (size === bitSize) return wholeWords((length + 7) >>> 3);
  return wholeWords(length * (byteLengths[size] ?? 0));
}

/** Bytes filled up to whole words: at most a segment's, more than 32 bits may count. */
function wholeWords(byteLength: number): number {
  return byteLength + (-byteLength & 7);
}

/** @throws CapnpRangeError for a length that no list may have. */
export function checkListLength(length: number): number {
  if (length >>> 0 === length && length <= maxListLength) return length;
  throw wrongLength(length, maxListLength);
}

/** @throws CapnpRangeError for a length that no list of structs so large may have. */
export function checkStructListLength(length: number, stepWords: number): number {
  if (length >>> 0 !== length || length > maxListLength || length * stepWords >= maxSegmentWords) {
    const most = stepWords > 1 ? Math.floor((maxSegmentWords - 1) / stepWords) : maxListLength;
    throw wrongLength(length, most);
  }
  return length;
}

function wrongLength(length: number, most: number): CapnpRangeError {
  return new CapnpRangeError(
    `a list's length must be a whole number from 0 to ${most}, got ${String(length)}`,
  );
}
