// Reads Text and Data: lists of bytes.

import type { PointerDefault } from "./defaults.js";
import { MalformedMessageError } from "./errors.js";
import { follow } from "./follow.js";
import { isNull, outOfBounds, wrongKind } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { decodeText } from "./utf8.js";
import { elementSize, pointerKind, pointerKindMask } from "./wire.js";

// Constants of this module are compiled in; imported ones would be looked up at each use.
const listKind = pointerKind.list;
const kindMask = pointerKindMask;
const byteSize = elementSize.byte;

/**
 * The text that the pointer at `pointerAt` leads to: the default when it is null.
 * Bytes that are not UTF-8 read as U+FFFD.
 * @throws MalformedMessageError
 */
export function readText(segment: Segment, pointerAt: number, otherwise = ""): string {
  if (isNull(segment, pointerAt)) return otherwise;
  const target = follow(segment, pointerAt);
  const { at, upper } = target;
  const byteLength = checkBlob(segment, pointerAt, "a text", target.lower, upper);
  const source = target.segment;
  if (source.lacks(at, byteLength)) throw outOfBounds(segment, pointerAt, "a text");
  segment.message.spend((byteLength + 7) >>> 3, segment, pointerAt);
  if (byteLength === 0) {
    // What a builder leaves when it is killed between the two halves of the pointer.
    if (upper === 0) return "";
    throw unterminated(segment, pointerAt);
  }
  const end = at + byteLength - 1;
  if (source.view.getUint8(end) !== 0) throw unterminated(segment, pointerAt);
  return decodeText(source, at, end);
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
  const target = follow(segment, pointerAt);
  const { at } = target;
  const byteLength = checkBlob(segment, pointerAt, "data", target.lower, target.upper);
  if (target.segment.lacks(at, byteLength)) {
    throw outOfBounds(segment, pointerAt, "data");
  }
  segment.message.spend((byteLength + 7) >>> 3, segment, pointerAt);
  return target.segment.part(at, byteLength);
}

/** The bytes of a blob, terminator included. */
function checkBlob(
  segment: Segment,
  pointerAt: number,
  what: string,
  lower: number,
  upper: number,
): number {
  if ((lower & kindMask) !== listKind) {
    throw wrongKind(segment, pointerAt, what, lower);
  }
  if ((upper & 7) === byteSize || upper === 0) return upper >>> 3;
  throw new MalformedMessageError(
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
