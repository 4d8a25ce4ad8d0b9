// Lets another pointer lead to an object that exists already: far ones where the segments differ.

import { allocateAlone } from "./allocate.js";
import { detach } from "./erase.js";
import { follow } from "./follow.js";
import { lowerHalf, storeHalves, storeWord } from "./publish.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { doubleFarFlag, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

/** Moves a pointer: the null one at `targetAt` leads to where the other did, which is null then. */
export function transferPointer(
  target: Segment,
  targetAt: number,
  source: Segment,
  sourceAt: number,
): void {
  if (isNull(source, sourceAt)) return;
  const { segment, at, lower, upper } = follow(source, sourceAt);
  // The pointer is there twice for a moment rather than not at all.
  pointAt(target, targetAt, segment, at, lower & pointerKindMask, upper);
  detach(source, sourceAt);
}

/** Lets a null pointer lead to an existing object of its message. */
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
    storeHalves(segment, pointerAt, -4, 0);
    return;
  }
  if (target === segment) {
    storeHalves(segment, pointerAt, lowerHalf(pointerAt, at, kind), upper);
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
