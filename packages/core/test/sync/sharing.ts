// Files and processes that share a primitive, for the tests of this folder.

import fs from "node:fs";
import { Mapping, pageSize } from "@tidemark/core";
import { type Child, startChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

/** A file of zeros: room for many primitives. */
export function zeroFile(byteLength: number = 4 * pageSize): string {
  const file = temporaryPath();
  fs.writeFileSync(file, "");
  fs.truncateSync(file, byteLength);
  return file;
}

export function openShared(file: string): Mapping {
  return Mapping.openFile(file, { access: "read-write" });
}

/**
 * A process that runs `body` with `core`, `sync` and the open `mapping` of a file, after which it
 * says "ready" and stays.
 */
export function startSharer(file: string, body: string): Child {
  return startChild(
    `import fs from "node:fs";
     import * as core from "@tidemark/core";
     import * as sync from "@tidemark/core/sync";
     const mapping = core.Mapping.openFile(process.argv[2], { access: "read-write" });
     ${body}
     console.log("ready");
     setInterval(() => undefined, 1000);`,
    { args: [file], timeoutMs: 120_000 },
  );
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never came: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
