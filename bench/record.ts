// A run as it is kept: JSON, from which every table can be made again.

import fs from "node:fs";
import path from "node:path";
import type { Machine } from "./machine.js";
import type { SuiteResult } from "./table.js";

export interface RunRecord {
  readonly format: "tidemark-bench";
  readonly version: 1;
  readonly date: string;
  /** Small sizes, whose figures mean little. */
  readonly quick: boolean;
  readonly seconds: number;
  readonly machine: Machine;
  readonly suites: readonly SuiteResult[];
}

export function keepRecord(file: string, record: RunRecord): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(record, rounded, 1)}\n`);
}

export function readRecord(file: string): RunRecord {
  const record = JSON.parse(fs.readFileSync(file, "utf8"));
  if (record.format !== "tidemark-bench" || record.version !== 1) {
    throw new Error(`${file} is not a benchmark record of version 1`);
  }
  return record;
}

/** Six digits are more than any of this means. Checksums are whole numbers, and stay. */
function rounded(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return Number(value.toPrecision(6));
}
