// The source tests itself: the rules of the house that neither compiler nor linter knows.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import ts from "typescript";

/** What a package may import of the others. `capnp/file` is the part of capnp that knows files. */
const packageLayers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  capnp: [],
  "capnp/file": ["core", "capnp"],
  capnpc: ["capnp"],
  tidemark: ["core", "capnp", "capnp/file", "capnpc"],
  testing: ["core", "capnp"],
};

/** What a folder of core's source may import of the others. Its plain files are the `ground`. */
const coreLayers: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  mapping: ["ground"],
  growth: ["ground", "mapping"],
  tracking: ["ground", "mapping"],
  sharing: ["ground", "mapping"],
  sync: ["ground", "mapping"],
  records: ["ground", "mapping"],
  heap: ["ground", "mapping", "growth", "sync"],
};

const longestFile = 500;
const widestLine = 100;
const madeFolders = new Set(["node_modules", "dist", "build", "prebuilds", ".git"]);
const vagueNames = /^(utils?|helpers?|common|misc)$/;

const files = walk("");
const generated = /\.capnp\.ts$/;
const sources = files.filter((file) => /\.(ts|mjs|c|h|cc)$/.test(file) && !generated.test(file));

test("no file is longer than a reader can hold, no line wider than the page", () => {
  const troubles = sources.flatMap((file) => {
    const lines = read(file).split("\n");
    const wide = lines.flatMap((line, index) => {
      return line.length > widestLine ? [`${file}:${index + 1} has ${line.length} columns`] : [];
    });
    return [
      ...(lines.length > longestFile + 1 ? [`${file} has ${lines.length - 1} lines`] : []),
      ...wide,
    ];
  });
  assert.deepEqual(troubles, []);
});

test("every file and folder is named by what it is about", () => {
  const vague = files.filter((file) => {
    return file.split("/").some((part) => vagueNames.test(part.replace(/\..*$/, "")));
  });
  assert.deepEqual(vague, []);
});

test("packages import one another in one direction", () => {
  const troubles = sourceImports("packages").flatMap(({ file, target }) => {
    const importer = packageLayerOf(file);
    const imported = packageLayerNamed(target);
    if (importer === undefined || imported === undefined) return [];
    // Inside a package, folders are another rule's business.
    if (importer === imported || packageLayers[importer]?.includes(imported)) return [];
    return [`${file} (${importer}) imports ${target}`];
  });
  assert.deepEqual(troubles, []);
});

test("the folders of core import one another in one direction", () => {
  const source = "packages/core/src/";
  const troubles = sourceImports(source).flatMap(({ file, target }) => {
    if (file === `${source}index.ts` || !target.startsWith(".")) return [];
    const resolved = path.posix.join(path.posix.dirname(file), target);
    const importer = coreLayerOf(file.slice(source.length));
    const imported = coreLayerOf(resolved.slice(source.length));
    if (resolved === `${source}index.js`) return [`${file} imports the package's front door`];
    if (importer === imported || coreLayers[importer]?.includes(imported)) return [];
    return [`${file} (${importer}) imports ${target} (${imported})`];
  });
  assert.deepEqual(troubles, []);
});

test("the Cap'n Proto runtime runs without Node.js, but for its files", () => {
  const troubles = sourceImports("packages/capnp/src/")
    .filter(({ file, target }) => packageLayerOf(file) === "capnp" && target.startsWith("node:"))
    .map(({ file, target }) => `${file} imports ${target}`);
  assert.deepEqual(troubles, []);
});

test("only the binding knows JavaScript in C, and only it knows C in JavaScript", () => {
  const c = sources.filter((file) => {
    return /\.[ch]$/.test(file) && !file.includes("/native/binding/");
  });
  assert.deepEqual(
    c.filter((file) => read(file).includes("node_api.h")),
    [],
  );
  const loaders = sources.filter((file) => {
    return file.startsWith("packages/core/src/") && /tidemark\.node|dlopen/.test(read(file));
  });
  assert.deepEqual(
    loaders.filter((file) => file !== "packages/core/src/binding.ts"),
    [],
  );
});

test("nothing names the host that packages come from", () => {
  const resolved = Object.values(lockedPackages()).filter(({ resolved }) => {
    return resolved?.includes("://");
  });
  assert.deepEqual(resolved, []);
  assert.doesNotMatch(read(".npmrc"), /:\/\/|registry *=/);
});

function lockedPackages(): Record<string, { readonly resolved?: string }> {
  return JSON.parse(read("package-lock.json")).packages;
}

/** Every import of the TypeScript files below `folder` that are part of some package's source. */
function sourceImports(folder: string): { readonly file: string; readonly target: string }[] {
  return sources
    .filter((file) => file.startsWith(folder) && /^packages\/[^/]+\/src\/.*\.ts$/.test(file))
    .flatMap((file) => {
      return ts
        .preProcessFile(read(file), true, true)
        .importedFiles.map(({ fileName }) => ({ file, target: fileName }));
    });
}

function packageLayerOf(file: string): string | undefined {
  const [, name, , inside = ""] = file.split("/");
  return name === "capnp" && /^file\b/.test(inside) ? "capnp/file" : name;
}

function packageLayerNamed(target: string): string | undefined {
  if (target === "tidemark" || target.startsWith("tidemark/")) return "tidemark";
  const [, name, inside] = /^@tidemark\/([^/]+)(?:\/(.*))?$/.exec(target) ?? [];
  return name === "capnp" && inside === "file" ? "capnp/file" : name;
}

function coreLayerOf(file: string): string {
  const [folder = "", ...inside] = file.split("/");
  return inside.length === 0 ? "ground" : folder;
}

function walk(folder: string): string[] {
  return fs
    .readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.posix.join(folder, entry.name);
      if (!entry.isDirectory()) return [name];
      return madeFolders.has(entry.name) ? [] : walk(name);
    });
}

function read(file: string): string {
  return fs.readFileSync(path.join(repositoryRoot, file), "utf8");
}
