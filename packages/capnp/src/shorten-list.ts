// Makes a list shorter whose length was an upper bound when it was made.

import { checkListLength } from "./allocate.js";
import { CapnpRangeError } from "./errors.js";
import { follow } from "./follow.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import {
  doubleFarFlag,
  elementSize,
  pointerKind,
  pointerKindMask,
  wordByteLength,
} from "./wire.js";

/**
 * Drops the last elements of the list that a pointer leads to. They must be all zero; their room
 * stays unused. Builders and readers that were got of the list before keep its old length.
 * @throws CapnpRangeError where the list is shorter already, or the pointer leads to none
 */
export function shortenList(segment: Segment, pointerAt: number, length: number): void {
  checkListLength(length);
  const isEmpty = isNull(segment, pointerAt);
  if (isEmpty && length === 0) return;
  const { segment: target, at, lower, upper } = follow(segment, pointerAt);
  if (isEmpty || (lower & pointerKindMask) !== pointerKind.list) {
    throw new CapnpRangeError("only a list can be made shorter");
  }
  const size = upper & 7;
  let stored = length;
  let before = upper >>> 3;
  if (size === elementSize.composite) {
    const tagUpper = target.view.getUint32(at + 4, true);
    before = target.view.getUint32(at, true) >>> 2;
    stored = length * ((tagUpper & 0xffff) + (tagUpper >>> 16));
  }
  if (length > before)
    throw new CapnpRangeError(`a list of ${before} cannot become ${length} long`);
  if (size === elementSize.composite) target.view.setInt32(at, length << 2, true);
  // ORDER: the tag before the pointer: whoever reads meanwhile finds no more elements than words.
  storeUpper(segment, pointerAt, (stored << 3) | size);
}

/** Stores the half that says how long the list is, wherever far pointers have it. */
function storeUpper(segment: Segment, pointerAt: number, upper: number): void {
  const lower = segment.view.getUint32(pointerAt, true);
  if ((lower & pointerKindMask) !== pointerKind.far) {
    segment.view.setInt32(pointerAt + 4, upper, true);
    return;
  }
  const pads = segment.message.segment(segment.view.getUint32(pointerAt + 4, true));
  const padAt = (lower >>> 3) * wordByteLength;
  const at = (lower & doubleFarFlag) === 0 ? padAt : padAt + wordByteLength;
  pads.view.setInt32(at + 4, upper, true);
}
