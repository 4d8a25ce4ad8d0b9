// Runs the code blocks of one page as a reader would: in order, in a folder of the page's own.
//
// What stands behind a block's language says what becomes of it (see CONTRIBUTING.md):
//
//   ts                  a program: runs in a process of its own; types are checked with all others
//   ts continued        goes on with the program before it: both run as one, where the first stands
//   sh                  runs in a shell, which ends at the first command that fails
//   c, capnp            is compiled
//   output              what the block before prints; … stands for anything
//   ANY name.ext        is written to that file; what uses it stands further down
//   ANY needs WORD…     as without, where the machine has this (requirements.ts)
//   ANY no-run REASON   is not run
//   text, or nothing    is no code
//
// In a program, `// prints 42` behind a console.log is compared with what it prints.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { type Requirement, requires } from "@tidemark/testing/requirements.js";
import ts from "typescript";
import type { Block } from "./markdown.js";

const timeoutMs = 120_000;
/** What a block that was left would have printed. */
const untold = Symbol("untold");
const checkC = "cc -std=c11 -Wall -Wextra -Werror -fsyntax-only -xc -";

/** How the blocks of a page fared. */
export interface PageRun {
  readonly failures: string[];
  /** Those that did not run, and why. */
  readonly left: string[];
  readonly counts: { run: number; compiled: number; written: number };
}

/** Runs all blocks of one page, in `folder`, which is empty. */
export async function runPage(blocks: readonly Block[], folder: string): Promise<PageRun> {
  const run: PageRun = {
    failures: [],
    left: [],
    counts: { run: 0, compiled: 0, written: 0 },
  };
  furnish(folder);
  let printed: Printed;
  for (const [index, block] of blocks.entries()) {
    const place = `${block.page}:${block.line}`;
    try {
      printed = await runBlock(block, { folder, run, printed, following: blocks.slice(index + 1) });
    } catch (error) {
      printed = undefined;
      run.failures.push(`${place}: ${(error as Error).message}`);
    }
  }
  return run;
}

/** Gives a page what a project of its reader has: our packages, and the commands in PATH. */
function furnish(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), '{ "type": "module", "private": true }\n');
  fs.symlinkSync(path.join(repositoryRoot, "node_modules"), path.join(folder, "node_modules"));
}

/** What a block printed; undefined for one that is not run. */
type Printed = string | typeof untold | undefined;

interface Surroundings {
  readonly folder: string;
  readonly run: PageRun;
  /** What the block before printed. */
  readonly printed: Printed;
  readonly following: readonly Block[];
}

/** Does what a block's first line says; gives what it printed, if it was run. */
async function runBlock(block: Block, around: Surroundings): Promise<Printed> {
  const { run } = around;
  const [word = "", ...rest] = block.info.split(" ").filter((part) => part !== "");
  const place = `${block.page}:${block.line}`;
  if (word === "no-run") {
    if (rest.length < 2) throw new Error("no-run wants a reason behind it");
    run.left.push(`${place} (${block.language}) is not run: ${rest.join(" ")}`);
    return untold;
  }
  if (word === "needs") {
    const missing = requires(...(rest as Requirement[]));
    if (missing !== false) {
      run.left.push(`${place} (${block.language}) did not run: ${missing}`);
      return untold;
    }
  } else if (/^[\w-][\w/.-]*\.\w+$/.test(word) && rest.length === 0) {
    write(block, word, around);
    run.counts.written++;
    return undefined;
  } else if (word !== "" && !(word === "continued" && block.language === "ts")) {
    throw new Error(`"${block.info}" means nothing behind ${block.language}`);
  }
  return await runLanguage(block, around);
}

async function runLanguage(block: Block, around: Surroundings): Promise<Printed> {
  const { folder, run, printed } = around;
  switch (block.language) {
    case "ts":
      // Has run with the block that it continues.
      if (block.info === "continued") return printed;
      run.counts.run++;
      return await runProgram(block, around);
    case "sh":
      run.counts.run++;
      return await succeed("sh", ["-e", "-c", block.text], { folder });
    case "c":
      run.counts.compiled++;
      await succeed("sh", ["-c", checkC], { folder, input: block.text });
      return undefined;
    case "capnp":
      write(block, `block-${block.line}.capnp`, around);
      run.counts.compiled++;
      await succeed("sh", ["-c", `tidemark compile block-${block.line}.capnp`], { folder });
      return undefined;
    case "output":
      if (printed === undefined)
        throw new Error("the block before it printed nothing that is kept");
      if (printed !== untold) compareOutput(block.text, printed);
      return printed;
    case "":
    case "text":
      return undefined;
    default:
      throw new Error(`no one here knows how to run ${block.language}: name a file, or say no-run`);
  }
}

