// Makes and finds structs for builders.

import { allocate } from "./allocate.js";
import { copyPointer } from "./copy.js";
import type { PointerDefault } from "./defaults.js";
import { erase } from "./erase.js";
import { follow } from "./follow.js";
import { type StructBuilderPlace, structBuilderPlace } from "./places.js";
import { publish, replace, storeHalves } from "./publish.js";
import { isNull, outOfBounds, wrongKind } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { abandonSections, emptyStructLower, shareSections } from "./transfer.js";
import { pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const structKind = pointerKind.struct;
const kindMask = pointerKindMask;
const place = structBuilderPlace;
const emptyLower = emptyStructLower;

/**
 * A new struct, all zero, that the pointer at `pointerAt` leads to from now on. What it led to is
 * gone. Its place is valid until the next object is made or found.
 */
export function initStruct(
  segment: Segment,
  pointerAt: number,
  dataByteLength: number,
  pointerCount: number,
): StructBuilderPlace {
  const byteLength = dataByteLength + pointerCount * word;
  if (byteLength === 0) {
    if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
    storeHalves(segment, pointerAt, emptyLower, 0);
    return builderPlace(segment, pointerAt, pointerAt, 0);
  }
  const { segment: target, at } = allocate(segment, byteLength);
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  const upper = (dataByteLength >>> 3) | (pointerCount << 16);
  publish(segment, pointerAt, target, at, structKind, upper);
  return builderPlace(target, at, at + dataByteLength, pointerCount);
}

/**
 * The struct that the pointer at `pointerAt` leads to: a new one, or a copy of the default, where
 * it is null. One that is smaller than asked, from an older version, is moved to where there is
 * room.
 * @throws MalformedMessageError
 */
export function getStruct(
  segment: Segment,
  pointerAt: number,
  dataByteLength: number,
  pointerCount: number,
  otherwise?: PointerDefault,
): StructBuilderPlace {
  if (isNull(segment, pointerAt)) {
    if (otherwise === undefined) {
      return initStruct(segment, pointerAt, dataByteLength, pointerCount);
    }
    copyPointer(segment, pointerAt, otherwise.segment, 0, otherwise.segment.message.nestingLimit);
  }
  const target = follow(segment, pointerAt);
  const { segment: where, at, upper } = target;
  if ((target.lower & kindMask) !== structKind) {
    throw wrongKind(segment, pointerAt, "a struct", target.lower);
  }
  const foundData = (upper & 0xffff) * word;
  const foundCount = upper >>> 16;
  if (where.lacks(at, foundData + foundCount * word)) {
    throw outOfBounds(segment, pointerAt, "a struct");
  }
  if (foundData >= dataByteLength && foundCount >= pointerCount) {
    return builderPlace(where, at, at + foundData, foundCount);
  }
  const newData = Math.max(foundData, dataByteLength);
  const newCount = Math.max(foundCount, pointerCount);
  const newUpper = (newData >>> 3) | (newCount << 16);
  const { segment: room, at: newAt } = allocate(segment, newData + newCount * word);
  shareSections(room, newAt, newAt + newData, where, at, foundData, foundCount);
  replace(segment, pointerAt, room, newAt, structKind, newUpper);
  abandonSections(where, at, foundData, foundCount);
  return builderPlace(room, newAt, newAt + newData, newCount);
}

export function builderPlace(
  segment: Segment,
  at: number,
  pointersAt: number,
  pointerCount: number,
): StructBuilderPlace {
  if (place.$segment !== segment) place.$segment = segment;
  place.$at = at;
  place.$pointersAt = pointersAt;
  place.$pointerCount = pointerCount;
  return place;
}
