// The C programs of native/, compiled when they are first asked for.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { buildFolder, sourceFolder } from "./locations.js";

/** What C programs need, and what C++ ones need. */
export const cCompiler = "a C compiler";
export const cppLibrary =
  "a C++ compiler and Cap'n Proto's library and compiler (libcapnp-dev, capnproto)";

/** Of a case that is a program: where it could not be compiled, its row says what it needs. */
export function asPeer(
  program: string | undefined,
  needed: string,
): { readonly peer: true; readonly missing?: string } {
  return program === undefined
    ? { peer: true, missing: `not installed: ${needed}` }
    : { peer: true };
}

const programs = new Map<string, string | undefined>();

/** The path of a program; undefined, with a notice, where it cannot be compiled. */
export function compiled(name: string): string | undefined {
  if (!programs.has(name)) programs.set(name, compile(name));
  return programs.get(name);
}

function compile(name: string): string | undefined {
  const compiler = process.env["CC"] ?? "cc";
  const program = path.join(buildFolder, name);
  const source = path.join(sourceFolder, "native", `${name}.c`);
  fs.mkdirSync(buildFolder, { recursive: true });
  const run = spawnSync(
    compiler,
    ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", program, source],
    {
      encoding: "utf8",
    },
  );
  if (run.status === 0) return program;
  const why = run.error?.message ?? run.stderr.trim();
  console.error(`left out what needs native/${name}.c, which ${compiler} did not compile: ${why}`);
  return undefined;
}

/** The C++ program of the Cap'n Proto suite; undefined, with a notice, without g++ or libcapnp. */
export function capnpProgram(): string | undefined {
  const name = "capnp";
  if (!programs.has(name)) programs.set(name, compileCapnp());
  return programs.get(name);
}

function compileCapnp(): string | undefined {
  const folder = path.join(buildFolder, "capnp");
  const program = path.join(folder, "bench");
  const schemas = ["person", "drawing", "letter"].map((name) => `${name}.capnp`);
  fs.mkdirSync(folder, { recursive: true });
  const steps: readonly (readonly [string, string[]])[] = [
    ["capnp", ["compile", `-oc++:${folder}`, ...schemas]],
    [
      process.env["CXX"] ?? "c++",
      [
        ...["-std=c++17", "-O2", "-Wall", "-Wextra", "-I", folder, "-o", program],
        path.join(sourceFolder, "native", "capnp.cc"),
        ...schemas.map((schema) => path.join(folder, `${schema}.c++`)),
        ...["-lcapnp", "-lkj"],
      ],
    ],
  ];
  for (const [command, args] of steps) {
    const run = spawnSync(command, args, {
      cwd: path.join(sourceFolder, "capnp"),
      encoding: "utf8",
    });
    if (run.status === 0) continue;
    const why = run.error?.message ?? run.stderr.trim();
    console.error(`left out what needs native/capnp.cc, which ${command} did not compile: ${why}`);
    return undefined;
  }
  return program;
}
