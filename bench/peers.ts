// Databases to compare with. They are installed in a folder of their own, when they are first to be
// measured: one of them is compiled where there is no binary of it, which may take minutes or fail,
// and nothing but a row of a table depends on that.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { sourceFolder } from "./locations.js";

const folder = path.join(sourceFolder, "peers");
const manifest = path.join(folder, "package.json");
const longestMs = 10 * 60_000;

/** Installs what is not there yet. What fails is told; its rows will say that it is missing. */
export function installPeers(): void {
  const names = Object.keys(JSON.parse(fs.readFileSync(manifest, "utf8")).dependencies);
  const missing = names.filter((name) => {
    return !fs.existsSync(path.join(folder, "node_modules", name, "package.json"));
  });
  if (missing.length === 0) return;
  console.error(`installing ${missing.join(" and ")} in bench/peers, once: it may be compiled`);
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
  const run = spawnSync("npm", args, { cwd: folder, stdio: "inherit", timeout: longestMs });
  if (run.status !== 0) console.error("that failed: the rows of what is missing say so");
}

/** A peer's module; undefined where it is not installed or cannot be loaded. */
export function loadPeer<T>(name: string): T | undefined {
  try {
    return createRequire(manifest)(name) as T;
  } catch {
    return undefined;
  }
}

/** What the row of a peer says that cannot be loaded. */
export function notInstalled(name: string): string {
  return `not installed: ${name} (npm install in bench/peers)`;
}
