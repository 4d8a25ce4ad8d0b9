// A run: every suite in every place, its tables shown as they are done, and all of it kept.

import fs from "node:fs";
import path from "node:path";
import { buildFolder, sourceFolder } from "./locations.js";
import { fileSystemOf, machineFacts, showMachine } from "./machine.js";
import { Interrupted, measure, runCase } from "./measure.js";
import { keepRecord, type RunRecord } from "./record.js";
import { type Style, showGoals, showTable } from "./report.js";
import type { Setting, Sizes } from "./suite.js";
import type { NamedSuite } from "./suites/all.js";
import type { SuiteResult, Table } from "./table.js";

export interface Run {
  readonly suites: readonly NamedSuite[];
  readonly sizes: Sizes;
  readonly quick: boolean;
  /** Where to make files; none: the defaults. */
  readonly directories: readonly string[];
  /** Where the samples are kept. */
  readonly json: string;
  readonly style: Style;
}

/** Runs suites one after the other. One that fails is reported, and does not end the others. */
export function runSuites(run: Run): RunRecord {
  // A driver gets the signal, too; its end is the error that has the files removed.
  process.on("SIGINT", () => undefined);
  const start = performance.now();
  const machine = machineFacts();
  console.log(`${showMachine(machine, run.style)}\n`);
  const directories = run.directories.length > 0 ? run.directories : defaultDirectories();
  const suites = run.suites.map((suite) => runSuite(suite, directories, run));
  const record: RunRecord = {
    format: "tidemark-bench",
    version: 1,
    date: new Date().toISOString(),
    quick: run.quick,
    seconds: secondsSince(start),
    machine,
    suites,
  };
  console.log(showGoals(suites, run.style));
  keepRecord(run.json, record);
  console.error(`took ${record.seconds} s; kept in ${path.relative(process.cwd(), run.json)}`);
  return record;
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1e3);
}

/** A disk, and memory where there is such a file system. */
function defaultDirectories(): string[] {
  fs.mkdirSync(buildFolder, { recursive: true });
  const inMemory = "/dev/shm";
  return fs.existsSync(inMemory) ? [buildFolder, inMemory] : [buildFolder];
}

function runSuite(named: NamedSuite, directories: readonly string[], run: Run): SuiteResult {
  const start = performance.now();
  const tables: Table[] = [];
  const failures: string[] = [];
  for (const directory of directories) {
    attempt(failures, `${named.name}, ${directory}`, () => {
      runInFolder(named, directory, run, { tables, failures });
    });
  }
  const result = { suite: named.name, tables, seconds: secondsSince(start) };
  return failures.length === 0 ? result : { ...result, failures };
}

/** Does something; what goes wrong is told and noted, unless it is the user who wants an end. */
function attempt(failures: string[], what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    // Results are shown elsewhere: where this repository is, is nobody's business there.
    const told = error instanceof Error ? error.message : String(error);
    const reason = told.replaceAll(sourceFolder, "bench/");
    showProgress("");
    console.error(`FAILED: ${what}: ${reason}\n`);
    failures.push(reason);
  }
}

function runInFolder(
  { name, suite }: NamedSuite,
  directory: string,
  run: Run,
  { tables, failures }: { readonly tables: Table[]; readonly failures: string[] },
): void {
  const folder = fs.mkdtempSync(path.join(path.resolve(directory), "tidemark-bench-"));
  try {
    const fileSystem = fileSystemOf(folder);
    const inMemory = fileSystem === "tmpfs";
    // A quick run is quick by doing there once what it does twice on the disk.
    const rounds = run.quick && inMemory ? 1 : run.sizes.rounds;
    const setting: Setting = { folder, fileSystem, inMemory, sizes: { ...run.sizes, rounds } };
    const { preparation = [], groups } = suite(setting);
    for (const each of preparation) {
      showProgress(`${name} (${fileSystem}): ${each.name}`);
      runCase(each);
    }
    for (const group of groups) {
      const title = `${group.layout.title} (${fileSystem})`;
      attempt(failures, title, () => {
        const table = measure(group, setting, (round, each) => {
          showProgress(`${title}, ${round}/${group.rounds}: ${each}`);
        });
        tables.push(table);
        showProgress("");
        console.log(`${showTable(table, run.style)}\n`);
      });
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What is going on, in one line of a terminal that is written over. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
