// Fills blocks on the heap and writes each lot to a new file, with write(2) or writev(2).

import fs from "node:fs";
import { drive } from "../driver.js";
import { measureFilling } from "../filling.js";
import { fill } from "../pattern.js";

interface FillByWriting {
  readonly folder: string;
  readonly byteLength: number;
  readonly blockByteLength: number;
  /** Blocks written by one call. */
  readonly blockCount: number;
}

await drive(({ folder, byteLength, blockByteLength, blockCount }: FillByWriting) => {
  const blocks = Array.from({ length: blockCount }, () => new Float64Array(blockByteLength / 8));
  return measureFilling(folder, byteLength, (path, length) => {
    const fd = fs.openSync(path, "wx", 0o600);
    return {
      fill: () => {
        for (let position = 0; position < length; ) {
          for (const [index, block] of blocks.entries()) {
            fill(block, block.length, (position + index * blockByteLength) / 8);
          }
          position += write(fd, blocks);
        }
      },
      close: () => fs.closeSync(fd),
    };
  });
});

function write(fd: number, blocks: readonly Float64Array[]): number {
  const [first] = blocks;
  const byteLength = blocks.reduce((total, block) => total + block.byteLength, 0);
  const written =
    blocks.length === 1 && first !== undefined
      ? fs.writeSync(fd, first)
      : fs.writevSync(fd, blocks);
  if (written !== byteLength) throw new Error(`wrote ${written} of ${byteLength} bytes`);
  return written;
}
