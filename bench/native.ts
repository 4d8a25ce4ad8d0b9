// The C programs of native/, compiled when they are first asked for.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { buildFolder, sourceFolder } from "./locations.js";

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
