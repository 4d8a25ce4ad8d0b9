// The canonical form: the one way to write a message, so that equal messages are equal bytes.
// https://capnproto.org/encoding.html#canonicalization
//
// One segment, objects in the order in which a walk through the tree meets them, no far pointers,
// structs without zeros at their end (those of a list: at the end of all of them), padding zero.

import { CapnpError, MalformedMessageError } from "./errors.js";
import { follow } from "./follow.js";
import type { MessageReader } from "./message-reader.js";
import { listPlace } from "./places.js";
import { lowerHalf } from "./publish.js";
import { locateList } from "./read-list.js";
import { isNull, outOfBounds, tooDeep } from "./read-struct.js";
import type { Segment } from "./segment.js";
import {
  elementDataBits,
  elementSize,
  maxSegmentByteLength,
  pointerKind,
  pointerKindMask,
  wordByteLength,
} from "./wire.js";

/**
 * The canonical form of a message: the words of its only segment, without a segment table.
 * @throws CapnpError `ERR_TIDEMARK_CAPNP_NOT_CANONICAL` for a message with capabilities
 * @throws MalformedMessageError
 */
export function canonicalize(message: MessageReader): Uint8Array {
  const form = new CanonicalForm();
  const { $segment, $pointerAt, $nesting } = message.root;
  form.copyPointer(0, $segment, $pointerAt, $nesting);
  return form.bytes();
}

/**
 * Whether a message is written in its canonical form.
 * @throws MalformedMessageError when a limit is reached; what is malformed is not canonical
 */
export function isCanonical(message: MessageReader): boolean {
  const [segment, ...others] = message.segments;
  if (segment === undefined || others.length > 0) return false;
  const bytes = segment.used();
  try {
    return areEqual(canonicalize(message), bytes);
  } catch (error) {
    const isLimit = error instanceof MalformedMessageError && error.code.endsWith("_LIMIT");
    if (!(error instanceof CapnpError) || isLimit) throw error;
    return false;
  }
}

function areEqual(some: Uint8Array, others: Uint8Array): boolean {
  if (some.byteLength !== others.byteLength) return false;
  for (let index = 0; index < some.byteLength; index++) {
    if (some[index] !== others[index]) return false;
  }
  return true;
}

