// Writing a file: in its mapping, and by system calls.

import fs from "node:fs";
import { GrowingFile, Mapping } from "@tidemark/core";
import {
  expectedSum,
  fillNumbers,
  pieceByteLength,
  randomRecords,
  recordByteLength,
  recordNumbers,
  sumNumbers,
} from "./numbers.js";
import type { Task, Way } from "./task.js";
import { batchesOf, batchLength, type Transfer, vectors } from "./transfers.js";

const pieceNumbers = pieceByteLength / 8;

/** Fills a new file with numbers, in order. */
export function writingInOrder(file: string, byteLength: number): Way[] {
  const one = (fd: number, blocks: Uint8Array[], position: number): number => {
    const [block] = blocks as [Uint8Array];
    return fs.writeSync(fd, block, 0, block.length, position);
  };
  const through = (name: string, blockCount: number, transfer: Transfer): Way => {
    return { name, peer: true, start: () => fillByWriting(file, byteLength, blockCount, transfer) };
  };
  return [
    { name: "mapped, a growing file", start: () => fillGrowing(file, byteLength) },
    through("write, 1 MiB", 1, one),
    through("writev, 16 x 64 KiB", 16, fs.writevSync),
  ];
}

function fillGrowing(file: string, byteLength: number): Task {
  const growing = GrowingFile.create(file, { maxByteLength: byteLength, overwrite: true });
  const numbers = new Float64Array(growing.buffer);
  let done = 0;
  return {
    pieces: byteLength / pieceByteLength,
    piece: (index) => {
      const start = index * pieceNumbers;
      fillNumbers(numbers.subarray(start, start + pieceNumbers), start);
      done++;
    },
    end: () => growing.close({ byteLength: done * pieceByteLength }),
    check: () => checkNumbers(file, done * pieceByteLength),
    release: () => {
      growing.close();
      fs.rmSync(file, { force: true });
    },
  };
}

function fillByWriting(
  file: string,
  byteLength: number,
  blockCount: number,
  transfer: Transfer,
): Task {
  const fd = fs.openSync(file, "w+");
  const numbers = new Float64Array(pieceNumbers);
  const blocks = vectors(numbers, blockCount);
  return {
    pieces: byteLength / pieceByteLength,
    piece: (index) => {
      fillNumbers(numbers, index * pieceNumbers);
      checkMoved(transfer(fd, blocks, index * pieceByteLength), pieceByteLength);
    },
    check: (done) => checkNumbers(file, done * pieceByteLength),
    release: () => {
      fs.closeSync(fd);
      fs.rmSync(file, { force: true });
    },
  };
}

/** Changes records of a file at random places, a batch of them in a piece. */
export function writingAtRandom(file: string): Way[] {
  const one = (fd: number, blocks: Uint8Array[], position: number): number => {
    return fs.writeSync(fd, blocks[0] as Uint8Array, 0, recordByteLength, position);
  };
  return [
    { name: "mapped", start: () => mappedRecords(file, false) },
    { name: "mapped, prefetched", start: () => mappedRecords(file, true) },
    { name: "write", peer: true, start: () => descriptorRecords(file, one) },
    { name: "writev", peer: true, start: () => descriptorRecords(file, fs.writevSync) },
  ];
}

function mappedRecords(file: string, prefetch: boolean): Task {
  const mapping = Mapping.openFile(file, { access: "read-write" });
  if (prefetch) mapping.prefetch(undefined, { write: true });
  const numbers = new Float64Array(mapping.buffer);
  return records(file, {
    put: (record, mark) => fillRecord(numbers, record * recordNumbers, record + mark),
    release: () => mapping.close(),
  });
}

function descriptorRecords(file: string, transfer: Transfer): Task {
  const fd = fs.openSync(file, "r+");
  const numbers = new Float64Array(recordNumbers);
  const blocks = vectors(numbers, 1);
  return records(file, {
    put: (record, mark) => {
      fillRecord(numbers, 0, record + mark);
      checkMoved(transfer(fd, blocks, record * recordByteLength), recordByteLength);
    },
    release: () => fs.closeSync(fd),
  });
}

/** What tells the writes of one task from those of the ones before. */
let lastMark = 0;

function records(
  file: string,
  { put, release }: { put: (record: number, mark: number) => void; release: () => void },
): Task {
  const count = fs.statSync(file).size / recordByteLength;
  const pieces = batchesOf(count);
  const chosen = randomRecords(pieces * batchLength, count);
  const mark = ++lastMark / 4;
  return {
    pieces,
    piece: (index) => {
      const end = (index + 1) * batchLength;
      for (let at = index * batchLength; at < end; at++) put(chosen[at] as number, mark);
    },
    check: (done) => checkRecords(file, chosen.subarray(0, done * batchLength), mark),
    release,
  };
}

function fillRecord(target: Float64Array, at: number, value: number): void {
  for (let index = at; index < at + recordNumbers; index++) target[index] = value;
}

function checkRecords(file: string, chosen: Uint32Array, mark: number): void {
  const fd = fs.openSync(file, "r");
  const numbers = new Float64Array(recordNumbers);
  for (let turn = 0; turn < chosen.length; turn += 97) {
    const record = chosen[turn] as number;
    fs.readSync(fd, numbers, 0, recordByteLength, record * recordByteLength);
    if (!numbers.every((number) => number === record + mark)) {
      throw new Error(`wrote wrong data: record ${record} holds ${numbers}`);
    }
  }
  fs.closeSync(fd);
}

/** Makes the file that is read. */
export function makeFile(file: string, byteLength: number): void {
  const fd = fs.openSync(file, "w");
  try {
    const numbers = new Float64Array(pieceNumbers);
    for (let at = 0; at < byteLength; at += pieceByteLength) {
      fillNumbers(numbers, at / 8);
      checkMoved(fs.writeSync(fd, numbers), pieceByteLength);
    }
    // What is written back later would be paid by those that are measured then.
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Fails unless a file has this length and the numbers it should. */
export function checkNumbers(file: string, byteLength: number): void {
  const fd = fs.openSync(file, "r");
  try {
    if (fs.fstatSync(fd).size !== byteLength) throw new Error(`${file} has a wrong length`);
    const numbers = new Float64Array(pieceNumbers);
    let sum = 0;
    for (let at = 0; at < byteLength; at += pieceByteLength) {
      fs.readSync(fd, numbers, 0, pieceByteLength, at);
      sum += sumNumbers(numbers, 0, pieceNumbers);
    }
    if (sum !== expectedSum(byteLength / 8)) throw new Error(`${file} has wrong data`);
  } finally {
    fs.closeSync(fd);
  }
}

function checkMoved(got: number, expected: number): void {
  if (got !== expected) throw new Error(`wrote ${got} bytes of ${expected}`);
}
