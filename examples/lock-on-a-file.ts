// Processes that take turns with a file. A lock that is a file beside it stays when its holder
// dies: everyone waits for ever, or guesses. Right is a lock that the system lets go with its
// holder.

import { fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { lockFile, lockFileSync, tryLockFile } from "@tidemark/core/sync";

/** Wrong: who can create the file has the lock. */
function lockByFile(name: string): boolean {
  try {
    fs.closeSync(fs.openSync(`${name}.lock`, "wx"));
    return true;
  } catch {
    return false;
  }
}

/** Starts a process that takes the lock in this way, and dies with it. */
async function dieWithLock(way: string, file: string): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), [way, file]);
  const ended = once(child, "exit");
  await once(child, "message");
  if (way === "system" && tryLockFile(file) !== undefined) throw new Error("it was not locked");
  child.kill("SIGKILL");
  await ended;
}

const [, , way, target = ""] = process.argv;
if (way !== undefined) {
  if (way === "file") lockByFile(target);
  else lockFileSync(target);
  process.send?.("locked");
  setInterval(() => undefined, 1000);
} else {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-example-"));
  try {
    const file = path.join(folder, "inventory");
    fs.writeFileSync(file, "0");

    await dieWithLock("file", file);
    const stuck = !lockByFile(file);
    console.log(`a lock file, its holder killed:  ${stuck ? "locked for ever" : "free"}`);

    await dieWithLock("system", file);
    const lock = await lockFile(file, { timeoutMs: 10_000 });
    console.log("lockFile, its holder killed:     free, and ours");
    fs.writeFileSync(file, String(Number(fs.readFileSync(file, "utf8")) + 1));
    lock.release();
    if (!stuck || fs.readFileSync(file, "utf8") !== "1") throw new Error("not as it should be");
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
