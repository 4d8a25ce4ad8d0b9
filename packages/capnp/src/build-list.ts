// Makes and finds lists for builders.

import { allocate, checkListLength, checkStructListLength, listByteLength } from "./allocate.js";
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
  elementByteLength,
  elementSize,
  pointerKind,
  wordByteLength,
} from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const listKind = pointerKind.list;
const compositeSize = elementSize.composite;
const pointerSize = elementSize.pointer;
const place = listPlace;
const byteLengths = elementByteLength;

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
  publish(segment, pointerAt, target, at, listKind, (length << 3) | size);
  const isPointer = size === pointerSize;
  const step = byteLengths[size] ?? 0;
  return buildingPlace(target, at, size, length, step, isPointer ? 0 : step, isPointer ? 1 : 0);
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
  const found = readList(segment, pointerAt, nestingLimit, compositeSize);
  const isLarge = found.$dataByteLength >= dataByteLength && found.$pointerCount >= pointerCount;
  if (found.$length === 0 || (isLarge && found.$dataByteLength % word === 0)) {
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
  const { $segment: source, $at: sourceAt, $size: size, $step: step } = place;
  const { $length: length, $dataByteLength: oldData, $pointerCount: oldCount } = place;
  const newData = (Math.max(oldData, dataByteLength) + 7) & ~7;
  const newCount = Math.max(oldCount, pointerCount);
  const newStep = newData + newCount * word;
  checkStructListLength(length, newStep / word);
  const { segment: target, at } = allocate(segment, word + length * newStep);
  storeHalves(target, at, length << 2, (newData >>> 3) | (newCount << 16));
  const elementsAt = at + word;
  for (let index = 0; index < length; index++) {
    const to = elementsAt + index * newStep;
    const from = sourceAt + index * step;
    shareSections(target, to, to + newData, source, from, oldData, oldCount);
  }
  const upper = ((length * newStep) & ~7) | compositeSize;
  replace(segment, pointerAt, target, at, listKind, upper);
  for (let index = 0; index < length; index++) {
    abandonSections(source, sourceAt + index * step, oldData, oldCount);
  }
  if (size === compositeSize) storeWord(source, sourceAt - word, 0, 0);
  const composite = compositeSize;
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
  place.$segment = segment;
  place.$view = segment.view;
  place.$at = at;
  place.$size = size;
  place.$length = length;
  place.$step = step;
  place.$dataByteLength = dataByteLength;
  place.$pointerCount = pointerCount;
  place.$nesting = segment.message.nestingLimit;
  return place;
}
