// A run: every suite in every place, its tables shown as they are done, and all of it kept.

import fs from "node:fs";
import path from "node:path";
import { buildFolder, resultsFolder } from "./locations.js";
import { fileSystemOf, machineFacts, showMachine } from "./machine.js";
import { measure, runCase } from "./measure.js";
import { keepRecord } from "./record.js";
import { type Style, showGoals, showTable } from "./report.js";
import type { Setting, Sizes, Suite } from "./suite.js";
import type { SuiteResult, Table } from "./table.js";

export interface Run {
  readonly suites: readonly { readonly name: string; readonly suite: Suite }[];
  readonly sizes: Sizes;
  readonly quick: boolean;
  /** Where to make files; none: the defaults. */
  readonly directories: readonly string[];
  readonly json: string | undefined;
  readonly style: Style;
}

export function runSuites(run: Run): void {
  // A driver gets the signal, too; its end is the error that has the files removed.
  process.on("SIGINT", () => undefined);
  const start = performance.now();
  const machine = machineFacts();
  console.log(`${showMachine(machine, run.style)}\n`);
  const directories = run.directories.length > 0 ? run.directories : defaultDirectories();
  const results = run.suites.map(({ name, suite }): SuiteResult => {
    const tables = directories.flatMap((directory) => runSuite(suite, directory, run));
    return { suite: name, tables };
  });
  const seconds = Math.round((performance.now() - start) / 1e3);
  console.log(showGoals(results, run.style));
  const names = run.suites.map(({ name }) => name).join("-");
  const file = run.json ?? path.join(resultsFolder, `${names}${run.quick ? "-quick" : ""}.json`);
  keepRecord(file, {
    format: "tidemark-bench",
    version: 1,
    date: new Date().toISOString(),
    quick: run.quick,
    seconds,
    machine,
    suites: results,
  });
  console.error(`took ${seconds} s; kept in ${path.relative(process.cwd(), file)}`);
}

/** A disk, and memory where there is such a file system. */
function defaultDirectories(): string[] {
  fs.mkdirSync(buildFolder, { recursive: true });
  const inMemory = "/dev/shm";
  return fs.existsSync(inMemory) ? [buildFolder, inMemory] : [buildFolder];
}

function runSuite(suite: Suite, directory: string, run: Run): Table[] {
  const folder = fs.mkdtempSync(path.join(path.resolve(directory), "tidemark-bench-"));
  try {
    const fileSystem = fileSystemOf(folder);
    const inMemory = fileSystem === "tmpfs";
    const setting: Setting = { folder, fileSystem, inMemory, sizes: run.sizes };
    const { preparation = [], groups } = suite(setting);
    for (const each of preparation) runCase(each);
    return groups.map((group) => {
      const table = measure(group, setting, (round, name) => {
        showProgress(`${group.layout.title} (${fileSystem}), ${round}/${group.rounds}: ${name}`);
      });
      showProgress("");
      console.log(`${showTable(table, run.style)}\n`);
      return table;
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What is going on, in one line of a terminal that is written over. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
