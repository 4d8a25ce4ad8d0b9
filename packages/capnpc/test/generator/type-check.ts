// Checks generated code with this repository's own compiler and settings.

import fs from "node:fs";
import path from "node:path";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import ts from "typescript";
import type { GeneratedFile } from "#capnpc/generator/generate.js";

const made = new Set<string>();

/**
 * What the compiler has against the files, as text: nothing, when they are right. They are put into
 * a folder from which the runtime is found as from a user's.
 */
export function typeCheck(files: readonly GeneratedFile[]): string {
  const folder = checkFolder();
  const names = files.map(({ path: name, text }) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  });
  const program = ts.createProgram(names, compilerOptions());
  const found = ts.getPreEmitDiagnostics(program);
  return ts.formatDiagnostics(found, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => "\n",
  });
}

function checkFolder(): string {
  const build = path.join(repositoryRoot, "packages", "capnpc", "build");
  const folder = fs.mkdtempSync(path.join(build, "check-"));
  if (made.size === 0) {
    process.on("exit", () => {
      for (const each of made) fs.rmSync(each, { recursive: true, force: true });
    });
  }
  made.add(folder);
  return folder;
}

function compilerOptions(): ts.CompilerOptions {
  const base = path.join(repositoryRoot, "tsconfig.base.json");
  const { config } = ts.readConfigFile(base, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repositoryRoot);
  return { ...options, composite: false, incremental: false, noEmit: true, types: [] };
}
