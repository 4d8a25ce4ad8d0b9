// Runs the cases of a table: each in a fresh process, in turn (A B C A B C …), so that what changes
// on the machine meanwhile meets all of them.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample } from "./sample.js";
import type { Case, Group, Setting } from "./suite.js";
import type { Table } from "./table.js";

const driverFolder = fileURLToPath(new URL("./drivers/", import.meta.url));

/** Takes all samples of a table. `onCase` hears of each before it runs. */
export function measure(
  group: Group,
  setting: Setting,
  onCase: (round: number, name: string) => void,
): Table {
  const samples = group.cases.map((): Sample[] => []);
  for (let round = 1; round <= group.rounds; round++) {
    for (const [index, each] of group.cases.entries()) {
      onCase(round, each.name);
      settle(setting.folder);
      samples[index]?.push(runCase(each));
    }
  }
  const rows = group.cases.map(({ name, peer = false }, index) => {
    return { name, ...(peer ? { peer } : {}), samples: samples[index] ?? [] };
  });
  const table = { ...group.layout, fileSystem: setting.fileSystem, rows };
  checkSameData(table);
  return table;
}

/** The run was broken off by who started it. */
export class Interrupted extends Error {}

/** What no driver needs, unless it hangs. */
const longestMs = 10 * 60_000;

/** Runs a driver, and gives its sample. */
export function runCase({ name, driver, parameters, missing }: Case): Sample {
  if (missing !== undefined) return { metrics: {}, skipped: missing };
  const program = path.join(driverFolder, `${driver}.js`);
  const run = spawnSync(
    process.execPath,
    ["--enable-source-maps", program, JSON.stringify(parameters)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: longestMs },
  );
  if (run.signal === "SIGINT") throw new Interrupted("interrupted");
  if (run.status !== 0) {
    const why = run.error?.message ?? run.signal ?? `exit code ${run.status}`;
    throw new Error(`the case "${name}" failed (${why})`);
  }
  return JSON.parse(run.stdout);
}

/** Has changed pages written back: one case must not pay for another. Nothing is dropped. */
function settle(folder: string): void {
  const { status } = spawnSync("sync", ["--file-system", folder]);
  if (status !== 0) spawnSync("sync");
}

/** All cases that tell of the data they saw must have seen the same. */
function checkSameData({ title, rows }: Table): void {
  const seen = rows.flatMap(({ samples }) => samples.map(({ checksum }) => checksum));
  const different = new Set(seen.filter((checksum) => checksum !== undefined));
  if (different.size > 1) {
    throw new Error(`the cases of "${title}" saw different data: ${[...different].join(", ")}`);
  }
}
