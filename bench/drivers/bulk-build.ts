// Builds a file of many people, opens it and looks one up, and reads all: as a Cap'n Proto message,
// in databases, and as lines of JSON.

import fs from "node:fs";
import path from "node:path";
import { type BulkWay, bulkWays } from "../bulk.js";
import { drive, now } from "../driver.js";
import { notInstalled } from "../peers.js";
import { mebibyte, type Sample } from "../sample.js";

interface BulkBuild {
  readonly way: keyof typeof bulkWays;
  readonly folder: string;
  readonly count: number;
}

const warmUpCount = 2_000;
/** A database has files beside its own. */
const endings = ["", "-wal", "-shm", "-lock"];

await drive(async ({ way, folder, count }: BulkBuild): Promise<Sample> => {
  const bulk: BulkWay = bulkWays[way];
  const file = path.join(folder, `bulk-${way}`);
  try {
    if (!(await bulk.build(file, warmUpCount))) return { metrics: {}, skipped: notInstalled(way) };
    await bulk.read(file, 1, true);
    remove(file);
    const start = now();
    await bulk.build(file, count);
    const buildMs = now() - start;
    const mib = byteLengthOf(file) / mebibyte;
    const opening = now();
    await bulk.read(file, Math.floor(count / 2), false);
    const lookUpMs = now() - opening;
    const reading = now();
    const checksum = await bulk.read(file, 0, true);
    return { metrics: { buildMs, mib, lookUpMs, readMs: now() - reading }, checksum };
  } finally {
    remove(file);
  }
});

function remove(file: string): void {
  for (const ending of endings) fs.rmSync(file + ending, { recursive: true, force: true });
}

/** Of a file, or of the files in a folder, which is what LMDB makes. */
function byteLengthOf(file: string): number {
  const stat = fs.statSync(file);
  if (!stat.isDirectory()) return stat.size;
  const inside = fs.readdirSync(file).map((name) => byteLengthOf(path.join(file, name)));
  return inside.reduce((sum, byteLength) => sum + byteLength, 0);
}
