// Writes once to each of many pages that nobody has touched: what it costs to know that it was.

import assert from "node:assert/strict";
import { Mapping, TrackedFile, type TrackingDetection } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { pageNumbers, randomPages } from "../pattern.js";

interface FirstTouch {
  readonly file: string;
  readonly byteLength: number;
  readonly count: number;
  readonly order: "random" | "sequential";
  /** None: a private mapping that nobody tracks. */
  readonly detection?: TrackingDetection;
}

await drive(({ file, byteLength, count, order, detection }: FirstTouch) => {
  const pageCount = byteLength / 4096;
  const pages =
    order === "random"
      ? randomPages(count, pageCount, 21)
      : Uint32Array.from({ length: count }, (_, index) => 1000 + index);
  touch(new Float64Array(2 ** 20), randomPages(2000, 2 ** 11, 3));

  if (detection === undefined) {
    const mapping = Mapping.openFile(file, { access: "copy-on-write" });
    const touchUs = timed(new Float64Array(mapping.buffer), pages);
    mapping.close();
    return { metrics: { touchUs } };
  }
  const tracked = TrackedFile.open(file, { detection, maxByteLength: byteLength });
  const numbers = new Float64Array(tracked.buffer);
  const touchUs = timed(numbers, pages);
  const start = now();
  const ranges = tracked.dirtyRanges();
  const rangesMs = now() - start;
  const known = ranges.reduce((sum, range) => sum + range.byteLength, 0);
  assert.equal(known, pages.length * 4096, "bytes known as written");
  tracked.close({ commit: false });
  return { metrics: { touchUs, rangesMs } };
});

function timed(numbers: Float64Array, pages: Uint32Array): number {
  const start = now();
  touch(numbers, pages);
  return ((now() - start) * 1e3) / pages.length;
}

function touch(numbers: Float64Array, pages: Uint32Array): void {
  for (let turn = 0; turn < pages.length; turn++) {
    numbers[(pages[turn] as number) * pageNumbers] = turn;
  }
}
