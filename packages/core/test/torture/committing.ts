// A program that commits as fast as it can until it is killed. Version v of its file has v in its
// first page, and v in the pages that it changes.

import { pageSize, TrackedFile, type TrackingDetection } from "@tidemark/core";
import { pageCount, pagesOf } from "./committed-versions.js";

const [, , path = "", detection = "kernel", durable = "true"] = process.argv;
const file = TrackedFile.open(path, {
  maxByteLength: 2 * pageCount * pageSize,
  detection: detection as TrackingDetection,
  create: true,
});
const numbers = new Float64Array(file.buffer);
process.stdout.write("opened\n");
for (let version = (numbers[0] as number) + 1; ; version++) {
  numbers[0] = version;
  for (const page of pagesOf(version)) {
    const from = (page * pageSize) / 8;
    numbers.fill(version, from, from + pageSize / 8);
  }
  file.commitSync({ durable: durable === "true" });
  process.stdout.write(`${version}\n`);
}
