// How a case that fills a file is measured: in three parts, after a run of a small one, and
// checked.

import fs from "node:fs";
import path from "node:path";
import { Mapping } from "@tidemark/core";
import { now } from "./driver.js";
import { checkFile, warmUpLoops } from "./pattern.js";
import { mebibyte, type Sample, speed } from "./sample.js";

const warmUpByteLength = 8 * mebibyte;

/** A way to fill a file: opens it, and gives what to do then. */
export type Filling = (
  file: string,
  byteLength: number,
) => {
  readonly fill: () => void;
  readonly close: () => void;
  /** Part of the time of opening that counts as filling. */
  readonly countedMs?: number;
  /** Part of the time of opening that does not count. */
  readonly ignoredMs?: number;
};

/** Fills one small file, unmeasured, and one of the size asked for; both are removed. */
export function measureFilling(folder: string, byteLength: number, filling: Filling): Sample {
  // The first mapping that is closed empties a buffer, and with it goes all code that was compiled
  // for a program in which no buffer ever is: the loops are compiled after that.
  run(folder, warmUpByteLength, filling);
  warmUpLoops();
  run(folder, warmUpByteLength, filling);
  warmUpMemory(2 * byteLength);
  return run(folder, byteLength, filling);
}

/**
 * Touches memory and gives it back. A virtual machine may have handed what is free back to its
 * host; the first touch after that is several times slower, and hits one case or another by chance.
 */
export function warmUpMemory(byteLength: number): void {
  Mapping.anonymous(byteLength, { hugePages: "transparent", populate: true }).close();
}

function run(folder: string, byteLength: number, filling: Filling): Sample {
  const file = path.join(folder, `filled-${process.pid}`);
  try {
    const start = now();
    const opened = filling(file, byteLength);
    const begin = now();
    opened.fill();
    const end = now();
    opened.close();
    const closed = now();
    checkFile(file, byteLength);
    const { countedMs = 0, ignoredMs = 0 } = opened;
    return fillSample(byteLength, {
      openMs: begin - start - countedMs - ignoredMs,
      fillMs: end - begin + countedMs,
      closeMs: closed - end,
    });
  } finally {
    fs.rmSync(file, { force: true });
  }
}

export function fillSample(
  byteLength: number,
  time: { readonly openMs: number; readonly fillMs: number; readonly closeMs: number },
): Sample {
  const totalMs = time.openMs + time.fillMs + time.closeMs;
  return {
    metrics: {
      ...time,
      totalMs,
      fillSpeed: speed(byteLength, time.fillMs),
      totalSpeed: speed(byteLength, totalMs),
    },
  };
}
