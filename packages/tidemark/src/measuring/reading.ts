// Reading a file: in its mapping, and by system calls.

import fs from "node:fs";
import { Mapping } from "@tidemark/core";
import {
  expectedRecordSum,
  expectedSum,
  pieceByteLength,
  randomRecords,
  recordByteLength,
  recordNumbers,
  sumNumbers,
} from "./numbers.js";
import type { Task, Way } from "./task.js";
import { batchesOf, batchLength, type Transfer, vectors } from "./transfers.js";

const pieceNumbers = pieceByteLength / 8;

/** Adds up all numbers of a file, in order. */
export function readingInOrder(file: string): Way[] {
  const mapped = (name: string, prefetch: boolean): Way => {
    return { name, start: () => mappedScan(file, prefetch) };
  };
  const one = (fd: number, blocks: Uint8Array[], position: number): number => {
    const [block] = blocks as [Uint8Array];
    return fs.readSync(fd, block, 0, block.length, position);
  };
  return [
    mapped("mapped", false),
    mapped("mapped, prefetched", true),
    { name: "read, 1 MiB", peer: true, start: () => descriptorScan(file, 1, one) },
    { name: "readv, 16 x 64 KiB", peer: true, start: () => descriptorScan(file, 16, fs.readvSync) },
  ];
}

function mappedScan(file: string, prefetch: boolean): Task {
  const mapping = Mapping.openFile(file);
  mapping.advise(undefined, "sequential");
  if (prefetch) mapping.prefetch();
  const numbers = new Float64Array(mapping.buffer);
  let sum = 0;
  return {
    pieces: mapping.byteLength / pieceByteLength,
    piece: (index) => {
      sum += sumNumbers(numbers, index * pieceNumbers, pieceNumbers);
    },
    check: (done) => checkSum(sum, expectedSum(done * pieceNumbers)),
    release: () => mapping.close(),
  };
}

function descriptorScan(file: string, blockCount: number, transfer: Transfer): Task {
  const fd = fs.openSync(file, "r");
  const numbers = new Float64Array(pieceNumbers);
  const blocks = vectors(numbers, blockCount);
  let sum = 0;
  return {
    pieces: fs.fstatSync(fd).size / pieceByteLength,
    piece: (index) => {
      checkSum(transfer(fd, blocks, index * pieceByteLength), pieceByteLength);
      sum += sumNumbers(numbers, 0, pieceNumbers);
    },
    check: (done) => checkSum(sum, expectedSum(done * pieceNumbers)),
    release: () => fs.closeSync(fd),
  };
}

/** Adds up the numbers of records at random places, a batch of them in a piece. */
export function readingAtRandom(file: string): Way[] {
  const mapped = (name: string, prefetch: boolean): Way => {
    return { name, start: () => mappedRecords(file, prefetch) };
  };
  const one = (fd: number, blocks: Uint8Array[], position: number): number => {
    return fs.readSync(fd, blocks[0] as Uint8Array, 0, recordByteLength, position);
  };
  return [
    mapped("mapped", false),
    mapped("mapped, prefetched", true),
    { name: "read", peer: true, start: () => descriptorRecords(file, one) },
    { name: "readv", peer: true, start: () => descriptorRecords(file, fs.readvSync) },
  ];
}

function mappedRecords(file: string, prefetch: boolean): Task {
  const mapping = Mapping.openFile(file);
  if (prefetch) mapping.prefetch();
  const numbers = new Float64Array(mapping.buffer);
  return records(mapping.byteLength, {
    get: (record) => sumNumbers(numbers, record * recordNumbers, recordNumbers),
    release: () => mapping.close(),
  });
}

function descriptorRecords(file: string, transfer: Transfer): Task {
  const fd = fs.openSync(file, "r");
  const numbers = new Float64Array(recordNumbers);
  const blocks = vectors(numbers, 1);
  return records(fs.fstatSync(fd).size, {
    get: (record) => {
      checkSum(transfer(fd, blocks, record * recordByteLength), recordByteLength);
      return sumNumbers(numbers, 0, recordNumbers);
    },
    release: () => fs.closeSync(fd),
  });
}

function records(
  byteLength: number,
  { get, release }: { get: (record: number) => number; release: () => void },
): Task {
  const count = byteLength / recordByteLength;
  const pieces = batchesOf(count);
  const chosen = randomRecords(pieces * batchLength, count);
  let sum = 0;
  return {
    pieces,
    piece: (index) => {
      const end = (index + 1) * batchLength;
      let total = 0;
      for (let at = index * batchLength; at < end; at++) total += get(chosen[at] as number);
      sum += total;
    },
    check: (done) => {
      let expected = 0;
      for (const record of chosen.subarray(0, done * batchLength)) {
        expected += expectedRecordSum(record);
      }
      checkSum(sum, expected);
    },
    release,
  };
}

function checkSum(got: number, expected: number): void {
  if (got !== expected) throw new Error(`read wrong data: ${got} instead of ${expected}`);
}
