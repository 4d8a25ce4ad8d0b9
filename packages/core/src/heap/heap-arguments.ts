// What callers pass to a heap, checked.

import { endianness } from "node:os";
import { type Bytes, checkBytes, checkFlag, checkOptions, shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError, ClosedError, UnsupportedError } from "../errors.js";
import { Mapping, regionOf } from "../mapping/mapping.js";
import { unitByteLength } from "./heap-layout.js";
import { firstUnit } from "./heap-memory.js";
import { longestName } from "./roots.js";

/** Options of {@link Heap.allocate}. */
export interface AllocateOptions {
  /**
   * What the offset must be a multiple of: a power of two from 16 (the default) to 1 MiB. The
   * address is, too, up to the size of a page.
   */
  readonly alignment?: number;
  /** Fills the memory with zeros; else it holds what was there before. Default false. */
  readonly zero?: boolean;
}

/** The same, checked. */
export interface CheckedAllocateOptions {
  readonly alignment: number;
  readonly zero: boolean;
}

const mostAlignment = 2 ** 20;

/** What is asked for without options. */
export const plainOptions: CheckedAllocateOptions = { alignment: unitByteLength, zero: false };

export function checkMapping(mapping: unknown): asserts mapping is Mapping {
  if (!(mapping instanceof Mapping)) {
    throw new ArgumentTypeError(`mapping must be a Mapping, got ${shown(mapping)}`);
  }
  if (endianness() !== "LE") {
    throw new UnsupportedError("a heap is little-endian, which this machine is not");
  }
  if (mapping.closed) throw new ClosedError("the mapping");
  if (mapping.access === "read") {
    throw new ArgumentRangeError(
      'mapping must have access "read-write" or "copy-on-write" to hold a heap, got "read"',
    );
  }
  const region = regionOf(mapping);
  const byteLength = region?.spec.byteLength ?? 0;
  const least = 2 * firstUnit * unitByteLength;
  if (byteLength < least || region.lead % unitByteLength !== 0) {
    throw new ArgumentRangeError(
      `mapping must have at least ${least} bytes, from a multiple of ${unitByteLength} of its ` +
        `file on, got ${byteLength}`,
    );
  }
}

export function checkLength(byteLength: Bytes): number {
  const small = typeof byteLength === "number" && byteLength >= 0 && byteLength < 2 ** 36;
  return small && byteLength % 1 === 0
    ? byteLength
    : checkBytes("byteLength", byteLength, { most: 2 ** 36 - 1, hint: "a heap has 64 GiB" });
}

export function checkAllocateOptions(options: AllocateOptions): CheckedAllocateOptions {
  const asked = checkOptions("options", options, ["alignment", "zero"]);
  const { alignment = unitByteLength } = asked;
  const zero = checkFlag("options.zero", asked.zero, false);
  const least = { least: 1, most: mostAlignment };
  const checked = checkBytes("options.alignment", alignment, least);
  if (Number.isInteger(Math.log2(checked))) {
    return { alignment: Math.max(unitByteLength, checked), zero };
  }
  throw new ArgumentRangeError(
    `options.alignment must be a power of two to ${mostAlignment}, got ${shown(alignment)}`,
  );
}

export function checkName(name: unknown): asserts name is string {
  if (typeof name !== "string") {
    throw new ArgumentTypeError(`name must be a string, got ${shown(name)}`);
  }
  if (/\p{Surrogate}/u.test(name) || Buffer.byteLength(name) > longestName) {
    throw new ArgumentRangeError(
      `name must have at most ${longestName} bytes of UTF-8, got ${shown(name)}`,
    );
  }
}
