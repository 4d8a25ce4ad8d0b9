// Schemas for tests: compiled ones are kept beside the tests, so that these run without the tool.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { packageRoot, repositoryRoot } from "@tidemark/testing/locations.js";

const conformance = path.join(repositoryRoot, "conformance/schemas");
const own = path.join(packageRoot, "test/dynamic");

/** The folders of the schemas that are kept compiled. */
export const schemaFolders = {
  "all-types": conformance,
  generics: conformance,
  names: conformance,
  person: conformance,
  "evolution-new": conformance,
  "evolution-old": conformance,
  annotated: own,
} as const;

export type SchemaName = keyof typeof schemaFolders;

export function schemaPath(name: SchemaName): string {
  return path.join(schemaFolders[name], `${name}.capnp`);
}

/** Where the compiled schema is kept. */
export function requestPath(name: SchemaName): string {
  return path.join(own, "requests", `${name}.request`);
}

export function loadSchemas(name: SchemaName): SchemaSet {
  return SchemaSet.fromRequest(fs.readFileSync(requestPath(name)));
}

/** What the tool makes of a schema. */
export function compileSchema(name: SchemaName): Uint8Array {
  const folder = schemaFolders[name];
  return capnp(["compile", `--src-prefix=${folder}`, "-o-", schemaPath(name)]);
}

/** Runs Cap'n Proto's own tool. */
export function capnp(args: readonly string[], input: Uint8Array | string = ""): Buffer {
  const result = spawnSync("capnp", args, { input, maxBuffer: 2 ** 30 });
  const complaint = result.stderr?.toString() ?? "";
  if (result.status !== 0 || complaint.includes("ERROR")) {
    throw new Error(`capnp ${args.join(" ")}: ${complaint}`);
  }
  return result.stdout;
}
