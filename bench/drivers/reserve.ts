// Reserves 1 TiB of address space over an empty file, without touching it, many times.

import fs from "node:fs";
import path from "node:path";
import { GrowingFile } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface Reserve {
  readonly folder: string;
  /** Whether the file is new, or was there, empty, already. */
  readonly how: "create" | "open";
  readonly count: number;
}

const maxByteLength = 2 ** 40;

await drive((job: Reserve): Sample => {
  const file = path.join(job.folder, `reserved-${process.pid}`);
  reserve(file, job, job.count);
  return reserve(file, job, job.count);
});

function reserve(file: string, { how }: Reserve, count: number): Sample {
  const openUs = new Float64Array(count);
  const closeUs = new Float64Array(count);
  for (let turn = 0; turn < count; turn++) {
    if (how === "open") fs.writeFileSync(file, "");
    const start = now();
    const mapping =
      how === "create"
        ? GrowingFile.create(file, { maxByteLength })
        : GrowingFile.open(file, { maxByteLength });
    const opened = now();
    mapping.close({ byteLength: 0 });
    const closed = now();
    if (fs.statSync(file).size !== 0) throw new Error("the file is not empty");
    fs.rmSync(file);
    openUs[turn] = (opened - start) * 1e3;
    closeUs[turn] = (closed - opened) * 1e3;
  }
  const slowestUs = Math.max(...openUs);
  return { metrics: { openUs: median(openUs), slowestUs, closeUs: median(closeUs) } };
}
