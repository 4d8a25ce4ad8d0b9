// A small run, as it is kept: what the tests of the report show.

import type { RunRecord } from "../record.js";
import type { Row, Table } from "../table.js";

/** A row with the samples of its rounds. */
export function row(name: string, values: readonly number[], more: Partial<Row> = {}): Row {
  return { name, samples: values.map((ns) => ({ metrics: { ns } })), ...more };
}

export const table: Table = {
  title: "Read <all> & nothing else",
  fileSystem: "ext4",
  columns: [{ metric: "ns", title: "read, ns", spread: true }],
  ratios: [{ title: "x faster", metric: "ns", against: "other", inverse: true }],
  goals: [
    {
      work: "read",
      case: "ours",
      metric: "ns",
      against: "other",
      inverse: true,
      least: 2,
      unit: "x",
    },
    { work: "read", case: "ours", metric: "ns", most: 5, unit: "ns" },
    { work: "read", case: "ours", metric: "ns", against: "absent", most: 1, unit: "x" },
  ],
  rows: [
    row("ours", [10, 12, 11]),
    row("other", [40, 44, 33], { peer: true }),
    { name: "absent", peer: true, samples: [{ metrics: {}, skipped: "not installed: absent" }] },
  ],
};

export const sampleRecord: RunRecord = {
  format: "tidemark-bench",
  version: 1,
  date: "2026-01-02T03:04:05.000Z",
  quick: false,
  seconds: 61,
  machine: {
    processor: "A & B",
    cores: 2,
    memoryGib: 4,
    kernel: "Linux 6.1",
    node: "v20.0.0",
    v8: "11",
    load: 0,
    hugePages: "never",
    hugePagesInMemory: "never",
  },
  suites: [
    { suite: "access", tables: [table], seconds: 60 },
    { suite: "heap", tables: [], seconds: 1, failures: ['the case "<b>" failed (exit code 1)'] },
  ],
};
