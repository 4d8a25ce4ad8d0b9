// Lets another pointer lead to an object that exists already, and moves the sections of structs.

import { allocateAlone } from "./allocate.js";
import { detach } from "./erase.js";
import { follow } from "./follow.js";
import { lowerHalf, storeHalves, storeWord } from "./publish.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { doubleFarFlag, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

/**
 * Lets a pointer, null or not, lead to an existing object of its message from one moment to the
 * next. What it led to before, and the landing pads of that, stay as they are.
 */
export function pointAt(
  segment: Segment,
  pointerAt: number,
  target: Segment,
  at: number,
  kind: number,
  upper: number,
): void {
  if (kind === pointerKind.other) {
    storeWord(segment, pointerAt, kind, upper);
    return;
  }
  if (kind === pointerKind.struct && upper === 0) {
    storeWord(segment, pointerAt, emptyStructLower, 0);
    return;
  }
  if (target === segment) {
    storeWord(segment, pointerAt, lowerHalf(pointerAt, at, kind), upper);
    return;
  }
  const padAt = target.byteLength;
  if (padAt + wordByteLength <= target.capacity) {
    target.byteLength += wordByteLength;
    storeHalves(target, padAt, lowerHalf(padAt, at, kind), upper);
    storeWord(segment, pointerAt, padAt | pointerKind.far, target.id);
    return;
  }
  // No room for a pad beside the object: one of two words says where it is, wherever it stands.
  const pad = allocateAlone(segment, 2 * wordByteLength);
  storeWord(pad.segment, pad.at, at | pointerKind.far, target.id);
  storeHalves(pad.segment, pad.at + wordByteLength, kind, upper);
  storeWord(segment, pointerAt, pad.at | doubleFarFlag | pointerKind.far, pad.segment.id);
}

/** The lower half of a pointer to a struct without sections: it lies where its pointer is. */
export const emptyStructLower: number = -1 << 2;

/** Makes room elsewhere hold the same as the sections of a struct, pointers included. */
export function shareSections(
  target: Segment,
  targetAt: number,
  targetPointersAt: number,
  source: Segment,
  sourceAt: number,
  dataByteLength: number,
  pointerCount: number,
): void {
  target.bytes.set(source.bytes.subarray(sourceAt, sourceAt + dataByteLength), targetAt);
  for (let index = 0; index < pointerCount; index++) {
    const sourcePointer = sourceAt + dataByteLength + index * wordByteLength;
    if (isNull(source, sourcePointer)) continue;
    const { segment, at, lower, upper } = follow(source, sourcePointer);
    const kind = lower & pointerKindMask;
    pointAt(target, targetPointersAt + index * wordByteLength, segment, at, kind, upper);
  }
}

/** Zeroes sections that were shared, and their pointers' landing pads: not what they led to. */
export function abandonSections(
  segment: Segment,
  at: number,
  dataByteLength: number,
  pointerCount: number,
): void {
  segment.bytes.fill(0, at, at + dataByteLength);
  for (let index = 0; index < pointerCount; index++) {
    detach(segment, at + dataByteLength + index * wordByteLength);
  }
}
