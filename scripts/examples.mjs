// Runs every compiled example. Each checks its own results: a non-zero exit code tells a failure.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../examples", import.meta.url));
const names = fs
  .readdirSync(sources)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => path.basename(name, ".ts"));
let failed = 0;
for (const name of names) {
  console.log(`--- ${name}`);
  const program = path.join(sources, "dist", `${name}.js`);
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", program], {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: 120_000,
  });
  if (status !== 0) {
    failed++;
    console.log(`--- ${name} failed`);
  }
}
console.log(`examples: ${names.length - failed} passed, ${failed} failed`);
if (failed > 0 || names.length === 0) process.exitCode = 1;
