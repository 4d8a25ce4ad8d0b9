// The frame of every driver: parameters in, one line of JSON out. A driver is a process of its own,
// so that no case finds memory, compiled code or open files that another one left.

import fs from "node:fs";
import type { Sample } from "./sample.js";

/** Runs a driver's job with the parameters that its case gives. */
export async function drive<P>(job: (parameters: P) => Sample | Promise<Sample>): Promise<void> {
  const sample = await job(JSON.parse(process.argv[2] ?? "{}"));
  fs.writeSync(1, `${JSON.stringify(sample)}\n`);
}

/** Milliseconds since some moment. */
export function now(): number {
  return performance.now();
}
