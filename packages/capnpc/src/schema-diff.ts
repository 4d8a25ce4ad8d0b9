// Compares two versions of a schema: can what was written with the old one be read with the new?

import { Comparison } from "./diff/comparison.js";
import { readRequest } from "./diff/read-request.js";

/** What a change means to messages that exist. */
export type ChangeSeverity =
  /** Old messages are misread, or refused. */
  | "breaking"
  /** Old messages are read as before. */
  | "compatible";

/** One difference between two versions of a schema. */
export interface SchemaChange {
  readonly severity: ChangeSeverity;
  /** What it is about, as "Person.phones" or "Person.phones.type". */
  readonly path: string;
  readonly message: string;
}

/** What {@link diffSchemas} found. */
export interface SchemaDiff {
  /** Every message of the old version is readable with the new one. */
  readonly compatible: boolean;
  /** The breaking ones first, each kind in the order of the old schema. */
  readonly changes: readonly SchemaChange[];
}

/**
 * Compares two versions of a schema, declaration by declaration and field by field. Declarations
 * are recognised by their IDs, and, where the files' IDs differ, by their names.
 *
 * @param before The request that the old version compiles to: CompileResult.request.
 * @param after That of the new version.
 * @throws CapnpRangeError `ERR_TIDEMARK_ARGUMENT_RANGE` if one is no CodeGeneratorRequest.
 * @example
 * ```ts
 * const { compatible, changes } = diffSchemas(before, after);
 * for (const { severity, path } of changes) console.log(severity, path);
 * ```
 */
export function diffSchemas(before: Uint8Array, after: Uint8Array): SchemaDiff {
  const comparison = new Comparison(readRequest(before, "before"), readRequest(after, "after"));
  const found = comparison.run();
  const breaking = found.filter(({ severity }) => severity === "breaking");
  const compatible = found.filter(({ severity }) => severity === "compatible");
  return { compatible: breaking.length === 0, changes: [...breaking, ...compatible] };
}

/** The changes as the command prints them, one a line, and a line that sums them up. */
export function formatSchemaDiff(diff: SchemaDiff): string {
  const lines = diff.changes.map(
    ({ severity, path, message }) => `${severity}: ${path}: ${message}`,
  );
  const breaking = diff.changes.filter(({ severity }) => severity === "breaking").length;
  const counted = breaking === 1 ? "1 breaking change" : `${breaking} breaking changes`;
  const verdict =
    breaking === 0
      ? "Old messages stay readable."
      : `Old messages do not stay readable: ${counted}.`;
  return [...lines, verdict].join("\n");
}
