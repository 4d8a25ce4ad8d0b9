// What a mapping is made from: who opens memory hands this to who shows it.

import { Region } from "./region.js";

/**
 * What may be done to mapped memory, and where it goes: `"read"` only; `"read-write"`, where
 * changes reach the file and everyone who maps it at once; `"copy-on-write"`, where changes stay
 * private.
 */
export type MappingAccess = "read" | "read-write" | "copy-on-write";

/** What a mapping is made from, inside this package. */
export interface MappingSource {
  readonly region: Region | undefined;
  readonly byteLength: number;
  readonly access: MappingAccess;
  readonly shared: boolean;
  readonly name: string;
  /** Private memory without a file, which cannot be handed over. */
  readonly anonymous?: boolean;
}

const emptySources = new WeakSet<object>();

/** The source of a mapping without bytes, which has no region. */
export function emptySource(source: Omit<MappingSource, "region" | "byteLength">): MappingSource {
  const empty = { ...source, region: undefined, byteLength: 0 };
  emptySources.add(empty);
  return empty;
}

/** Whether this was made by who opens memory, and not by a caller who guessed. */
export function isSource(value: unknown): value is MappingSource {
  if (typeof value !== "object" || value === null) return false;
  return emptySources.has(value) || (value as MappingSource).region instanceof Region;
}
