// Reads Text and Data: lists of bytes.

import type { PointerDefault } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import { follow } from "./follow.js";
import { isNull, outOfBounds, wrongKind } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { decodeText } from "./utf8.js";
import { elementSize, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const word = wordByteLength;
const listKind = pointerKind.list;
const kindMask = pointerKindMask;
const byteSize = elementSize.byte;

/**
 * The text that the pointer at `pointerAt` leads to: the default when it is null.
 * Bytes that are not UTF-8 read as U+FFFD.
 * @throws MalformedMessageError
 */
export function readText(segment: Segment, pointerAt: number, otherwise = ""): string {
  if (pointerAt < 0) return otherwise;
  const { view } = segment;
  const lower = view.getInt32(pointerAt, true);
  const upper = view.getInt32(pointerAt + 4, true);
  if ((lower | upper) === 0) return otherwise;
  if ((lower & kindMask) !== listKind) return readFarText(segment, pointerAt);
  // The offset in words, in the upper 30 bits, times 8.
  const at = pointerAt + word + (lower - listKind) * 2;
  return textAt(segment, pointerAt, segment, at, upper);
}

/** Out of line: pointers seldom are far. */
function readFarText(segment: Segment, pointerAt: number): string {
  const { segment: where, at, lower, upper } = follow(segment, pointerAt);
  if ((lower & kindMask) !== listKind) throw wrongKind(segment, pointerAt, "a text", lower);
  return textAt(segment, pointerAt, where, at, upper);
}

function textAt(
  segment: Segment,
  pointerAt: number,
  where: Segment,
  at: number,
  upper: number,
): string {
  const byteLength = upper >>> 3;
  if ((upper & 7) !== byteSize && upper !== 0) throw otherElements(segment, pointerAt, "a text");
  if (where.lacks(at, byteLength)) throw outOfBounds(segment, pointerAt, "a text");
  segment.message.spend((byteLength + 7) >>> 3, segment, pointerAt);
  if (byteLength === 0) {
    // What a builder leaves when it is killed between the two halves of the pointer.
    if (upper === 0) return "";
    throw unterminated(segment, pointerAt);
  }
  const end = at + byteLength - 1;
  if (where.view.getUint8(end) !== 0) throw unterminated(segment, pointerAt);
  return decodeText(where, at, end);
}

const noBytes = new Uint8Array(0);

/**
 * The bytes that the pointer at `pointerAt` leads to, where they are: the default when it is null.
 * @throws MalformedMessageError
 */
export function readData(
  segment: Segment,
  pointerAt: number,
  otherwise?: PointerDefault,
): Uint8Array {
  if (isNull(segment, pointerAt)) {
    return otherwise === undefined ? noBytes : readData(otherwise.segment, 0);
  }
  const { segment: where, at, lower, upper } = follow(segment, pointerAt);
  const byteLength = upper >>> 3;
  if ((lower & kindMask) !== listKind) throw wrongKind(segment, pointerAt, "data", lower);
  if ((upper & 7) !== byteSize && upper !== 0) throw otherElements(segment, pointerAt, "data");
  if (where.lacks(at, byteLength)) throw outOfBounds(segment, pointerAt, "data");
  segment.message.spend((byteLength + 7) >>> 3, segment, pointerAt);
  return where.part(at, byteLength);
}

function otherElements(segment: Segment, pointerAt: number, what: string): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
    `the pointer should lead to ${what}, but is one to a list of other elements`,
    segment.id,
    segment.wordAt(pointerAt),
  );
}

function unterminated(segment: Segment, pointerAt: number): MalformedMessageError {
  return new MalformedMessageError(
    "ERR_TIDEMARK_CAPNP_TEXT",
    "a text must end with a byte of zero",
    segment.id,
    segment.wordAt(pointerAt),
  );
}
