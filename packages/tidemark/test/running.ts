// Runs the command as a shell does.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { packageRoot } from "@tidemark/testing/locations.js";
import { runProgram } from "#tidemark/command/program.js";

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

/** Ends a command that runs in this process. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** What a command does that runs in this process, meanwhile. */
export interface Watch {
  /** Before each piece of output. */
  readonly onOutput?: () => void;
}

/**
 * The same in this process, for very many command lines: hundreds in the time that one takes. What
 * is written to the descriptors 1 and 2 is kept.
 */
export async function tidemarkInside(args: readonly string[], watch: Watch = {}): Promise<Ending> {
  const output: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  const { writeSync } = fs;
  const { exit, stderr, stdout, exitCode } = process;
  const [writeOut, writeErr] = [stdout.write, stderr.write];
  fs.writeSync = ((fd: number, data: string | Uint8Array, ...rest: number[]) => {
    if (fd !== 1 && fd !== 2)
      return (writeSync as (...all: unknown[]) => number)(fd, data, ...rest);
    if (fd === 1) watch.onOutput?.();
    const bytes = Buffer.from(data as Uint8Array);
    const piece = bytes.subarray(rest[0] ?? 0, (rest[0] ?? 0) + (rest[1] ?? bytes.length));
    output[fd].push(Buffer.from(piece));
    return piece.length;
  }) as typeof fs.writeSync;
  const keep = (fd: 1 | 2) => (text: string | Uint8Array) => output[fd].push(Buffer.from(text)) > 0;
  stdout.write = keep(1) as typeof stdout.write;
  stderr.write = keep(2) as typeof stderr.write;
  process.exit = ((code: number) => {
    throw new Exit(code);
  }) as typeof process.exit;
  process.exitCode = 0;
  let status = 0;
  try {
    await runProgram(args);
    status = Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    status = error.code;
  } finally {
    Object.assign(fs, { writeSync });
    Object.assign(process, { exit, exitCode });
    stdout.write = writeOut;
    stderr.write = writeErr;
  }
  return {
    status,
    stdout: Buffer.concat(output[1]).toString(),
    stderr: String(Buffer.concat(output[2])),
  };
}
