// Reserves 1 TiB over an empty file from C: what the system alone takes.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { drive } from "../driver.js";

interface ReserveNative {
  readonly folder: string;
  readonly count: number;
  readonly program: string;
}

await drive(({ folder, count, program }: ReserveNative) => {
  const file = path.join(folder, "reserved-natively");
  const run = spawnSync(program, [file, String(count)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  fs.rmSync(file, { force: true });
  if (run.status !== 0) throw new Error(`reserve failed (${run.status ?? run.signal})`);
  return { metrics: JSON.parse(run.stdout) };
});
