// Fills a file whose blocks were allocated beforehand, through a plain mapping.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { Mapping } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { measureFilling } from "../filling.js";
import { fill } from "../pattern.js";

interface FillPreallocated {
  readonly folder: string;
  readonly byteLength: number;
  /** Whether the time of allocation counts. */
  readonly countAllocation?: boolean;
  /** Whether all pages are made ready to be written first, which counts. */
  readonly prefetch?: boolean;
}

await drive(({ folder, byteLength, countAllocation, prefetch }: FillPreallocated) => {
  return measureFilling(folder, byteLength, (path, length) => {
    const allocationMs = allocate(path, length);
    const mapping = Mapping.openFile(path, { access: "read-write" });
    const numbers = new Float64Array(mapping.buffer);
    return {
      fill: () => {
        if (prefetch === true) mapping.prefetch(undefined, { write: true });
        fill(numbers, length / 8, 0);
      },
      close: () => mapping.close(),
      ...(countAllocation === true ? { countedMs: allocationMs } : { ignoredMs: allocationMs }),
    };
  });
});

/** Makes a file of allocated blocks, with fallocate(1) of util-linux; gives the time. */
function allocate(path: string, byteLength: number): number {
  fs.closeSync(fs.openSync(path, "wx", 0o600));
  const start = now();
  const { status, error } = spawnSync("fallocate", ["--length", String(byteLength), path]);
  if (status !== 0) throw new Error(`fallocate(1) failed (${error?.message ?? status})`);
  return now() - start;
}
