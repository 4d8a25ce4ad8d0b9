// Zeroes objects that are no longer pointed to, as other implementations do: what is left behind
// then takes next to nothing when it is packed, and tells nobody what was there.

import { listByteLength } from "./allocate.js";
import { follow } from "./follow.js";
import { listPlace } from "./places.js";
import { erasePads, storeNull } from "./publish.js";
import { locateList } from "./read-list.js";
import { isNull, outOfBounds } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { elementSize, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

/** Makes a pointer null, then zeroes what it led to, and what that led to. */
export function erase(segment: Segment, pointerAt: number): void {
  if (isNull(segment, pointerAt)) return;
  const target = follow(segment, pointerAt);
  const { segment: where, at, lower, upper } = target;
  const kind = lower & pointerKindMask;
  if (kind === pointerKind.list) {
    locateList(segment, pointerAt, target);
    eraseList(segment, pointerAt);
    return;
  }
  const dataByteLength = (upper & 0xffff) * wordByteLength;
  const end = at + dataByteLength + (upper >>> 16) * wordByteLength;
  if (kind === pointerKind.struct && where.lacks(at, end - at)) {
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
function eraseList(segment: Segment, pointerAt: number): void {
  const { $segment: where, $at: at, $size: size, $length: length, $step: step } = listPlace;
  const { $dataByteLength: dataByteLength, $pointerCount: pointerCount } = listPlace;
  detach(segment, pointerAt);
  if (pointerCount > 0) {
    for (let index = 0; index < length; index++) {
      eraseStruct(where, at + index * step, dataByteLength, pointerCount);
    }
  }
  const isComposite = size === elementSize.composite;
  const start = isComposite ? at - wordByteLength : at;
  const end = at + (isComposite ? length * step : listByteLength(length, size));
  where.bytes.fill(0, start, end);
}

/** Makes a pointer null and zeroes its landing pads: the object stays. */
export function detach(segment: Segment, pointerAt: number): void {
  const { view } = segment;
  const lower = view.getInt32(pointerAt, true);
  const id = view.getUint32(pointerAt + 4, true);
  storeNull(segment, pointerAt);
  erasePads(segment, lower, id);
}
