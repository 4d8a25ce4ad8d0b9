// Makes a failing schema small: takes lines and words away while it still fails.

import type { SchemaFile } from "./random-schema.js";

/** The smallest files found that still fail; `fails` is called with candidates. */
export function shrink(
  files: readonly SchemaFile[],
  fails: (files: readonly SchemaFile[]) => boolean,
): SchemaFile[] {
  let current = [...files];
  for (let i = current.length - 1; i >= 0 && current.length > 1; i--) {
    const without = current.filter((_, index) => index !== i);
    if (fails(without)) current = without;
  }
  for (const separator of [/(?<=\n)/, /(?<=[\s;{}])/]) {
    for (const [i, file] of current.entries()) {
      const keep = (text: string): SchemaFile[] =>
        current.map((other, index) => (index === i ? { ...file, text } : other));
      const parts = shrinkParts(file.text.split(separator), (candidate) =>
        fails(keep(candidate.join(""))),
      );
      current = keep(parts.join(""));
    }
  }
  return current;
}

// Takes away runs of parts, long ones first.
function shrinkParts(parts: readonly string[], fails: (parts: string[]) => boolean): string[] {
  let current = [...parts];
  for (let size = current.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < current.length; ) {
      const candidate = [...current.slice(0, at), ...current.slice(at + size)];
      if (fails(candidate)) current = candidate;
      else at += size;
    }
  }
  return current;
}
