// How a case that reads or writes a mapped file is measured: a mapping is opened, made ready as the
// case asks, and gone through twice. The first pass has the page faults of a fresh mapping, the
// second none.

import fs from "node:fs";
import { Mapping } from "@tidemark/core";
import { now } from "./driver.js";
import { mebibyte } from "./sample.js";

/** What is done before the first pass. */
export interface Readiness {
  /** Huge pages are asked for. */
  readonly hugePages?: boolean;
  /** All pages are brought into the mapping, ready to be read or written. */
  readonly prefetch?: boolean;
}

/** A mapping of all of a file, and what it took to get it. */
export function openReady(
  file: string,
  options: Readiness & { readonly write: boolean },
): { readonly mapping: Mapping; readonly readyMs: number } {
  const start = now();
  const mapping = Mapping.openFile(file, { access: options.write ? "read-write" : "read" });
  // The first use of the buffer is what costs, not the mapping.
  void mapping.buffer;
  if (options.hugePages === true) mapping.advise(undefined, "huge-page");
  if (options.prefetch === true) mapping.prefetch(undefined, { write: options.write });
  return { mapping, readyMs: now() - start };
}

/** MiB of a mapped file that the processor's tables hold in pieces of 2 MiB. */
export function hugeMappedMib(file: string): number {
  let inside = false;
  let kib = 0;
  for (const line of fs.readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) inside = line.endsWith(file);
    const [, amount] = /^(?:FilePmdMapped|ShmemPmdMapped): +(\d+) kB/.exec(line) ?? [];
    if (inside && amount !== undefined) kib += Number(amount);
  }
  return (kib * 1024) / mebibyte;
}
