// The segment table at the head of a message file: the framing of a stream, with room for segments
// to come, and with a mark while the message is unfinished.

import { MalformedMessageError } from "../errors.js";
import { tableByteLength } from "../framing/flat.js";
import { maxSegmentWords, wordByteLength } from "../wire.js";
import { UnfinishedMessageError } from "./errors.js";

//   0          4          8          12                       slots * 4 + 4, rounded up to a word
//   | count-1  | words 0  | words 1  | words 2 … words slots-1 | segment 0, segment 1 … (no gaps)
//
// All 32-bit little-endian. `count` is the number of slots from the first checkpoint on; segments
// that are not there (yet) have 0 words, and are the last ones. Each later checkpoint changes one
// slot, with one store: readers of the file, and what a crash leaves, have the sizes of one
// checkpoint or the next.
//
// Until the first checkpoint `count-1` is `unfinishedCount`, more segments than any reader accepts.
// The slot of the segment that is being filled then has `openFlag` and the number of slots.
// (2^32 - 1 would not do: C++ takes that for a message of no segments, and goes on behind it.)

/** Most slots: what the stream readers of C++ and Rust accept. Java accepts 512, Go 513. */
export const maxSlots = 511;

/** Most segments of a message that is read. Far more than any writer makes. */
const maxReadSegments = 2 ** 16;

const unfinishedCount = 0xfffffffe;
const openFlag = 0x40000000;

/** What a table says. */
export interface SegmentTable {
  readonly slots: number;
  /** Bytes of each segment, up to the last one that has any. */
  readonly byteLengths: readonly number[];
  /** Set when no checkpoint was completed: the index of the segment that was being filled. */
  readonly open: number | undefined;
}

/** Writes the table of an unfinished message without segments. */
export function beginTable(bytes: Uint8Array, slots: number): void {
  storeWord(bytes, unfinishedCount, openFlag | slots);
}

/** Closes the segment `index` of an unfinished message, and opens the next one. */
export function openNextSlot(bytes: Uint8Array, slots: number, index: number, size: number): void {
  const table = halves(bytes);
  // ORDER: with two open slots the first one counts, and nothing is in the second segment yet.
  table[index + 2] = openFlag | slots;
  table[index + 1] = size / wordByteLength;
}

/** Makes an unfinished message one that can be read: its first checkpoint. */
export function finishTable(
  bytes: Uint8Array,
  slots: number,
  byteLengths: readonly number[],
): void {
  const open = Math.max(byteLengths.length - 1, 0);
  const size = (byteLengths[open] ?? 0) / wordByteLength;
  if (open === 0) {
    storeWord(bytes, slots - 1, size);
    return;
  }
  const table = halves(bytes);
  // ORDER: until its slot has a size, the segment that is open is longer than any file.
  table[0] = slots - 1;
  table[open + 1] = size;
}

/** Stores the size of one segment of a message that can be read already. */
export function storeSize(bytes: Uint8Array, index: number, byteLength: number): void {
  halves(bytes)[index + 1] = byteLength / wordByteLength;
}

/**
 * Reads the table at the head of a file.
 *
 * @throws {@link MalformedMessageError} for what is no table, or one of a longer file.
 */
export function readTable(head: Uint8Array, fileByteLength: number): SegmentTable {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (fileByteLength < wordByteLength) {
    throw framing(`a message has at least 8 bytes, this file has ${fileByteLength}`, 0);
  }
  const count = view.getUint32(0, true) + 1;
  if (count === unfinishedCount + 1) return readUnfinished(view, fileByteLength);
  if (count > maxReadSegments) {
    throw framing(`it begins with a number of segments (${count}) that no message has`, 0);
  }
  const tableEnd = tableByteLength(count);
  if (tableEnd > head.byteLength) throw framing("the file ends inside the segment table", 0);
  const byteLengths: number[] = [];
  let end = tableEnd;
  for (let index = 0; index < count; index++) {
    const words = view.getUint32(4 * (index + 1), true);
    if ((words & openFlag) !== 0 && words === (openFlag | count)) {
      return { slots: count, byteLengths, open: index };
    }
    end += words * wordByteLength;
    if (words > maxSegmentWords || end > fileByteLength) {
      throw framing(
        `segment ${index} of ${count} should end at byte ${end}, the file has ${fileByteLength}: ` +
          "it is no message, or was cut off",
        (index + 1) >>> 1,
      );
    }
    byteLengths.push(words * wordByteLength);
  }
  while (byteLengths.at(-1) === 0) byteLengths.pop();
  return { slots: count, byteLengths, open: undefined };
}

function readUnfinished(view: DataView, fileByteLength: number): SegmentTable {
  const byteLengths: number[] = [];
  for (let index = 0; index < maxSlots && 4 * index + 8 <= view.byteLength; index++) {
    const words = view.getUint32(4 * (index + 1), true);
    const slots = words & ~openFlag;
    if ((words & openFlag) !== 0 && slots > index && slots <= maxSlots) {
      return { slots, byteLengths, open: index };
    }
    if (words > maxSegmentWords || words * wordByteLength > fileByteLength) break;
    byteLengths.push(words * wordByteLength);
  }
  throw framing("its segment table is of no message", 0);
}

/** Bytes of the head that {@link readTable} needs at the most. */
export const longestTableByteLength: number = tableByteLength(maxReadSegments);

/** @throws {@link UnfinishedMessageError} */
export function checkFinished(table: SegmentTable, name: string): void {
  if (table.open !== undefined) {
    throw new UnfinishedMessageError(name, "has no checkpoint yet");
  }
}

/** Where each segment begins in the file, and after them where the last one ends. */
export function segmentOffsets(slots: number, byteLengths: readonly number[]): number[] {
  const offsets = [tableByteLength(slots)];
  for (const byteLength of byteLengths) offsets.push((offsets.at(-1) ?? 0) + byteLength);
  return offsets;
}

function framing(what: string, word: number): MalformedMessageError {
  return new MalformedMessageError("ERR_TIDEMARK_CAPNP_FRAMING", what, 0, word);
}

/**
 * A typed array stores a half with one instruction. Files are mapped on little-endian machines
 * only.
 */
function halves(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
}

/** The count and the first slot, with one store. */
function storeWord(bytes: Uint8Array, count: number, words: number): void {
  const word = (BigInt(words) << 32n) | BigInt(count);
  new BigUint64Array(bytes.buffer, bytes.byteOffset, 1)[0] = word;
}
