// The data of all benchmarks, number i being the float64 i, and the loops over it. Every case runs
// these same loops, compiled before anything is timed; sums are exact in any order up to 1 GiB.

import assert from "node:assert/strict";
import fs from "node:fs";

/** Bytes of one record of random access: a cache line. */
export const recordByteLength = 64;

/** What random writes add to each number, so that they can be told from what was there. */
export const writtenMark = 0.25;

/** Stores numbers `base` and following. */
export function fill(target: Float64Array, count: number, base: number): void {
  for (let index = 0; index < count; index++) target[index] = base + index;
}

/** Adds up numbers, four at a time: one sum alone would measure how long an addition takes. */
export function sum(source: Float64Array, count: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let index = 0; index < count; index += 4) {
    a += source[index] as number;
    b += source[index + 1] as number;
    c += source[index + 2] as number;
    d += source[index + 3] as number;
  }
  return a + b + c + d;
}

/** Adds up the eight numbers of the record that starts at number `at`. */
export function sumRecord(source: Float64Array, at: number): number {
  return (
    (source[at] as number) +
    (source[at + 1] as number) +
    (source[at + 2] as number) +
    (source[at + 3] as number) +
    (source[at + 4] as number) +
    (source[at + 5] as number) +
    (source[at + 6] as number) +
    (source[at + 7] as number)
  );
}

/** Stores the marked numbers of the record `record`, at number `at`. */
export function writeRecord(target: Float64Array, at: number, record: number): void {
  const first = record * 8 + writtenMark;
  target[at] = first;
  target[at + 1] = first + 1;
  target[at + 2] = first + 2;
  target[at + 3] = first + 3;
  target[at + 4] = first + 4;
  target[at + 5] = first + 5;
  target[at + 6] = first + 6;
  target[at + 7] = first + 7;
}

/** Record numbers below `records`, in a random order that a seed fixes. Marsaglia's xorshift32. */
export function randomRecords(count: number, records: number, seed: number): Uint32Array {
  const chosen = new Uint32Array(count);
  let state = seed;
  for (let index = 0; index < count; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    chosen[index] = (state >>> 0) % records;
  }
  return chosen;
}

/** Different page numbers below `pages`, in a random order that a seed fixes. */
export function randomPages(count: number, pages: number, seed: number): Uint32Array {
  const chosen = new Set<number>();
  for (const page of randomRecords(2 * count, pages, seed)) {
    if (chosen.size < count) chosen.add(page);
  }
  return Uint32Array.from(chosen);
}

/** What a changed page holds: the marked numbers of its place. */
export function fillPage(target: Float64Array, at: number, page: number): void {
  const first = page * pageNumbers + writtenMark;
  for (let index = 0; index < pageNumbers; index++) target[at + index] = first + index;
}

/** Numbers in a page of 4 KiB. */
export const pageNumbers = 512;

/** Fails unless these pages of the file were changed; gives the sum of their first numbers. */
export function checkPages(file: string, pages: Uint32Array): number {
  const fd = fs.openSync(file, "r");
  const block = new Float64Array(pageNumbers);
  let total = 0;
  for (const page of pages) {
    fs.readSync(fd, block, 0, block.byteLength, page * block.byteLength);
    for (let index = 0; index < pageNumbers; index++) {
      assert.equal(block[index], page * pageNumbers + index + writtenMark, `page ${page}`);
    }
    total += block[0] as number;
  }
  fs.closeSync(fd);
  return total;
}

/** Has the loops compiled, over memory that no case measures. */
export function warmUpLoops(): void {
  const block = new Float64Array(2 ** 15);
  let total = 0;
  for (let turn = 0; turn < 400; turn++) {
    fill(block, block.length, turn * block.length);
    total += sum(block, block.length);
  }
  assert.ok(total > 0);
}

/** Fails unless the file has this length and, at 257 places, the numbers it should have. */
export function checkFile(file: string, byteLength: number): void {
  assert.equal(fs.statSync(file).size, byteLength, "the file's length");
  const fd = fs.openSync(file, "r");
  const block = new Float64Array(512);
  for (let place = 0; place <= 256; place++) {
    const position = Math.floor(((byteLength - block.byteLength) * place) / 256 / 8) * 8;
    fs.readSync(fd, block, 0, block.byteLength, position);
    checkNumbers(block, position / 8);
  }
  fs.closeSync(fd);
}

/** Fails unless the numbers are those from `base` on. */
export function checkNumbers(block: Float64Array, base: number): void {
  for (let index = 0; index < block.length; index++) {
    assert.equal(block[index], base + index, `number ${base + index}`);
  }
}

/** Fails unless records of the file have the marked numbers. */
export function checkWritten(file: string, records: Uint32Array): void {
  const fd = fs.openSync(file, "r");
  const record = new Float64Array(recordByteLength / 8);
  for (let turn = 0; turn < records.length; turn += Math.ceil(records.length / 1000)) {
    const number = records[turn] as number;
    fs.readSync(fd, record, 0, recordByteLength, number * recordByteLength);
    for (let index = 0; index < 8; index++) {
      assert.equal(record[index], number * 8 + index + writtenMark, `record ${number}`);
    }
  }
  fs.closeSync(fd);
}
