// Several writers fill a file, each every n-th page: what they write, and what must be found.

import fs from "node:fs";
import { pageSize } from "@tidemark/core";

/** Who writes which pages of what round. */
export interface InterleavedPart {
  readonly writer: number;
  readonly writerCount: number;
  readonly pageCount: number;
  readonly round: number;
}

/** Fills the pages of one writer. Each word of a page tells the round and the page. */
export function writePart(bytes: Uint8Array, part: InterleavedPart): void {
  for (let page = part.writer; page < part.pageCount; page += part.writerCount) {
    const start = bytes.byteOffset + page * pageSize;
    new Uint32Array(bytes.buffer as ArrayBuffer, start, pageSize / 4).fill(markOf(page, part));
  }
}

/** Bytes of the file that are not what was written, and those it lacks or has too many of. */
export function countLostBytes(
  file: string,
  written: Pick<InterleavedPart, "pageCount" | "round">,
): number {
  const fd = fs.openSync(file, "r");
  const expected = Buffer.alloc(pageSize);
  const words = new Uint32Array(expected.buffer, expected.byteOffset, pageSize / 4);
  const chunk = Buffer.alloc(256 * pageSize);
  let lost = Math.abs(fs.fstatSync(fd).size - written.pageCount * pageSize);
  for (let first = 0; first < written.pageCount; first += 256) {
    const count = Math.min(256, written.pageCount - first);
    const got = fs.readSync(fd, chunk, 0, count * pageSize, first * pageSize);
    for (let index = 0; index < count && index * pageSize < got; index++) {
      words.fill(markOf(first + index, written));
      const page = chunk.subarray(index * pageSize, (index + 1) * pageSize);
      if (!page.equals(expected)) lost += differences(page, expected);
    }
  }
  fs.closeSync(fd);
  return lost;
}

function markOf(page: number, { pageCount, round }: Pick<InterleavedPart, "pageCount" | "round">) {
  return round * pageCount + page + 1;
}

function differences(found: Buffer, expected: Buffer): number {
  let count = 0;
  for (let index = 0; index < expected.length; index++) {
    if (found[index] !== expected[index]) count++;
  }
  return count;
}
