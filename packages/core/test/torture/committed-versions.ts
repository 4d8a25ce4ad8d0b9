// What committing.ts has written in which version.

import { pageSize } from "@tidemark/core";

export const pageCount = 300;

/** The pages that a version changes, but for the first. Most versions make the file longer. */
export function pagesOf(version: number): number[] {
  const count = 1 + ((version * 7) % 12);
  const reach = Math.min(pageCount - 1, 10 + version);
  return Array.from({ length: count }, (_, index) => {
    return 1 + ((version * 131 + index * 17 * (version % 5) + index) % reach);
  });
}

/** What is wrong with the bytes of a file of such versions, undefined when nothing is. */
export function faultOf(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  const version = bytes.readDoubleLE(0);
  const versions = new Map<number, number>();
  for (let each = 1; each <= version; each++) {
    for (const page of pagesOf(each)) versions.set(page, each);
  }
  const last = Math.max(0, ...versions.keys());
  if (bytes.length !== (last + 1) * pageSize) {
    return `version ${version} has ${bytes.length} bytes, not ${(last + 1) * pageSize}`;
  }
  for (let page = 1; page <= last; page++) {
    const expected = Buffer.alloc(pageSize);
    const value = versions.get(page) ?? 0;
    for (let at = 0; at < pageSize; at += 8) expected.writeDoubleLE(value, at);
    if (!expected.equals(bytes.subarray(page * pageSize, (page + 1) * pageSize))) {
      return `page ${page} of version ${version} is not that of version ${value}`;
    }
  }
  return undefined;
}
