// Writes Text and Data: lists of bytes, complete before their pointer is stored.

import { allocate, checkListLength } from "./allocate.js";
import { erase } from "./erase.js";
import { CapnpTypeError } from "./errors.js";
import { publish } from "./publish.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { encodeText, longestLoop, utf8ByteLength } from "./utf8.js";
import { elementSize, maxListLength, pointerKind } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const listKind = pointerKind.list;
const byteSize = elementSize.byte;
const longest = longestLoop;

/**
 * Lets the pointer at `pointerAt` lead to a new text. Lone surrogates become U+FFFD.
 * @throws CapnpTypeError for what is not a string
 */
export function writeText(segment: Segment, pointerAt: number, text: string): void {
  if (typeof text !== "string") throw notText(text);
  const { length } = text;
  if (length > longest) {
    writeLongText(segment, pointerAt, text);
    return;
  }
  const at = segment.byteLength;
  const end = at + ((length + 8) & ~7);
  if (end > segment.capacity || !isNull(segment, pointerAt)) {
    writeLongText(segment, pointerAt, text);
    return;
  }
  if (!storeAscii(segment.view, at, text)) {
    segment.bytes.fill(0, at, end);
    writeLongText(segment, pointerAt, text);
    return;
  }
  segment.byteLength = end;
  const upper = ((length + 1) << 3) | byteSize;
  publish(segment, pointerAt, segment, at, listKind, upper);
}

/** Stores a short text by four characters: false, and nonsense is stored, if it is not ASCII. */
function storeAscii(view: DataView, at: number, text: string): boolean {
  const { length } = text;
  let seen = 0;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    const a = text.charCodeAt(index);
    const b = text.charCodeAt(index + 1);
    const c = text.charCodeAt(index + 2);
    const d = text.charCodeAt(index + 3);
    seen |= a | b | c | d;
    view.setInt32(at + index, a | (b << 8) | (c << 16) | (d << 24), true);
  }
  for (; index < length; index++) {
    const unit = text.charCodeAt(index);
    seen |= unit;
    view.setUint8(at + index, unit);
  }
  return seen <= 0x7f;
}

function notText(value: unknown): CapnpTypeError {
  return new CapnpTypeError(`a Text must be a string, got ${typeof value}`);
}

function writeLongText(segment: Segment, pointerAt: number, text: string): void {
  const at = segment.byteLength;
  // Most often there is room for what is the most that it may take, and it is encoded at once.
  const most = text.length * 3;
  if (at + most + 8 > segment.capacity || text.length > maxListLength / 4) {
    writeCountedText(segment, pointerAt, text);
    return;
  }
  const byteLength = encodeText(text, segment, at, at + most);
  segment.byteLength = at + ((byteLength + 8) & ~7);
  publishText(segment, pointerAt, segment, at, byteLength);
}

/** Counts the bytes first, so that no more room is taken. */
function writeCountedText(segment: Segment, pointerAt: number, text: string): void {
  const byteLength = utf8ByteLength(text);
  checkListLength(byteLength + 1);
  const { segment: target, at } = allocate(segment, (byteLength + 8) & ~7);
  encodeText(text, target, at, at + byteLength);
  publishText(segment, pointerAt, target, at, byteLength);
}

function publishText(
  segment: Segment,
  pointerAt: number,
  target: Segment,
  at: number,
  byteLength: number,
): void {
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  const upper = ((byteLength + 1) << 3) | byteSize;
  publish(segment, pointerAt, target, at, listKind, upper);
}

/**
 * Lets the pointer at `pointerAt` lead to a copy of these bytes.
 * @throws CapnpTypeError for what is not a Uint8Array
 */
export function writeData(segment: Segment, pointerAt: number, data: Uint8Array): void {
  if (!(data instanceof Uint8Array)) {
    throw new CapnpTypeError(`Data must be a Uint8Array, got ${typeof data}`);
  }
  const { byteLength } = data;
  checkListLength(byteLength);
  const { segment: target, at } = allocate(segment, (byteLength + 7) & ~7);
  target.bytes.set(data, at);
  // Only now: the bytes may be part of what goes.
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  publish(segment, pointerAt, target, at, listKind, (byteLength << 3) | byteSize);
}

/** Lets the pointer at `pointerAt` lead to so many bytes of zero, and gives them, to be filled. */
export function initData(segment: Segment, pointerAt: number, byteLength: number): Uint8Array {
  checkListLength(byteLength);
  const { segment: target, at } = allocate(segment, (byteLength + 7) & ~7);
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  publish(segment, pointerAt, target, at, listKind, (byteLength << 3) | byteSize);
  return target.bytes.subarray(at, at + byteLength);
}
