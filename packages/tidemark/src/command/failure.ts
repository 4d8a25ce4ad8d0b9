// How a command ends that could not do its work: one line, and an exit code.

import fs from "node:fs";
import { InvalidArgumentError } from "commander";

/** Trouble that is not an error of the library: said as it is. */
export class CommandFailure extends Error {
  /** 1: what was asked is not so, or a file is in trouble; 2: the command line is wrong. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "CommandFailure";
    this.exitCode = exitCode;
  }
}

/** Says what happened in one line, and ends the process. */
export function endWithFailure(error: unknown): never {
  // Who reads our output has seen enough.
  if (isBrokenPipe(error)) process.exit(0);
  fs.writeSync(2, `tidemark: ${oneLine(error)}\n`);
  if (process.env["TIDEMARK_DEBUG"] !== undefined && error instanceof Error) {
    fs.writeSync(2, `${error.stack}\n`);
  }
  process.exit(exitCodeOf(error));
}

/**
 * What an error says, on one line: names of files, and what is in them, may hold line breaks, and
 * characters that a terminal acts upon.
 */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trimEnd().replaceAll(/\p{Cc}/gu, (character) => {
    if (character === "\n") return "\\n";
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  if (error instanceof InvalidArgumentError) return 2;
  return 1;
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "EPIPE";
}
