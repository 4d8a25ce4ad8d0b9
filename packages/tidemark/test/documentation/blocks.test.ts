// Every code block of the documentation runs as it stands there, and its types are right.

import assert from "node:assert/strict";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { allPages, type Block, blocksOf, readPage } from "./markdown.js";
import { runPage, typeScriptFiles } from "./page-run.js";
import { mistakesOf } from "./type-check.js";

const root = temporaryFolder();
const pages = allPages()
  .map((page) => ({ page, blocks: blocksOf(page, readPage(page)) }))
  .filter(({ blocks }) => blocks.some(({ language }) => !["", "text"].includes(language)));

describe("the code blocks of", { concurrency: os.availableParallelism() }, () => {
  for (const { page, blocks } of pages) {
    test(page, async (t) => {
      const { failures, left } = await runPage(blocks, folderOf(page));
      for (const line of left) t.diagnostic(line);
      if (failures.length > 0) assert.fail(failures.join("\n\n"));
    });
  }
});

test("all programs of the documentation have right types", () => {
  const files = pages.flatMap(({ page }) => typeScriptFiles(folderOf(page)));
  assert.ok(files.length > 10, "there are programs");
  const mistakes = mistakesOf(files);
  if (mistakes !== "") assert.fail(mistakes);
});

test("a program that throws, prints something else, or has wrong types is seen", async () => {
  const folder = path.join(root, "mistakes");
  const blocks = [
    block({ line: 2, text: 'throw new Error("as planned");' }),
    block({ line: 4, text: "console.log(6 * 7); // prints 41" }),
    block({ line: 6, text: "console.log(6 * 7); // prints 42" }),
    block({ line: 8, language: "output", text: "4…3" }),
    block({ line: 10, text: 'const number: number = "text";\nconsole.log(number);' }),
    block({ line: 14, language: "sh", text: "false\ntrue" }),
    block({ line: 16, language: "c", text: "int main(void) { return x; }" }),
    block({ line: 18, language: "capnp", text: "struct {" }),
    block({ line: 20, language: "cobol", text: "STOP RUN." }),
    block({ line: 22, language: "sh", info: "no-run", text: "true" }),
    block({ line: 24, language: "capnp", info: "unused.capnp", text: "" }),
  ];
  const { failures } = await runPage(blocks, folder);
  assert.deepEqual(
    failures.map((failure) => /^page\.md:(\d+)/.exec(failure)?.[1]),
    ["2", "4", "8", "14", "16", "18", "20", "22", "24"],
  );
  assert.match(failures[0] ?? "", /as planned[\s\S]*block-2\.ts:2/);
  assert.match(mistakesOf(typeScriptFiles(folder)), /block-10\.ts:10.*not assignable/);
});

function block(parts: Partial<Block>): Block {
  return { page: "page.md", line: 1, language: "ts", info: "", text: "", ...parts };
}

function folderOf(page: string): string {
  return path.join(root, page.replaceAll("/", "-"));
}
