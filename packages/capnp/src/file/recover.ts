// Finds out what a file holds whose builder was killed, and makes it a message.

import type { GrowingFile } from "@tidemark/core";
import { CapnpError, MalformedMessageError } from "../errors.js";
import { tableByteLength } from "../framing/flat.js";
import type { WalkedSegment } from "../walk/pointer-walk.js";
import { wordByteLength } from "../wire.js";
import { measureExtents } from "./extents.js";
import {
  finishTable,
  longestTableByteLength,
  readTable,
  type SegmentTable,
  segmentOffsets,
  storeSize,
} from "./segment-table.js";

/** What recovering found. */
export interface Recovery {
  /** False when the message was complete: nothing was changed, but for a tail of zeros. */
  readonly recovered: boolean;
  /** Bytes of the message, its table included: the file's length from now on. */
  readonly byteLength: number;
  readonly segmentCount: number;
  /** Bytes that its last checkpoint did not have. */
  readonly recoveredByteLength: number;
  /**
   * Pointers that lead nowhere: after a loss of power what they led to was not on the disk.
   * Following one is an error.
   */
  readonly malformedPointers: number;
}

/** Reads the table of a file that may be longer than its message. */
export function readFileTable(file: GrowingFile, fileByteLength: number): SegmentTable {
  const headByteLength = Math.min(fileByteLength, longestTableByteLength, file.maxByteLength);
  return readTable(file.bytes(0, headByteLength), fileByteLength);
}

/**
 * Makes the file hold a message of all that can be reached from its root.
 *
 * @throws {@link MalformedMessageError} when it never was a message
 */
export function recoverMessage(
  file: GrowingFile,
  options: { readonly segmentByteLength: number; readonly fileByteLength: number },
): Recovery {
  const { segmentByteLength, fileByteLength } = options;
  const table = readFileTable(file, fileByteLength);
  const { slots } = table;
  const known = table.byteLengths;
  // Sizes of full segments are final. The one that was being filled ends nobody knows where.
  const growing = table.open ?? Math.max(known.length - 1, 0);
  const offsets = segmentOffsets(slots, known);
  const checkpointEnd = offsets.at(-1) ?? 0;
  const filled = Math.max(checkpointEnd, Math.min(file.contentEnd(checkpointEnd), fileByteLength));
  if (table.open === undefined && filled === checkpointEnd) {
    return complete(table, checkpointEnd, 0);
  }
  if (table.open === undefined && isStream(file, checkpointEnd, fileByteLength)) {
    throw new CapnpError(
      "ERR_TIDEMARK_CAPNP_FRAMING",
      "the file holds more than one message, one after another: there is nothing to recover",
    );
  }
  const start = offsets[growing] ?? 0;
  const capacity = Math.min(segmentByteLength, file.longestView(start));
  const segments: WalkedSegment[] = [];
  for (let index = 0; index <= growing; index++) {
    const byteLength =
      index < growing ? (known[index] ?? 0) : capacity - (capacity % wordByteLength);
    const at = offsets[index] ?? 0;
    const bytes = file.bytes(at, byteLength);
    segments.push({
      view: new DataView(bytes.buffer, bytes.byteOffset, byteLength),
      capacity: byteLength,
      filled: Math.max(0, Math.min(byteLength, roundUp(filled - at))),
    });
  }
  const { ends, malformed, complete: isTree } = measureExtents(segments);
  // What is not a tree, no builder of ours has made: all of it is kept.
  const reached = isTree ? (ends[growing] ?? 0) : roundUp(filled - start);
  const before = table.open === undefined ? (known[growing] ?? 0) : 0;
  const byteLengths = [...known.slice(0, growing), Math.max(reached, before)];
  const byteLength = segmentOffsets(slots, byteLengths).at(-1) ?? 0;
  file.ensure(byteLength);
  // The data first: the table must not say more than is on the disk.
  file.flushSync();
  store(file, table, byteLengths);
  file.flushSync({ byteOffset: 0, byteLength: tableByteLength(slots) });
  return {
    recovered: true,
    byteLength,
    segmentCount: byteLengths.length,
    recoveredByteLength: byteLength - (table.open === undefined ? checkpointEnd : 0),
    malformedPointers: malformed,
  };
}

function complete(table: SegmentTable, byteLength: number, malformedPointers: number): Recovery {
  const segmentCount = table.byteLengths.length;
  return { recovered: false, byteLength, segmentCount, recoveredByteLength: 0, malformedPointers };
}

function store(file: GrowingFile, table: SegmentTable, byteLengths: readonly number[]): void {
  const { slots } = table;
  const bytes = file.bytes(0, tableByteLength(slots));
  if (table.open !== undefined) {
    finishTable(bytes, slots, byteLengths);
    return;
  }
  const index = byteLengths.length - 1;
  storeSize(bytes, index, byteLengths[index] ?? 0);
}

/** Whether there are messages from there on, each with something in it, up to the very end. */
function isStream(file: GrowingFile, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    const headByteLength = Math.min(longestTableByteLength, end - at, file.longestView(at));
    let table: SegmentTable;
    try {
      table = readTable(file.bytes(at, headByteLength), end - at);
    } catch (error) {
      if (error instanceof MalformedMessageError) return false;
      throw error;
    }
    if (table.open !== undefined || table.byteLengths.length === 0) return false;
    at += segmentOffsets(table.slots, table.byteLengths).at(-1) ?? 0;
  }
  return at === end;
}

function roundUp(byteLength: number): number {
  return Math.ceil(byteLength / wordByteLength) * wordByteLength;
}
