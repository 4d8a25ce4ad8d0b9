// docs/errors.md lists every error there is, and no other.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as capnp from "@tidemark/capnp";
import * as dynamic from "@tidemark/capnp/dynamic";
import * as messageFiles from "@tidemark/capnp/file";
import * as capnpc from "@tidemark/capnpc";
import * as core from "@tidemark/core";
import * as heap from "@tidemark/core/heap";
import * as records from "@tidemark/core/records";
import * as sync from "@tidemark/core/sync";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { readPage } from "./markdown.js";

const page = "docs/errors.md";
const text = readPage(page);
const entries = [core, heap, records, sync, capnp, dynamic, messageFiles, capnpc];
const libraries = sourcesOf("core", "capnp", "capnpc");
const sources = [...libraries, ...sourcesOf("tidemark")];

test("every code of the source is in the table of errors, and no other", () => {
  const used = sources.flatMap((source) => source.match(/ERR_TIDEMARK_\w+/g) ?? []);
  assert.ok(used.length > 50, "codes are found");
  assert.deepEqual(names(text, /ERR_TIDEMARK_\w+/g), [...new Set(used)].sort());
});

test("every class of errors that a package exports is in the table, and no other", () => {
  const exported = new Set(
    entries.flatMap((entry) => {
      return Object.values(entry).flatMap((value: unknown) => {
        return typeof value === "function" && value.prototype instanceof Error ? [value.name] : [];
      });
    }),
  );
  // What all of them have in common is never thrown itself.
  const common = ["TidemarkError"];
  const system = ["TypeError", "RangeError"];
  const told = names(text, /\b[A-Z]\w*Error\b/g).filter((name) => !system.includes(name));
  assert.deepEqual(told, [...new Set([...exported, ...common])].sort());
});

test("what documentation comments say is thrown is in the table", () => {
  const thrown = libraries.flatMap((source) => {
    // From the tag to the next one, or to the end of the comment.
    return [...source.matchAll(/@throws([^@]*?(?:\{@link[^}]*\}[^@]*?)*)(?:\*\/|\* @\w)/g)].flatMap(
      ([, words = ""]) => words.match(/\b[A-Z]\w*Error\b|ERR_TIDEMARK_\w+/g) ?? [],
    );
  });
  assert.ok(thrown.length > 100, "comments are found");
  const told = new Set(text.match(/\b[A-Z]\w*Error\b|ERR_TIDEMARK_\w+/g));
  assert.deepEqual(
    [...new Set(thrown)].filter((name) => !told.has(name)),
    [],
  );
});

test("every kind of fault is in the tables of errors and of safety", () => {
  const source = fs.readFileSync(
    path.join(repositoryRoot, "packages/core/src/mapping/mapping-fault.ts"),
    "utf8",
  );
  const kinds = /faultKinds = \[([^\]]*)\]/.exec(source)?.[1]?.match(/"[\w-]+"/g) ?? [];
  assert.ok(kinds.length >= 10, "kinds are found");
  for (const kind of kinds.map((word) => word.slice(1, -1))) {
    for (const place of [page, "docs/safety.md"]) {
      assert.ok(readPage(place).includes(`\`${kind}\``), `${place} says nothing of ${kind}`);
    }
  }
});

function names(content: string, pattern: RegExp): string[] {
  return [...new Set(content.match(pattern))].sort();
}

function sourcesOf(...packages: readonly string[]): string[] {
  return packages.flatMap((name) => sourcesIn(path.join(repositoryRoot, "packages", name, "src")));
}

function sourcesIn(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(file);
    return file.endsWith(".ts") ? [fs.readFileSync(file, "utf8")] : [];
  });
}
