// The C++ programs of native/, which stand on Cap'n Proto's own library and on classes that its
// compiler makes of the schemas of conformance/.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { buildFolder, sourceFolder } from "./locations.js";

const programs = new Map<string, string | undefined>();

/**
 * The path of a program that uses the classes of `schema`; undefined, with a notice, where none can
 * be compiled.
 */
export function compiledCpp(name: string, schema: string): string | undefined {
  if (!programs.has(name)) programs.set(name, compile(name, schema));
  return programs.get(name);
}

function compile(name: string, schema: string): string | undefined {
  const schemas = path.join(sourceFolder, "..", "conformance", "schemas");
  const native = path.join(sourceFolder, "native");
  const program = path.join(buildFolder, name);
  fs.mkdirSync(buildFolder, { recursive: true });
  const why =
    failureOf("capnp", [
      "compile",
      `-oc++:${buildFolder}`,
      `--src-prefix=${schemas}`,
      path.join(schemas, `${schema}.capnp`),
    ]) ??
    failureOf(process.env["CXX"] ?? "c++", [
      "-std=c++17",
      "-O2",
      "-Wall",
      `-I${buildFolder}`,
      `-I${native}`,
      path.join(native, `${name}.cc`),
      path.join(buildFolder, `${schema}.capnp.c++`),
      "-lcapnp",
      "-lkj",
      "-o",
      program,
    ]);
  if (why === undefined) return program;
  console.error(`left out what needs native/${name}.cc: ${why}`);
  return undefined;
}

function failureOf(command: string, args: readonly string[]): string | undefined {
  const run = spawnSync(command, args, { encoding: "utf8" });
  if (run.error !== undefined) return `there is no ${command} (${run.error.message})`;
  return run.status === 0 ? undefined : run.stderr.trim();
}