/** A segment that is written from its start to its end, and moved when it is full. */
class CanonicalForm {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #byteLength = wordByteLength;

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#byteLength);
  }

  copyPointer(pointerAt: number, source: Segment, sourceAt: number, nesting: number): void {
    if (isNull(source, sourceAt)) return;
    const target = follow(source, sourceAt);
    const { segment, at, lower, upper } = target;
    const kind = lower & pointerKindMask;
    if (kind === pointerKind.other) throw hasCapability();
    if (nesting <= 0) throw tooDeep(source, sourceAt);
    if (kind === pointerKind.list) {
      locateList(source, sourceAt, target);
      if (listPlace.$size === elementSize.composite) this.#copyStructs(pointerAt, nesting - 1);
      else this.#copyValues(pointerAt, nesting - 1);
      return;
    }
    const dataByteLength = (upper & 0xffff) * wordByteLength;
    const pointersAt = at + dataByteLength;
    const byteLength = dataByteLength + (upper >>> 16) * wordByteLength;
    if (segment.lacks(at, byteLength)) {
      throw outOfBounds(source, sourceAt, "a struct");
    }
    source.message.spend(byteLength / wordByteLength, source, sourceAt);
    const dataWords = usedWords(segment, at, dataByteLength / wordByteLength);
    const pointerCount = usedWords(segment, pointersAt, upper >>> 16);
    if (dataWords + pointerCount === 0) {
      this.#store(pointerAt, -4, 0);
      return;
    }
    const targetAt = this.#reserve((dataWords + pointerCount) * wordByteLength);
    const offset = lowerHalf(pointerAt, targetAt, pointerKind.struct);
    this.#store(pointerAt, offset, dataWords | (pointerCount << 16));
    this.#copySections(targetAt, segment, at, dataWords, pointersAt, pointerCount, nesting - 1);
  }

  #copySections(
    targetAt: number,
    source: Segment,
    at: number,
    dataWords: number,
    pointersAt: number,
    pointerCount: number,
    nesting: number,
  ): void {
    const dataByteLength = dataWords * wordByteLength;
    this.#bytes.set(source.part(at, dataByteLength), targetAt);
    for (let index = 0; index < pointerCount; index++) {
      const offset = index * wordByteLength;
      this.copyPointer(targetAt + dataByteLength + offset, source, pointersAt + offset, nesting);
    }
  }

  /** Of the list place. */
  #copyStructs(pointerAt: number, nesting: number): void {
    const { $segment: source, $at: at, $length: length, $step: step } = listPlace;
    const { $dataByteLength: dataByteLength, $pointerCount: foundCount } = listPlace;
    let dataWords = 0;
    let pointerCount = 0;
    if (step > 0) {
      for (let index = 0; index < length; index++) {
        const elementAt = at + index * step;
        const used = usedWords(source, elementAt, dataByteLength / wordByteLength);
        dataWords = Math.max(dataWords, used);
        const usedPointers = usedWords(source, elementAt + dataByteLength, foundCount);
        pointerCount = Math.max(pointerCount, usedPointers);
      }
    }
    const stepWords = dataWords + pointerCount;
    const tagAt = this.#reserve((1 + length * stepWords) * wordByteLength);
    const upper = ((length * stepWords) << 3) | elementSize.composite;
    this.#store(pointerAt, lowerHalf(pointerAt, tagAt, pointerKind.list), upper);
    this.#store(tagAt, length << 2, dataWords | (pointerCount << 16));
    if (stepWords === 0) return;
    for (let index = 0; index < length; index++) {
      const targetAt = tagAt + (1 + index * stepWords) * wordByteLength;
      const from = at + index * step;
      const pointersAt = from + dataByteLength;
      this.#copySections(targetAt, source, from, dataWords, pointersAt, pointerCount, nesting);
    }
  }

  /** Of the list place. */
  #copyValues(pointerAt: number, nesting: number): void {
    const { $segment: source, $at: at, $size: size, $length: length } = listPlace;
    const bits = length * (size === elementSize.pointer ? 64 : (elementDataBits[size] ?? 0));
    const targetAt = this.#reserve(Math.ceil(bits / 64) * wordByteLength);
    const lower = lowerHalf(pointerAt, targetAt, pointerKind.list);
    this.#store(pointerAt, lower, (length << 3) | size);
    if (size === elementSize.pointer) {
      for (let index = 0; index < length; index++) {
        const offset = index * wordByteLength;
        this.copyPointer(targetAt + offset, source, at + offset, nesting);
      }
      return;
    }
    const byteLength = Math.ceil(bits / 8);
    this.#bytes.set(source.part(at, byteLength), targetAt);
    const last = targetAt + byteLength - 1;
    if (bits % 8 !== 0) this.#bytes[last] = (this.#bytes[last] ?? 0) & ((1 << (bits % 8)) - 1);
  }

  #store(at: number, lower: number, upper: number): void {
    this.#view.setInt32(at, lower, true);
    this.#view.setInt32(at + 4, upper, true);
  }

  #reserve(byteLength: number): number {
    const at = this.#byteLength;
    const end = at + byteLength;
    if (end > maxSegmentByteLength) throw tooLarge();
    if (end > this.#bytes.byteLength) {
      const bytes = new Uint8Array(Math.min(Math.max(end, at * 2), maxSegmentByteLength));
      bytes.set(this.#bytes.subarray(0, at));
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    this.#byteLength = end;
    return at;
  }
}

/** How many words there are when those of zero at the end are left out. */
function usedWords(segment: Segment, at: number, words: number): number {
  const { view } = segment;
  for (let count = words; count > 0; count--) {
    const word = at + (count - 1) * wordByteLength;
    if ((view.getInt32(word, true) | view.getInt32(word + 4, true)) !== 0) return count;
  }
  return 0;
}

function hasCapability(): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_NOT_CANONICAL",
    "a message with capabilities has no canonical form",
  );
}

function tooLarge(): CapnpError {
  return new CapnpError(
    "ERR_TIDEMARK_CAPNP_TOO_LARGE",
    `the canonical form is one segment, which holds at most ${maxSegmentByteLength} bytes`,
  );
}
