// Adds up all numbers of a mapped file, in place.

import { hugeMappedMib, openReady, type Readiness } from "../accessing.js";
import { drive, now } from "../driver.js";
import { sum, warmUpLoops } from "../pattern.js";
import { speed } from "../sample.js";

await drive((job: Readiness & { readonly file: string }) => {
  warmUpLoops();
  const { mapping, readyMs } = openReady(job.file, { ...job, write: false });
  const numbers = new Float64Array(mapping.buffer);
  const start = now();
  const checksum = sum(numbers, numbers.length);
  const between = now();
  const same = sum(numbers, numbers.length) === checksum;
  const end = now();
  if (!same) throw new Error("two passes gave different sums");
  const { byteLength } = mapping;
  const hugeMib = hugeMappedMib(job.file);
  mapping.close();
  const firstSpeed = speed(byteLength, readyMs + between - start);
  return {
    metrics: { firstSpeed, againSpeed: speed(byteLength, end - between), hugeMib },
    checksum,
  };
});
