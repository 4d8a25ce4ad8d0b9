// Fills a new file through a mapping that grows.

import { type CreateOptions, GrowingFile } from "@tidemark/core";
import { drive } from "../driver.js";
import { measureFilling } from "../filling.js";
import { fill } from "../pattern.js";

interface FillGrowing {
  readonly folder: string;
  readonly byteLength: number;
  readonly options?: CreateOptions;
}

await drive(({ folder, byteLength, options }: FillGrowing) => {
  return measureFilling(folder, byteLength, (path, length) => {
    // Half as much again as is needed: the writer of a growing file does not know its length.
    const maxByteLength = length * 1.5;
    const file = GrowingFile.create(path, { maxByteLength, ...options });
    const count = length / 8;
    const numbers = new Float64Array(file.buffer, 0, maxByteLength / 8);
    return {
      fill: () => fill(numbers, count, 0),
      close: () => file.close({ byteLength: length }),
    };
  });
});
