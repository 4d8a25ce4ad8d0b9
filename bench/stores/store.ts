// Rows of 64 bytes, numbered from 0, in any kind of store. Row n holds the numbers 8n to 8n + 7.

import { recordByteLength, sumRecord } from "../pattern.js";

export interface RowStore {
  /** Adds up the numbers of one row. */
  get(row: number): number;
  /** Adds up the numbers of all rows, in their order. */
  scan(): number;
  /** Adds `change` to the numbers a row had first, so that it is on the device at the return. */
  commit(row: number, change: number): void;
  close(): void;
}

/** Opens a store in a file or folder that `makeRows` made; undefined where the peer is missing. */
export type StoreOpener = (file: string, access: "read" | "commit") => RowStore | undefined;

/** A row's bytes, and the same as numbers. */
export interface RowBuffer {
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array;
}

export function rowBuffer(): RowBuffer {
  const numbers = new Float64Array(recordByteLength / 8);
  return { numbers, bytes: new Uint8Array(numbers.buffer) };
}

/** The sum of a row that another library gave as bytes, whose alignment is not known. */
export function sumOfBytes(buffer: RowBuffer, bytes: Uint8Array | undefined): number {
  if (bytes?.length !== recordByteLength) throw new Error("a row is missing");
  buffer.bytes.set(bytes);
  return sumRecord(buffer.numbers, 0);
}

/** The bytes of a row whose numbers were changed by this much. */
export function rowBytes(buffer: RowBuffer, row: number, change: number): Uint8Array {
  writeRow(buffer.numbers, 0, row * 8 + change);
  return buffer.bytes;
}

/** Stores the eight numbers from `first` on. */
export function writeRow(target: Float64Array, at: number, first: number): void {
  for (let index = 0; index < 8; index++) target[at + index] = first + index;
}
