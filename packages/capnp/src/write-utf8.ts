// Writes Text that is at hand as UTF-8, without making a string of it.

import { allocate, checkListLength } from "./allocate.js";
import { erase } from "./erase.js";
import { CapnpRangeError } from "./errors.js";
import { publish } from "./publish.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { findInvalidUtf8 } from "./utf8-check.js";
import { elementSize, pointerKind } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const listKind = pointerKind.list;
const byteSize = elementSize.byte;

// Up to so many bytes a loop is faster than a view of them, copied by a call of the platform.
const longestLoop = 64;

/**
 * Lets the pointer at `pointerAt` lead to a text of the bytes from `start` to `end` of `source`.
 * @throws CapnpRangeError where they are not UTF-8: nothing is changed then
 */
export function writeUtf8(
  segment: Segment,
  pointerAt: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  const byteLength = end - start;
  checkListLength(byteLength + 1);
  if (!isAscii(source, start, end)) {
    const at = findInvalidUtf8(source, start, end);
    if (at >= 0) throw notUtf8(source, start, at);
  }
  const { segment: target, at } = allocate(segment, (byteLength + 8) & ~7);
  const { bytes } = target;
  if (byteLength > longestLoop) bytes.set(source.subarray(start, end), at);
  else
    for (let index = 0; index < byteLength; index++)
      bytes[at + index] = source[start + index] as number;
  // Only now: the bytes may be part of what goes.
  if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
  publish(segment, pointerAt, target, at, listKind, ((byteLength + 1) << 3) | byteSize);
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  let at = start;
  if (end - start > longestLoop) {
    // From one multiple of 4 of the buffer to another, by four bytes at once.
    const { buffer, byteOffset } = bytes;
    while (((byteOffset + at) & 3) !== 0) seen |= bytes[at++] as number;
    const words = new Int32Array(buffer, byteOffset + at, (end - at) >>> 2);
    let high = 0;
    for (let index = 0; index < words.length; index++) high |= words[index] as number;
    if ((high & 0x80808080) !== 0) return false;
    at += words.length * 4;
  }
  for (; at < end; at++) seen |= bytes[at] as number;
  return seen < 0x80;
}

function notUtf8(source: Uint8Array, start: number, at: number): CapnpRangeError {
  const byte = (source[at] as number).toString(16).padStart(2, "0");
  return new CapnpRangeError(`a Text must be UTF-8, got 0x${byte} at byte ${at - start}`);
}
