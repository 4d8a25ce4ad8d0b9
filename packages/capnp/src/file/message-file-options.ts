// What callers choose about a message in a file.

import type { GrowingFileOptions } from "@tidemark/core";
import { CapnpRangeError, CapnpTypeError } from "../errors.js";
import { tableByteLength } from "../framing/flat.js";
import type { ReaderLimits } from "../message.js";
import { maxSegmentByteLength, wordByteLength } from "../wire.js";
import { maxSlots } from "./segment-table.js";

/** What building a message in a file has in common, new or not. */
export interface BuildOptions
  extends Pick<GrowingFileOptions, "maxByteLength" | "growth" | "strategy" | "prefault"> {
  /**
   * Bytes a segment has at the most; default 2^32 - 8, what the encoding allows (less in Node 20
   * for segments that begin late in a window of its buffers).
   */
  readonly maxSegmentByteLength?: number;
}

/** Options of `MessageFile.create`. */
export interface CreateMessageOptions extends BuildOptions {
  /**
   * Segments there is room for in the table, from 1 to 511 (the default), at 4 GiB each. With 1,
   * the table is that of a message in one segment, byte by byte what other implementations write.
   */
  readonly maxSegments?: number;
  /**
   * What becomes of a file that is there: `"never"` (the default) is an error, `"at-once"` empties
   * it, `"at-close"` builds beside it, and puts the new one in its place when it is complete and
   * durable: whatever happens, readers see the old file or the new one.
   */
  readonly replace?: "never" | "at-once" | "at-close";
  /** Permission bits of the file. Default 0o600. */
  readonly mode?: number;
}

/**
 * Options of `MessageFile.open`. A reader that serves for days reads more than any limit: the
 * traversal limit is Infinity unless given. Give one for a file from a stranger.
 */
export interface OpenMessageOptions extends ReaderLimits {}

export interface CheckedBuild {
  readonly growing: GrowingFileOptions;
  readonly segmentByteLength: number;
}

export interface CheckedCreate extends CheckedBuild {
  readonly slots: number;
  readonly replace: "never" | "at-once" | "at-close";
  readonly mode: number | undefined;
}

const buildKeys = ["maxByteLength", "growth", "strategy", "prefault", "maxSegmentByteLength"];
const createKeys = [...buildKeys, "maxSegments", "replace", "mode"];

export function checkBuild(options: unknown, keys: readonly string[] = buildKeys): CheckedBuild {
  const asked = checkKeys(options, keys) as BuildOptions;
  const { maxSegmentByteLength: segmentByteLength = maxSegmentByteLength, ...rest } = asked;
  checkInteger("options.maxSegmentByteLength", segmentByteLength, wordByteLength, 2 ** 32 - 8);
  const growing: Record<string, unknown> = {};
  for (const key of ["maxByteLength", "growth", "strategy", "prefault"] as const) {
    if (rest[key] !== undefined) growing[key] = rest[key];
  }
  return { growing, segmentByteLength: segmentByteLength - (segmentByteLength % wordByteLength) };
}

export function checkCreate(options: unknown): CheckedCreate {
  const build = checkBuild(options, createKeys);
  const {
    maxSegments = maxSlots,
    replace = "never",
    mode,
  } = (options ?? {}) as CreateMessageOptions;
  checkInteger("options.maxSegments", maxSegments, 1, maxSlots);
  if (!["never", "at-once", "at-close"].includes(replace)) {
    throw new CapnpTypeError(
      `options.replace must be "never", "at-once" or "at-close", got ${inspect(replace)}`,
    );
  }
  const { maxByteLength } = build.growing;
  const least = tableByteLength(maxSegments) + wordByteLength;
  if (maxByteLength !== undefined && Number(maxByteLength) < least) {
    throw new CapnpRangeError(
      `options.maxByteLength must be at least ${least} for a table of ${maxSegments} segments, ` +
        `got ${inspect(maxByteLength)}`,
    );
  }
  return { ...build, slots: maxSegments, replace, mode };
}

export function checkOpen(options: unknown): ReaderLimits {
  const asked = checkKeys(options, ["traversalLimitWords", "nestingLimit"]) as OpenMessageOptions;
  return { traversalLimitWords: Number.POSITIVE_INFINITY, ...asked };
}

export function checkKeys(options: unknown, keys: readonly string[]): object {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null) {
    throw new CapnpTypeError(`options must be an object, got ${inspect(options)}`);
  }
  const unknown = Object.keys(options).find((key) => !keys.includes(key));
  if (unknown === undefined) return options;
  throw new CapnpTypeError(`options has no ${inspect(unknown)}: it may have ${keys.join(", ")}`);
}

function checkInteger(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== "number") throw new CapnpTypeError(`${name} must be a number`);
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new CapnpRangeError(`${name} must be from ${least} to ${most}, got ${value}`);
}

function inspect(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
