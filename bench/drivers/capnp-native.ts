// Runs the C++ program that builds or reads Cap'n Proto records.

import { spawnSync } from "node:child_process";
import { drive } from "../driver.js";
import type { Sample } from "../sample.js";

interface Job {
  readonly program: string;
  readonly schema: string;
  readonly work: string;
  readonly count: number;
}

await drive(({ program, schema, work, count }: Job): Sample => {
  const run = spawnSync(program, [schema, work, String(count)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (run.status !== 0) throw new Error(`${program} failed (${run.status ?? run.signal})`);
  return JSON.parse(run.stdout);
});
