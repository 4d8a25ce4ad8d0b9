// Temporary folders that go when the process ends, or when the runner does (scripts/test.mjs).

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const folders: string[] = [];

/** A new empty folder, on the disk where the system keeps temporary files. */
export function temporaryFolder(): string {
  if (folders.length === 0) process.on("exit", removeAll);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-"));
  folders.push(folder);
  return folder;
}

/** A path that does not exist yet, in a new temporary folder. */
export function temporaryPath(name = "file"): string {
  return path.join(temporaryFolder(), name);
}

function removeAll(): void {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
}
