// Touches one page after another past the end of a growing file whose steps are one page long, so
// that each touch is a fault that extends the file, with few or many other mappings open.

import path from "node:path";
import { GrowingFile, Mapping, pageSize, TidemarkError } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface Fault {
  readonly folder: string;
  readonly faultCount: number;
  /** Mappings that are open besides. */
  readonly others: number;
  readonly kind?: "anonymous" | "growing";
}

await drive((job: Fault): Sample => {
  const others: Mapping[] = [];
  try {
    // Half of them before, half after: the region that faults is in the middle of the table.
    openOthers(others, job, Math.floor(job.others / 2));
    const file = createFile(path.join(job.folder, "faulting"), job.faultCount * 2);
    openOthers(others, job, job.others);
    const bytes = file.bytes();
    touch(bytes, 0, job.faultCount);
    const times = touch(bytes, job.faultCount, job.faultCount);
    if (file.fileByteLength !== job.faultCount * 2 * pageSize) {
      throw new Error("the file was not extended page by page");
    }
    file.close();
    return { metrics: { faultUs: median(times), meanUs: mean(times) } };
  } catch (error) {
    if (error instanceof TidemarkError && error.errnoName === "EMFILE") {
      return { metrics: {}, skipped: "this process may not open that many files" };
    }
    throw error;
  } finally {
    for (const mapping of others) mapping.close();
  }
});

function openOthers(others: Mapping[], { folder, kind }: Fault, count: number): void {
  while (others.length < count) {
    others.push(
      kind === "growing"
        ? createFile(path.join(folder, `other-${others.length}`), 16)
        : Mapping.anonymous(pageSize),
    );
  }
}

function createFile(file: string, pageCount: number): GrowingFile {
  return GrowingFile.create(file, {
    maxByteLength: pageCount * pageSize,
    growth: { minStep: pageSize, maxStep: pageSize },
    prefault: false,
    overwrite: true,
  });
}

/** Times of the first touch of each page, in microseconds. */
function touch(bytes: Uint8Array, firstPage: number, pageCount: number): Float64Array {
  const times = new Float64Array(pageCount);
  for (let page = 0; page < pageCount; page++) {
    const start = now();
    bytes[(firstPage + page) * pageSize] = 1;
    times[page] = (now() - start) * 1e3;
  }
  return times;
}

function mean(times: Float64Array): number {
  return times.reduce((total, time) => total + time, 0) / times.length;
}
