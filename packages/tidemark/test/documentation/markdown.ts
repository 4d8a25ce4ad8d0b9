// What of a page of documentation can be checked: its code blocks, its links, and what links reach.

import fs from "node:fs";
import path from "node:path";
import { repositoryRoot } from "@tidemark/testing/locations.js";

/** A fenced block of a page. */
export interface Block {
  /** From the repository's root. */
  readonly page: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  /** The first word behind the fence; empty without one. */
  readonly language: string;
  /** What follows that word. */
  readonly info: string;
  readonly text: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

const madeFolders = new Set(["node_modules", "dist", "build", "prebuilds"]);

/** Every page of the repository, from its root. */
export function allPages(): string[] {
  return walk("").sort();
}

function walk(folder: string): string[] {
  return fs
    .readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.posix.join(folder, entry.name);
      if (!entry.isDirectory()) return name.endsWith(".md") ? [name] : [];
      return madeFolders.has(entry.name) || entry.name.startsWith(".") ? [] : walk(name);
    });
}

export function readPage(page: string): string {
  return fs.readFileSync(path.join(repositoryRoot, page), "utf8");
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^(```+|~~~+)\s*(.*)$/.exec(line);
    if (open === undefined) {
      // One that is set in would not be found, and so not be run.
      if (/^[\s>*+-]+(```|~~~)/.test(line)) {
        throw new Error(`${page}:${index + 1}: a block begins where its line does`);
      }
      if (fence === null) continue;
      open = { fence: fence[1] ?? "", line: index + 2, info: fence[2] ?? "", lines: [] };
    } else if (line.trimEnd() === open.fence) {
      const [language = "", ...words] = open.info.trim().split(/\s+/);
      const info = words.join(" ");
      blocks.push({ page, line: open.line, language, info, text: open.lines.join("\n") });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line - 1}: this block has no end`);
  return blocks;
}

/** The links of a page outside of its code, also those of references. */
export function linksOf(text: string): Link[] {
  return prose(text).flatMap((content, index) => {
    const inline = content.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g);
    const references = content.matchAll(/^\[[^\]]+\]:\s+(\S+)/g);
    const html = content.matchAll(/\b(?:href|src)="([^"]+)"/g);
    return [...inline, ...references, ...html].map(([, target = ""]) => {
      return { line: index + 1, target };
    });
  });
}

/** The anchors that the headings of a page give, as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose(text, { code: "kept" })) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const words = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\p{Mark}_\- ]/gu, "")
      .replaceAll(" ", "-");
    let anchor = words;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${words}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The lines of a page, with those of its blocks, and pieces of code in a line, made empty. */
function prose(text: string, { code = "dropped" }: { code?: "dropped" | "kept" } = {}): string[] {
  let fence: string | undefined;
  return text.split("\n").map((line) => {
    const mark = /^(```+|~~~+)/.exec(line)?.[1];
    if (fence !== undefined) {
      if (line.trimEnd() === fence) fence = undefined;
      return "";
    }
    if (mark !== undefined) {
      fence = mark;
      return "";
    }
    return code === "kept" ? line : line.replaceAll(/`[^`]*`/g, "");
  });
}
