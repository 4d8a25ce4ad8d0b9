// Makes and finds lists for builders.

import { allocate, checkListLength, listByteLength } from "./allocate.js";
import { copyPointer } from "./copy.js";
import type { PointerDefault } from "./defaults.js";
import { erase } from "./erase.js";
import { type ListPlace, listPlace } from "./places.js";
import { publish, replace, storeHalves, storeWord } from "./publish.js";
import { readList } from "./read-list.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { abandonSections, shareSections } from "./transfer.js";
import {
  type ElementSize,
  elementDataBits,
  elementSize,
  pointerKind,
  wordByteLength,
} from "./wire.js";

/** A new list of values or pointers, all zero. What the pointer led to is gone. */
export function initList(
  segment: Segment,
  pointerAt: number,
  length: number,
  size: ElementSize,
): ListPlace {
  checkListLength(length);
  const { segment: target, at } = allocate(segment, listByteLength(length, size));
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  publish(segment, pointerAt, target, at, pointerKind.list, (length << 3) | size);
  const isPointer = size === elementSize.pointer;
  const step = isPointer ? wordByteLength : (elementDataBits[size] ?? 0) >>> 3;
  return buildingPlace(target, at, size, length, step, isPointer ? 0 : step, isPointer ? 1 : 0);
}

/** A new list of structs, all zero. What the pointer led to is gone. */
export function initStructList(
  segment: Segment,
  pointerAt: number,
  length: number,
  dataByteLength: number,
  pointerCount: number,
): ListPlace {
  const step = dataByteLength + pointerCount * wordByteLength;
  const stepWords = step / wordByteLength;
  checkListLength(length, stepWords);
  const { segment: target, at } = allocate(segment, wordByteLength + length * step);
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  // ORDER: the tag before the pointer, which would lead to a list that reads as damaged.
  storeHalves(target, at, length << 2, (dataByteLength >>> 3) | (pointerCount << 16));
  const upper = ((length * stepWords) << 3) | elementSize.composite;
  publish(segment, pointerAt, target, at, pointerKind.list, upper);
  const elementsAt = at + wordByteLength;
  return buildingPlace(
    target,
    elementsAt,
    elementSize.composite,
    length,
    step,
    dataByteLength,
    pointerCount,
  );
}

/** The list that a pointer leads to: an empty one, or a copy of the default, where it is null. */
export function getList(
  segment: Segment,
  pointerAt: number,
  expected: ElementSize,
  otherwise?: PointerDefault,
): ListPlace {
  copyDefault(segment, pointerAt, otherwise);
  return readList(segment, pointerAt, segment.message.nestingLimit, expected);
}

/**
 * The list of structs that a pointer leads to, like {@link getList}. One whose elements are smaller
 * than asked, from an older version, is moved to where there is room.
 */
export function getStructList(
  segment: Segment,
  pointerAt: number,
  dataByteLength: number,
  pointerCount: number,
  otherwise?: PointerDefault,
): ListPlace {
  copyDefault(segment, pointerAt, otherwise);
  const { nestingLimit } = segment.message;
  const found = readList(segment, pointerAt, nestingLimit, elementSize.composite);
  const isLarge = found.$dataByteLength >= dataByteLength && found.$pointerCount >= pointerCount;
  if (found.$length === 0 || (isLarge && found.$dataByteLength % wordByteLength === 0)) {
    return found;
  }
  return growElements(segment, pointerAt, dataByteLength, pointerCount);
}

/** Moves what the list place says to where its elements may be larger. */
function growElements(
  segment: Segment,
  pointerAt: number,
  dataByteLength: number,
  pointerCount: number,
): ListPlace {
  const { $segment: source, $at: sourceAt, $size: size, $step: step } = listPlace;
  const { $length: length, $dataByteLength: oldData, $pointerCount: oldCount } = listPlace;
  const newData = (Math.max(oldData, dataByteLength) + 7) & ~7;
  const newCount = Math.max(oldCount, pointerCount);
  const newStep = newData + newCount * wordByteLength;
  checkListLength(length, newStep / wordByteLength);
  const { segment: target, at } = allocate(segment, wordByteLength + length * newStep);
  storeHalves(target, at, length << 2, (newData >>> 3) | (newCount << 16));
  const elementsAt = at + wordByteLength;
  for (let index = 0; index < length; index++) {
    const to = elementsAt + index * newStep;
    const from = sourceAt + index * step;
    shareSections(target, to, to + newData, source, from, oldData, oldCount);
  }
  const upper = ((length * newStep) & ~7) | elementSize.composite;
  replace(segment, pointerAt, target, at, pointerKind.list, upper);
  for (let index = 0; index < length; index++) {
    abandonSections(source, sourceAt + index * step, oldData, oldCount);
  }
  if (size === elementSize.composite) storeWord(source, sourceAt - wordByteLength, 0, 0);
  const composite = elementSize.composite;
  return buildingPlace(target, elementsAt, composite, length, newStep, newData, newCount);
}

function copyDefault(segment: Segment, pointerAt: number, otherwise?: PointerDefault): void {
  if (otherwise === undefined || !isNull(segment, pointerAt)) return;
  copyPointer(segment, pointerAt, otherwise.segment, 0, otherwise.segment.message.nestingLimit);
}

function buildingPlace(
  segment: Segment,
  at: number,
  size: ElementSize,
  length: number,
  step: number,
  dataByteLength: number,
  pointerCount: number,
): ListPlace {
  listPlace.$segment = segment;
  listPlace.$view = segment.view;
  listPlace.$at = at;
  listPlace.$size = size;
  listPlace.$length = length;
  listPlace.$step = step;
  listPlace.$dataByteLength = dataByteLength;
  listPlace.$pointerCount = pointerCount;
  listPlace.$nesting = segment.message.nestingLimit;
  return listPlace;
}
