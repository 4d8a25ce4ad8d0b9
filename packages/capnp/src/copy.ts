// Copies objects, with all they lead to, from one place or message to another.

import { allocate, listByteLength } from "./allocate.js";
import { erase } from "./erase.js";
import { follow } from "./follow.js";
import { type ListPlace, listPlace, type StructBuilderPlace, type StructPlace } from "./places.js";
import { publish, storeHalves, storeWord } from "./publish.js";
import { locateList } from "./read-list.js";
import { isNull, outOfBounds, tooDeep } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { emptyStructLower } from "./transfer.js";
import {
  type ElementSize,
  elementDataBits,
  elementSize,
  pointerKind,
  pointerKindMask,
  wordByteLength,
} from "./wire.js";

/**
 * Lets the pointer at `pointerAt` lead to a copy of what another one leads to. What it led to
 * before is gone. `nesting` is how deep the source may lead.
 * @throws MalformedMessageError for what is wrong with the source
 */
export function copyPointer(
  segment: Segment,
  pointerAt: number,
  source: Segment,
  sourceAt: number,
  nesting: number,
): void {
  if (segment === source && pointerAt === sourceAt) return;
  if (isNull(source, sourceAt)) {
    if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
    return;
  }
  const target = follow(source, sourceAt);
  const { segment: where, at, lower, upper } = target;
  const kind = lower & pointerKindMask;
  if (kind === pointerKind.other) {
    if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
    storeWord(segment, pointerAt, lower, upper);
    return;
  }
  if (nesting <= 0) throw tooDeep(source, sourceAt);
  if (kind === pointerKind.list) {
    locateList(source, sourceAt, target);
    copyList(segment, pointerAt, (upper & 7) as ElementSize, nesting - 1);
    return;
  }
  const dataByteLength = (upper & 0xffff) * wordByteLength;
  const pointerCount = upper >>> 16;
  const byteLength = dataByteLength + pointerCount * wordByteLength;
  if (where.lacks(at, byteLength)) throw outOfBounds(source, sourceAt, "a struct");
  source.message.spend(byteLength / wordByteLength, source, sourceAt);
  copyStruct(segment, pointerAt, where, at, dataByteLength, pointerCount, nesting - 1);
}

/** Lets the pointer at `pointerAt` lead to a copy of a struct whose place is checked. */
export function copyStruct(
  segment: Segment,
  pointerAt: number,
  source: Segment,
  sourceAt: number,
  dataByteLength: number,
  pointerCount: number,
  nesting: number,
): void {
  // The data section of an element of a list of values may be less than a word.
  const roundedData = (dataByteLength + 7) & ~7;
  const byteLength = roundedData + pointerCount * wordByteLength;
  if (byteLength === 0) {
    if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
    storeHalves(segment, pointerAt, emptyStructLower, 0);
    return;
  }
  const { segment: target, at } = allocate(segment, byteLength);
  target.bytes.set(source.part(sourceAt, dataByteLength), at);
  for (let index = 0; index < pointerCount; index++) {
    const offset = index * wordByteLength;
    const pointer = sourceAt + dataByteLength + offset;
    copyPointer(target, at + roundedData + offset, source, pointer, nesting);
  }
  // Only now, when all is copied, since what was copied may be part of what goes.
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  const upper = (roundedData >>> 3) | (pointerCount << 16);
  publish(segment, pointerAt, target, at, pointerKind.struct, upper);
}

/** Copies what the list place says, which others will use. */
export function copyList(
  segment: Segment,
  pointerAt: number,
  size: ElementSize,
  nesting: number,
): void {
  const { $segment: source, $at: sourceAt, $length: length, $step: step } = listPlace;
  const { $dataByteLength: dataByteLength, $pointerCount: pointerCount } = listPlace;
  const isComposite = size === elementSize.composite;
  const byteLength = isComposite ? length * step : listByteLength(length, size);
  const tagByteLength = isComposite ? wordByteLength : 0;
  const { segment: target, at } = allocate(segment, byteLength + tagByteLength);
  const elementsAt = at + tagByteLength;
  if (isComposite) {
    const sizes = (dataByteLength >>> 3) | (pointerCount << 16);
    storeHalves(target, at, length << 2, sizes);
  }
  if (pointerCount === 0) {
    copyValues(target, elementsAt, source, sourceAt, size, isComposite ? byteLength : length);
  } else {
    for (let index = 0; index < length; index++) {
      const from = sourceAt + index * step;
      const to = elementsAt + index * step;
      copySections(target, to, source, from, dataByteLength, pointerCount, nesting);
    }
  }
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  const count = isComposite ? byteLength / wordByteLength : length;
  publish(segment, pointerAt, target, at, pointerKind.list, (count << 3) | size);
}

/** Copies elements without pointers, and not what fills up their last word. */
function copyValues(
  target: Segment,
  targetAt: number,
  source: Segment,
  sourceAt: number,
  size: ElementSize,
  count: number,
): void {
  const bits = count * (size === elementSize.composite ? 8 : (elementDataBits[size] ?? 0));
  const end = sourceAt + Math.ceil(bits / 8);
  target.bytes.set(source.part(sourceAt, end - sourceAt), targetAt);
  const left = bits % 8;
  if (left === 0) return;
  const last = targetAt + (end - sourceAt) - 1;
  target.bytes[last] = (target.bytes[last] ?? 0) & ((1 << left) - 1);
}

/** Copies data and pointers into room of the same sizes. */
export function copySections(
  target: Segment,
  targetAt: number,
  source: Segment,
  sourceAt: number,
  dataByteLength: number,
  pointerCount: number,
  nesting: number,
): void {
  target.bytes.set(source.part(sourceAt, dataByteLength), targetAt);
  for (let index = 0; index < pointerCount; index++) {
    const offset = dataByteLength + index * wordByteLength;
    copyPointer(target, targetAt + offset, source, sourceAt + offset, nesting);
  }
}

/** Lets a pointer lead to a copy of a list, of this message or another. */
export function setList(segment: Segment, pointerAt: number, list: ListPlace): void {
  Object.assign(listPlace, {
    $segment: list.$segment,
    $view: list.$view,
    $at: list.$at,
    $length: list.$length,
    $step: list.$step,
    $dataByteLength: list.$dataByteLength,
    $pointerCount: list.$pointerCount,
  });
  copyList(segment, pointerAt, list.$size, list.$nesting);
}

/** Lets a pointer lead to a copy of a struct, of this message or another. */
export function setStruct(
  segment: Segment,
  pointerAt: number,
  value: StructPlace | StructBuilderPlace,
): void {
  const isBuilder = "$pointersAt" in value;
  const dataByteLength = isBuilder ? value.$pointersAt - value.$at : value.$dataByteLength;
  const nesting = isBuilder ? value.$segment.message.nestingLimit : value.$nesting;
  const { $segment, $at, $pointerCount } = value;
  copyStruct(segment, pointerAt, $segment, $at, dataByteLength, $pointerCount, nesting);
}
