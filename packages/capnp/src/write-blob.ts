// Writes Text and Data: lists of bytes, complete before their pointer is stored.

import { allocate, checkListLength } from "./allocate.js";
import { erase } from "./erase.js";
import { CapnpTypeError } from "./errors.js";
import { publish } from "./publish.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { encodeText, longestLoop, utf8ByteLength } from "./utf8.js";
import { elementSize, maxListLength, pointerKind, wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const listKind = pointerKind.list;
const byteSize = elementSize.byte;
const longest = longestLoop;
const word = wordByteLength;
// Whatever its characters are, its bytes can be counted by a list's length.
const longestEncoded = Math.floor(maxListLength / 4);

/**
 * Lets the pointer at `pointerAt` lead to a new text. Lone surrogates become U+FFFD.
 * @throws CapnpTypeError for what is not a string
 */
export function writeText(segment: Segment, pointerAt: number, text: string): void {
  if (typeof text !== "string") throw notText(text);
  const { length } = text;
  const { byteLength: at, halves } = segment;
  // UTF-8 takes three bytes for a unit at most: where there is room for that, nothing is counted.
  const end = at + 3 * length;
  const hasRoom = end + word <= segment.capacity && length <= longestEncoded;
  if (halves === undefined || !hasRoom || !isNull(segment, pointerAt)) {
    writeTextAnywhere(segment, pointerAt, text);
    return;
  }
  let byteLength = length;
  if (length > longest) {
    byteLength = encodeText(text, segment, at, end);
  } else if (!storeAscii(halves, at >>> 2, text)) {
    // Its bytes are more than its units, and take the place of what was stored but the end of that.
    halves[(at + length - 1) >>> 2] = 0;
    byteLength = encodeText(text, segment, at, end);
  }
  segment.byteLength = at + ((byteLength + word) & ~7);
  // What `publish` does, written out for the place where almost all texts are.
  halves[pointerAt >>> 2] = ((at - pointerAt - word) >>> 1) | listKind;
  halves[(pointerAt >>> 2) + 1] = ((byteLength + 1) << 3) | byteSize;
}

/** Stores a short text by four characters: false, and nonsense is stored, if it is not ASCII. */
function storeAscii(halves: Int32Array, start: number, text: string): boolean {
  const { length } = text;
  let seen = 0;
  let at = start;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    const a = text.charCodeAt(index);
    const b = text.charCodeAt(index + 1);
    const c = text.charCodeAt(index + 2);
    const d = text.charCodeAt(index + 3);
    seen |= a | b | c | d;
    halves[at] = a | (b << 8) | (c << 16) | (d << 24);
    at++;
  }
  if (index < length) {
    let last = 0;
    for (let shift = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      seen |= unit;
      last |= unit << shift;
      shift += 8;
    }
    halves[at] = last;
  }
  return seen <= 0x7f;
}

function notText(value: unknown): CapnpTypeError {
  return new CapnpTypeError(`a Text must be a string, got ${typeof value}`);
}

/** The same wherever there is room. Counts the bytes first, so that no more of it is taken. */
function writeTextAnywhere(segment: Segment, pointerAt: number, text: string): void {
  const byteLength = utf8ByteLength(text);
  checkListLength(byteLength + 1);
  const { segment: target, at } = allocate(segment, (byteLength + 8) & ~7);
  encodeText(text, target, at, at + byteLength);
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
