// Fills a fresh typed array on the heap: the first touch of memory without any file.

import { drive, now } from "../driver.js";
import { fillSample, warmUpMemory } from "../filling.js";
import { checkNumbers, fill, warmUpLoops } from "../pattern.js";

await drive(({ byteLength }: { readonly byteLength: number }) => {
  warmUpLoops();
  warmUpMemory(2 * byteLength);
  const start = now();
  const numbers = new Float64Array(byteLength / 8);
  const begin = now();
  fill(numbers, numbers.length, 0);
  const end = now();
  for (let at = 0; at < numbers.length; at += Math.floor(numbers.length / 256)) {
    checkNumbers(numbers.subarray(at, at + 512), at);
  }
  return fillSample(byteLength, { openMs: begin - start, fillMs: end - begin, closeMs: 0 });
});
