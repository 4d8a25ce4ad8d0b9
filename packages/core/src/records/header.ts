// The header before records that makes a file known: which layout, which version, how many.

import { ArgumentRangeError } from "../errors.js";
import {
  endMark,
  headerFormat,
  headerLayout,
  headerMagic,
  longestLayoutText,
} from "./header-layout.js";
import { hashOf, type RecordLayout } from "./layout.js";
import { byteLengthOf, type Memory, type Place, placeIn, type RecordMemory } from "./memory.js";
import { RecordLayoutError } from "./record-errors.js";

/** What a header says, besides the layout. */
export interface Header {
  readonly version: number;
  readonly count: number;
}

/** Bytes of the header of a layout, and so where its records begin. */
export function headerByteLength(layout: RecordLayout): number {
  const text = Buffer.byteLength(layout.toString());
  if (text > longestLayoutText) {
    throw new ArgumentRangeError(
      `the table of a layout in a header can have ${longestLayoutText} bytes, this one has ${text}`,
    );
  }
  const unit = Math.max(64, layout.alignment);
  return Math.ceil((headerLayout.layoutText + text) / unit) * unit;
}

/** The most records of a layout that so many bytes have room for, with header and end. */
export function mostRecords(layout: RecordLayout, room: number): number {
  const rest = room - headerByteLength(layout) - endMark.length;
  return Math.max(0, Math.floor(rest / layout.byteLength));
}

/** Where the end's mark is. */
function endOf(
  layout: RecordLayout,
  place: { readonly source: RecordMemory; readonly byteOffset: number },
  count: number,
): Place {
  const start = place.byteOffset + headerByteLength(layout);
  return placeIn(place.source, start + count * layout.byteLength);
}

/** Whether there is a header, of whatever layout. */
export function hasHeader(source: RecordMemory, byteOffset: number): boolean {
  if (byteLengthOf(source) - byteOffset < headerMagic.length) return false;
  const { memory, at } = placeIn(source, byteOffset);
  return memory.bytes.toString("latin1", at, at + headerMagic.length) === headerMagic;
}

/** Writes a header into memory that has room for it. */
export function writeHeader(
  layout: RecordLayout,
  place: { readonly source: RecordMemory; readonly byteOffset: number },
  header: Header,
): void {
  const { memory, at } = placeIn(place.source, place.byteOffset);
  const text = Buffer.from(layout.toString());
  const byteLength = headerByteLength(layout);
  memory.getUint8(at);
  memory.bytes.fill(0, at, at + byteLength);
  memory.setUint32(at + headerLayout.format, headerFormat, true);
  memory.setUint32(at + headerLayout.headerByteLength, byteLength, true);
  memory.setBigUint64(at + headerLayout.layoutHash, layout.hash, true);
  memory.setUint32(at + headerLayout.recordByteLength, layout.byteLength, true);
  memory.setUint32(at + headerLayout.version, header.version, true);
  memory.setBigUint64(at + headerLayout.count, BigInt(header.count), true);
  memory.setUint32(at + headerLayout.layoutByteLength, text.byteLength, true);
  memory.bytes.set(text, at + headerLayout.layoutText);
  const end = endOf(layout, place, header.count);
  end.memory.bytes.write(endMark, end.at, "latin1");
  // The magic is last: a header that was not finished is none.
  memory.bytes.write(headerMagic, at, "latin1");
}

/** Reads the header of a layout and a version; refuses any other. */
export function readHeader(
  layout: RecordLayout,
  place: { readonly source: RecordMemory; readonly byteOffset: number },
  version: number,
): Header {
  const expected = `version ${version} of ${layout}`;
  const refuse = (message: string, stored?: string): never => {
    throw new RecordLayoutError(
      `the memory at byte ${place.byteOffset} ${message}`,
      stored === undefined ? { expected } : { expected, stored },
    );
  };
  const room = byteLengthOf(place.source) - place.byteOffset;
  if (!hasHeader(place.source, place.byteOffset)) refuse("holds no header of records");
  if (room < headerLayout.layoutText) refuse(`ends after ${room} bytes, inside the header`);
  const { memory, at } = placeIn(place.source, place.byteOffset);
  const format = memory.getUint32(at + headerLayout.format, true);
  if (format !== headerFormat) {
    refuse(`has a header of format ${format}, this library knows ${headerFormat}`);
  }
  const storedVersion = memory.getUint32(at + headerLayout.version, true);
  const stored = readText(memory, { at, room });
  if (stored === undefined)
    return refuse("has a damaged header: its layout is not what its hash says");
  if (memory.getBigUint64(at + headerLayout.layoutHash, true) !== layout.hash) {
    refuse("holds records of another layout", `version ${storedVersion} of ${stored}`);
  }
  if (storedVersion !== version) {
    refuse(`holds records of another version`, `version ${storedVersion} of ${stored}`);
  }
  const count = memory.getBigUint64(at + headerLayout.count, true);
  const most = mostRecords(layout, room);
  if (count > most) {
    refuse(`has a header of ${count} records, but is too short for more than ${most}`);
  }
  const end = endOf(layout, place, Number(count));
  if (end.memory.bytes.toString("latin1", end.at, end.at + endMark.length) !== endMark) {
    refuse(`has a header of ${count} records, but does not end after them: it was cut short`);
  }
  return { version, count: Number(count) };
}

/** The layout as text, if the rest of the header agrees with it. */
function readText(
  memory: Memory,
  { at, room }: { readonly at: number; readonly room: number },
): string | undefined {
  const length = memory.getUint32(at + headerLayout.layoutByteLength, true);
  if (length > longestLayoutText || headerLayout.layoutText + length > room) return undefined;
  const start = at + headerLayout.layoutText;
  const bytes = memory.bytes.subarray(start, start + length);
  if (hashOf(bytes) !== memory.getBigUint64(at + headerLayout.layoutHash, true)) return undefined;
  return bytes.toString("utf8");
}
