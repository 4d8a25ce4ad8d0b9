// Runs the command as a shell does.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { packageRoot } from "@tidemark/testing/locations.js";

const program = path.join(packageRoot, "dist", "command", "main.js");

export interface Ending {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tidemark` with these arguments to its end. */
export function tidemark(...args: readonly string[]): Ending {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, stderr };
}

/** The same, with the command line for a shell: "$TIDEMARK" is the program. */
export function inShell(line: string): Ending {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    encoding: "utf8",
    env: { ...process.env, TIDEMARK: `${process.execPath} ${program}` },
  });
  return { status, stdout, stderr };
}
