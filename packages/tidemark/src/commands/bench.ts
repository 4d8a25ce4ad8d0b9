// tidemark bench: what mapped files bring on this machine and this disk.

import fs from "node:fs";
import { Command } from "commander";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson, sizeText } from "../command/output.js";
import { positiveQuantity } from "../command/quantities.js";
import { bar } from "../measuring/bars.js";
import { fileSystemOf, freeByteLength } from "../measuring/file-systems.js";
import { makeFolder, removeFolders, removeFoldersOnSignals } from "../measuring/folders.js";
import { type Group, measureAll, type Result } from "../measuring/groups.js";
import { pieceByteLength } from "../measuring/numbers.js";

interface BenchOptions {
  readonly directory: string;
  readonly size?: number;
  readonly json?: true;
}

const defaultByteLength = 2 ** 28;
/** Of what fits in a buffer of every Node; more tells nothing more. */
const longestByteLength = 2 ** 31;
/** No further rounds after this: all of it takes some seconds more at most. */
const budgetMs = 12_000;
const barWidth = 32;

export function benchCommand(): Command {
  return new Command("bench")
    .description("measure mapped files against read, write and their like, on this disk")
    .option("-d, --directory <dir>", "where to make files", ".")
    .option("--size <n>", "bytes of a file, from 1M to 2G (default: 256M)", positiveQuantity)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nIt takes some seconds, needs room for two and a half such files, and removes them.\n" +
        "\nExamples:\n  tidemark bench\n  tidemark bench --directory /mnt/data --size 1G --json",
    )
    .action(bench);
}

async function bench({ directory, size, json }: BenchOptions): Promise<void> {
  const byteLength = checkedByteLength(directory, size);
  removeFoldersOnSignals();
  try {
    const common = { folder: makeFolder(directory), onCase: showProgress };
    // The first mapping to be closed undoes what was compiled before: that must not be measured.
    const small = {
      byteLength: pieceByteLength,
      limitMs: 30,
      rounds: 2,
      deadline: Number.POSITIVE_INFINITY,
    };
    await measureAll({ ...common, ...small });
    const deadline = performance.now() + budgetMs;
    const groups = await measureAll({ ...common, byteLength, limitMs: 400, rounds: 3, deadline });
    showProgress("");
    show(groups, { directory, byteLength, json });
  } finally {
    showProgress("");
    removeFolders();
  }
}

/** What is asked for, or the usual, or less of it where there is not enough room. */
function checkedByteLength(directory: string, size: number | undefined): number {
  const free = freeByteLength(directory);
  if (size === undefined) {
    const fitting = Math.floor(free / 4 / pieceByteLength) * pieceByteLength;
    if (fitting >= pieceByteLength) return Math.min(defaultByteLength, fitting);
  } else if (size < pieceByteLength || size > longestByteLength) {
    throw new CommandFailure(`--size must be from 1M to 2G, got ${sizeText(size)}`, 2);
  }
  const byteLength = Math.floor((size ?? pieceByteLength) / pieceByteLength) * pieceByteLength;
  if (free >= 2.5 * byteLength) return byteLength;
  throw new CommandFailure(
    `${directory} has ${sizeText(free)} free, and this takes ${sizeText(2.5 * byteLength)}: ` +
      "give another --directory, or a smaller --size",
  );
}

function show(
  groups: readonly Group[],
  {
    directory,
    byteLength,
    json,
  }: { directory: string; byteLength: number; json?: true | undefined },
): void {
  const fileSystem = fileSystemOf(directory);
  if (json) {
    printJson({ directory, fileSystem, byteLength, node: process.version, groups });
    return;
  }
  print(`${directory} (${fileSystem}), a file of ${sizeText(byteLength)}, Node ${process.version}`);
  for (const group of groups) printGroup(group);
  print("\nmapped: in this process's memory. The others are system calls, through Node's fs.");
  flushOutput();
}

function printGroup({ title, unit, note, cases }: Group): void {
  const better = unit === "ns" ? "less is better" : "more is better";
  print(`\n${title}, ${unit} (${better})`);
  if (note !== undefined) print(`  ${note}`);
  const width = Math.max(...cases.map(({ name }) => name.length));
  const greatest = Math.max(...cases.map(({ value }) => value ?? 0));
  for (const each of cases) print(`  ${each.name.padEnd(width)}  ${valueText(each, greatest)}`);
}

function valueText({ value, skipped }: Result, greatest: number): string {
  if (value === null) return `       -  ${skipped}`;
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits).padStart(8)}  ${bar(value, greatest, barWidth)}`;
}

/** What is going on, in one line of a terminal that is written over. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) fs.writeSync(2, `\r\u001b[K${text}`);
}
