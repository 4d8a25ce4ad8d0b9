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
  const rows = group.cases.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
  const table = { ...group.layout, fileSystem: setting.fileSystem, rows };
  checkSameData(table);
  return table;
}

/** Runs a driver, and gives its sample. */
export function runCase({ name, driver, parameters }: Case): Sample {
  const program = path.join(driverFolder, `${driver}.js`);
  const run = spawnSync(
    process.execPath,
    ["--enable-source-maps", program, JSON.stringify(parameters)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (run.status !== 0) {
    throw new Error(
      `the case "${name}" failed (${run.error?.message ?? run.status ?? run.signal})`,
    );
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
