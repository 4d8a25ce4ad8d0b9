// Links: every one leads somewhere, and every page can be reached from the first.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { allPages, anchorsOf, blocksOf, linksOf, readPage } from "./markdown.js";

const pages = allPages();

test("every link to a file, and to a heading, leads somewhere", () => {
  assert.ok(pages.length > 20, "pages are found");
  const dead = pages.flatMap((page) => {
    return linksOf(readPage(page)).flatMap(({ line, target }) => {
      const trouble = troubleWith(page, target);
      return trouble === undefined ? [] : [`${page}:${line}: ${target} ${trouble}`];
    });
  });
  assert.deepEqual(dead, []);
});

test("every page can be reached from the README", () => {
  const reached = new Set(["README.md"]);
  // A set that is walked gives what is added on the way, too.
  for (const page of reached) {
    for (const { target } of linksOf(readPage(page))) {
      const found = fileOf(page, target)?.replace(/\/$/, "");
      // A link to a folder shows what is in it.
      for (const each of pages) {
        if (each === found || path.posix.dirname(each) === found) reached.add(each);
      }
    }
  }
  assert.deepEqual(
    pages.filter((page) => !reached.has(page)),
    [],
  );
});

test("a block that is set in, or has no end, is seen", () => {
  assert.throws(
    () => blocksOf("page.md", "- item\n  ```ts\n  x\n  ```\n"),
    /page\.md:2: a block begins/,
  );
  assert.throws(() => blocksOf("page.md", "```ts\nx\n"), /page\.md:1: this block has no end/);
  assert.equal(blocksOf("page.md", "````text\n```ts\n```\n````\n").length, 1);
});

test("dead links and headings that are not there are seen", () => {
  assert.match(troubleWith("README.md", "docs/nowhere.md") ?? "", /is not there/);
  assert.match(troubleWith("README.md", "docs/safety.md#nowhere") ?? "", /has no such heading/);
  assert.match(troubleWith("README.md", "../outside.md") ?? "", /outside of the repository/);
  assert.equal(troubleWith("README.md", "docs/safety.md#faults"), undefined);
  assert.deepEqual(linksOf("a [b](c.md#d) `[e](f)`\n```\n[g](h)\n```\n"), [
    { line: 1, target: "c.md#d" },
  ]);
  assert.deepEqual([...anchorsOf("# A `b` (c), d\n## A b\n## A b\n")], ["a-b-c-d", "a-b", "a-b-1"]);
});

function troubleWith(page: string, target: string): string | undefined {
  const file = fileOf(page, target);
  if (file === undefined) return undefined;
  if (file.startsWith("..")) return "is outside of the repository";
  if (!fs.existsSync(path.join(repositoryRoot, file))) return "is not there";
  const anchor = target.split("#")[1];
  if (anchor === undefined || !file.endsWith(".md")) return undefined;
  return anchorsOf(readPage(file)).has(anchor) ? undefined : "has no such heading";
}

/** The file that a link names, from the repository's root; undefined for one to elsewhere. */
function fileOf(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = ""] = target.split("#");
  if (file === "") return page;
  return path.posix.join(path.posix.dirname(page), decodeURIComponent(file));
}
