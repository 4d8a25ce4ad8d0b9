// Parts of a mapping, as callers name them.

import { type Bytes, checkBytes, checkOptions, type Limits } from "../arguments.js";
import { ArgumentRangeError } from "../errors.js";
import type { MappingSource } from "./mapping-source.js";
import type { ByteRange } from "./region.js";

/** Part of a mapping, in bytes from its first; what is left out goes to the mapping's ends. */
export interface MappingRange {
  readonly byteOffset?: Bytes;
  readonly byteLength?: Bytes;
}

/** Checks a range and fills in what was left out. */
export function checkRange(source: MappingSource, range: MappingRange | undefined): ByteRange {
  const asked = checkOptions("range", range, ["byteOffset", "byteLength"]);
  const { byteOffset: askedOffset = 0 } = asked;
  const size = source.byteLength;
  const most = { most: size, hint: `the mapping has ${size} bytes` };
  const byteOffset = checkBytes("byteOffset", askedOffset, most);
  const rest = size - byteOffset;
  const limits: Limits = { most: rest, hint: `${rest} bytes are left from byte ${byteOffset} on` };
  const { byteLength = rest } = asked;
  return { byteOffset, byteLength: checkBytes("byteLength", byteLength, limits) };
}

/** A range that must start and end where pages do, or at the mapping's end. */
export function checkWholePages(source: MappingSource, range: MappingRange): ByteRange {
  const checked = checkRange(source, range);
  const region = source.region;
  if (region === undefined) return checked;
  const size = region.spec.pageSize;
  const end = checked.byteOffset + checked.byteLength;
  const startsPage = (region.lead + checked.byteOffset) % size === 0 || checked.byteOffset === 0;
  const endsPage = (region.lead + end) % size === 0 || end === source.byteLength;
  if (startsPage && endsPage) return checked;
  throw new ArgumentRangeError(
    `the range must cover whole pages: from 0 or ${size - region.lead} plus a multiple ` +
      `of ${size}, to such a byte or the end (${source.byteLength}); ` +
      `got ${checked.byteOffset} to ${end}`,
  );
}
