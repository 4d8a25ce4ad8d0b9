// Folders of a measurement, which go when it ends, however it ends.

import fs from "node:fs";
import path from "node:path";

const folders = new Set<string>();

/** A new empty folder in a directory. */
export function makeFolder(directory: string): string {
  const folder = fs.mkdtempSync(path.join(directory, "tidemark-bench-"));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Removes all of them, now and when a signal ends the process. */
export function removeFolders(): void {
  for (const folder of folders) removeFolder(folder);
}

/** Has a signal that ends the process remove all folders first. */
export function removeFoldersOnSignals(): void {
  // As a shell sees the ends by these signals.
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => {
      removeFolders();
      process.exit(code);
    });
  }
}