function write(block: Block, name: string, { folder, following }: Surroundings): void {
  const target = path.join(folder, name);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, block.language === "ts" ? atItsLines([block]) : `${block.text}\n`);
  const stem = path.basename(name).replace(/\.\w+$/, "");
  if (name.startsWith("block-") || following.some(({ text }) => text.includes(stem))) return;
  throw new Error(`nothing further down the page uses ${name}`);
}

/** Runs a program, with the blocks that continue it. */
async function runProgram(block: Block, { folder, following }: Surroundings): Promise<string> {
  const programs = following.filter(({ language, info }) => {
    return language === "ts" && /^(continued|needs .*)?$/.test(info);
  });
  const end = programs.findIndex(({ info }) => info !== "continued");
  const parts = [block, ...programs.slice(0, end === -1 ? undefined : end)];
  const source = path.join(folder, `block-${block.line}.ts`);
  fs.writeFileSync(source, atItsLines(parts));
  transpileAll(folder);
  const args = ["--enable-source-maps", source.replace(/\.ts$/, ".js")];
  const printed = await succeed(process.execPath, args, { folder });
  const promised = parts.flatMap(({ text }) => {
    return [...text.matchAll(/\/\/ prints (.*)$/gm)].map(([, line = ""]) => line.trim());
  });
  const lines = printed.split("\n").map((line) => line.trim());
  for (const line of promised) {
    const found = lines.indexOf(line);
    if (found === -1) throw new Error(`does not print "${line}", but:\n${printed}`);
    lines.splice(0, found + 1);
  }
  return printed;
}

/** A module whose lines have the numbers that they have on the page, so that errors name those. */
function atItsLines(blocks: readonly Block[]): string {
  const lines: string[] = [];
  for (const { line, text } of blocks) {
    while (lines.length < line - 1) lines.push("");
    lines.push(...text.split("\n"));
  }
  return `${lines.join("\n")}\n`;
}

/** Takes the types off all that has none taken off yet. Whether they are right is asked later. */
function transpileAll(folder: string): void {
  for (const source of typeScriptFiles(folder)) {
    const target = source.replace(/\.ts$/, ".js");
    if (fs.existsSync(target)) continue;
    const { outputText } = ts.transpileModule(fs.readFileSync(source, "utf8"), {
      fileName: source,
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        inlineSourceMap: true,
      },
    });
    fs.writeFileSync(target, outputText);
  }
}

/** The TypeScript files of a page's folder, those that its own commands made among them. */
export function typeScriptFiles(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return typeScriptFiles(file);
    return entry.isFile() && entry.name.endsWith(".ts") ? [file] : [];
  });
}

function compareOutput(expected: string, printed: string): void {
  const tidy = (text: string) => text.replaceAll(/[ \t]+$/gm, "").trimEnd();
  const pattern = tidy(expected)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*");
  if (new RegExp(`^${pattern}$`).test(tidy(printed))) return;
  throw new Error(`the page says:\n${expected}\nbut the block before prints:\n${printed}`);
}

/** Runs a command to its end; gives what it printed. Anything but exit code 0 is an error. */
function succeed(
  command: string,
  args: readonly string[],
  { folder, input = "" }: { readonly folder: string; readonly input?: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${commandFolder(path.dirname(folder))}:${process.env["PATH"]}`,
      },
      timeout: timeoutMs,
    });
    let stdout = "";
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      all += text;
    });
    child.stdin.on("error", () => undefined).end(input);
    child.on("error", reject).on("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`ended with ${signal ?? `exit code ${code}`}\n${all}`));
    });
  });
}

/** A folder with our commands, as `npm install` makes one; beside the pages' own. */
function commandFolder(above: string): string {
  const folder = path.join(above, ".bin");
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(folder);
  for (const name of ["tidemark", "capnpc"]) {
    const home = path.join(repositoryRoot, "packages", name);
    const { bin } = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8")) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    for (const [command, file] of Object.entries(bin)) {
      const script = `#!/bin/sh\nexec "${process.execPath}" "${path.join(home, file)}" "$@"\n`;
      fs.writeFileSync(path.join(folder, command), script, { mode: 0o755 });
    }
  }
  return folder;
}
