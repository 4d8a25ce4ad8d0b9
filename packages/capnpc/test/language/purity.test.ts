// The compiler runs in browsers: what its front door loads needs nothing of Node.js.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import ts from "typescript";

/** Every module that `file` loads, through relative imports. */
function loadedFrom(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { fileName } of ts.preProcessFile(fs.readFileSync(file, "utf8")).importedFiles) {
    if (fileName.startsWith(".")) loadedFrom(path.resolve(path.dirname(file), fileName), seen);
    else seen.add(fileName);
  }
  return seen;
}

test("the compiler imports nothing of Node.js", () => {
  const loaded = loadedFrom(path.join(packageRoot, "dist/compile/compiler.js"));
  assert.ok(loaded.size > 20);
  assert.deepEqual(
    [...loaded].filter((name) => name.startsWith("node:")),
    [],
  );
});

test("the standard files as modules are those in the folder", async () => {
  const folder = path.join(packageRoot, "standard");
  const { standardFiles } = await import(path.join(folder, "files.js"));
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".capnp"));
  assert.deepEqual(Object.keys(standardFiles).sort(), names.sort());
  for (const name of names) {
    assert.equal(standardFiles[name], fs.readFileSync(path.join(folder, name), "utf8"));
  }
});
