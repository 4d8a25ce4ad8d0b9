// Walks over the records of the input, in pieces of it: memory stays flat, whatever its length.

import { CommandFailure } from "../command/failure.js";
import type { RecordScanner } from "./record-scanner.js";
import type { RowSource } from "./row-source.js";

/** Bytes that are looked at together. */
const pieceByteLength = 8 * 2 ** 20;

const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from("\ufeff");

/** Of one record at a time: where it is. */
export class RecordReader {
  /** What holds the record, from `start` to `end`; valid until the next one. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** The record has more bytes than are taken; what is in `bytes` is not all of it. */
  isTooLong = false;

  readonly #source: RowSource;
  readonly #scanner: RecordScanner;
  readonly #mostByteLength: number;
  /** Where `bytes` begin in the input. */
  #base: number;
  #nextAt = 0;
  #recordOffset = 0;

  constructor(
    source: RowSource,
    scanner: RecordScanner,
    { maxRowByteLength }: { readonly maxRowByteLength: number },
  ) {
    this.#source = source;
    this.#scanner = scanner;
    this.#mostByteLength = maxRowByteLength;
    this.#base = startOfText(source);
    this.#move(this.#base, pieceByteLength);
  }

  /** Where the record begins in the input. */
  get offset(): number {
    return this.#recordOffset;
  }

  /** Where the next record begins: how much was read. */
  get nextOffset(): number {
    return this.#base + this.#nextAt;
  }

  /** Goes to the next record that is not blank; false at the end. */
  next(): boolean {
    do {
      if (!this.#find()) return false;
    } while (!this.isTooLong && this.#scanner.isBlank(this.bytes, this.start, this.end));
    return true;
  }

  #find(): boolean {
    const scanner = this.#scanner;
    scanner.begin();
    this.isTooLong = false;
    this.start = this.#nextAt;
    this.#recordOffset = this.#base + this.start;
    let end = scanner.find(this.bytes, this.start);
    while (end < 0 && !this.#isLast()) end = this.#goOn();
    if (end < 0) {
      end = this.bytes.length;
      this.#nextAt = end;
      if (end === this.start && !this.isTooLong) return false;
    } else this.#nextAt = end + 1;
    this.isTooLong ||= end - this.start > this.#mostByteLength;
    this.end = end > this.start && this.bytes[end - 1] === carriageReturn ? end - 1 : end;
    return true;
  }

  /** Looks for the record's end in the next piece. */
  #goOn(): number {
    const { length } = this.bytes;
    const known = length - this.start;
    if (this.isTooLong || known > this.#mostByteLength) {
      // What there is of it is not kept.
      this.isTooLong = true;
      this.start = 0;
      this.#move(this.#base + length, pieceByteLength);
      return this.#scanner.find(this.bytes, 0);
    }
    this.#move(this.#base + this.start, known + pieceByteLength);
    this.start = 0;
    return this.#scanner.find(this.bytes, known);
  }

  #isLast(): boolean {
    return this.#base + this.bytes.length >= this.#source.byteLength;
  }

  #move(byteOffset: number, byteLength: number): void {
    const length = Math.min(byteLength, this.#source.byteLength - byteOffset);
    this.#source.release(byteOffset);
    this.bytes = this.#source.bytes(byteOffset, length);
    this.#base = byteOffset;
  }
}

/** Behind a byte order mark, where there is one. */
function startOfText(source: RowSource): number {
  const head = source.bytes(0, Math.min(3, source.byteLength));
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new CommandFailure(`${source.name} is UTF-16: convert it to UTF-8 (iconv -f UTF-16)`);
  }
  return head.equals(byteOrderMark) ? byteOrderMark.length : 0;
}
