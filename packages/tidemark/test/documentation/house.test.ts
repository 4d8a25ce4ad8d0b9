// The map of the house names every room.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { readPage } from "./markdown.js";

const map = readPage("docs/architecture.md");
const made = new Set(["node_modules", "dist", "build", "prebuilds"]);

test("docs/architecture.md names every package and every folder of its source", () => {
  const packages = foldersIn("packages");
  assert.ok(packages.length >= 5, "packages are found");
  const missing = packages.flatMap((name) => {
    const source = path.join("packages", name, "src");
    return [`packages/${name}/`, ...foldersIn(source).map((folder) => `${folder}/`)].filter(
      (word) => !map.includes(word),
    );
  });
  assert.deepEqual(missing, []);
});

test("docs/architecture.md names every file of the native core", () => {
  const native = path.join(repositoryRoot, "packages", "core", "native");
  const files = fs.readdirSync(native).filter((name) => name.endsWith(".c"));
  assert.ok(files.length > 10, "files are found");
  assert.deepEqual(
    files.filter((name) => !map.includes(`\`${name}\``)),
    [],
  );
});

test("docs/architecture.md and CONTRIBUTING.md name every folder of the repository", () => {
  const contributing = readPage("CONTRIBUTING.md");
  for (const folder of foldersIn("")) {
    assert.ok(map.includes(` ${folder}/`), `docs/architecture.md says nothing of ${folder}/`);
    assert.ok(contributing.includes(`\`${folder}`), `CONTRIBUTING.md says nothing of ${folder}`);
  }
});

function foldersIn(folder: string): string[] {
  return fs
    .readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !made.has(entry.name) && !entry.name.startsWith("."))
    .map((entry) => entry.name);
}
