// Zeroes objects that are no longer pointed to, as other implementations do: what is left behind
// then takes next to nothing when it is packed, and tells nobody what was there.

import { follow } from "./follow.js";
import { listPlace } from "./places.js";
import { storeNull } from "./publish.js";
import { locateList } from "./read-list.js";
import { isNull, outOfBounds } from "./read-struct.js";
import type { Segment } from "./segment.js";
import {
  doubleFarFlag,
  elementSize,
  pointerKind,
  pointerKindMask,
  wordByteLength,
} from "./wire.js";

/** Makes a pointer null, then zeroes what it led to, and what that led to. */
export function erase(segment: Segment, pointerAt: number): void {
  if (isNull(segment, pointerAt)) return;
  const target = follow(segment, pointerAt);
  const { segment: where, at, lower, upper } = target;
  const kind = lower & pointerKindMask;
  if (kind === pointerKind.list) {
    locateList(segment, pointerAt, target);
    eraseList(segment, pointerAt, upper);
    return;
  }
  const dataByteLength = (upper & 0xffff) * wordByteLength;
  const end = at + dataByteLength + (upper >>> 16) * wordByteLength;
  if (kind === pointerKind.struct && (at < 0 || end > where.byteLength)) {
    throw outOfBounds(segment, pointerAt, "a struct");
  }
  detach(segment, pointerAt);
  if (kind === pointerKind.struct) eraseStruct(where, at, dataByteLength, upper >>> 16);
}

/** Zeroes a struct whose pointer is gone already, and what it led to. */
export function eraseStruct(
  segment: Segment,
  at: number,
  dataByteLength: number,
  pointerCount: number,
): void {
  const pointersAt = at + dataByteLength;
  for (let index = 0; index < pointerCount; index++) {
    erase(segment, pointersAt + index * wordByteLength);
  }
  segment.bytes.fill(0, at, pointersAt);
}

/** Of the list place, which others will use. */
function eraseList(segment: Segment, pointerAt: number, upper: number): void {
  const { $segment: where, $at: at, $length: length, $step: step } = listPlace;
  const { $dataByteLength: dataByteLength, $pointerCount: pointerCount } = listPlace;
  detach(segment, pointerAt);
  if (pointerCount > 0) {
    for (let index = 0; index < length; index++) {
      eraseStruct(where, at + index * step, dataByteLength, pointerCount);
    }
  }
  const isComposite = (upper & 7) === elementSize.composite;
  const start = isComposite ? at - wordByteLength : at;
  // Bits have no step; that of what remains is a list's last word, which is all its own.
  const end = at + (step === 0 ? Math.ceil(length / 64) * wordByteLength : length * step);
  where.bytes.fill(0, start, step === 0 && (upper & 7) !== elementSize.bit ? at : end);
}

/** Makes a pointer null and zeroes its landing pads: the object stays. */
export function detach(segment: Segment, pointerAt: number): void {
  const { view } = segment;
  const lower = view.getInt32(pointerAt, true);
  const id = view.getUint32(pointerAt + 4, true);
  storeNull(segment, pointerAt);
  if ((lower & pointerKindMask) !== pointerKind.far) return;
  const padAt = (lower >>> 3) * wordByteLength;
  const padByteLength = (lower & doubleFarFlag) === 0 ? wordByteLength : 2 * wordByteLength;
  segment.message.segment(id).bytes.fill(0, padAt, padAt + padByteLength);
}
