// tidemark trim: drops the tail of zeros that a crash left behind a growing file.

import fs from "node:fs";
import { Command } from "commander";
import { GrowingFile } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";

interface TrimOptions {
  readonly all?: true;
  readonly json?: true;
}

export function trimCommand(): Command {
  return new Command("trim")
    .description("drop the tail of zeros that a crash left behind a growing file")
    .argument("<file>")
    .option("--all", "drop all zeros at the end, also of a file that no crash has left")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nA file that was grown and not closed says so in an extended attribute; only its tail\n" +
        "is dropped, to the end of the page with the last byte that is not zero.\n\n" +
        "Example:\n  tidemark trim data.bin",
    )
    .action(trim);
}

function trim(file: string, options: TrimOptions): void {
  const before = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const growing = GrowingFile.open(file, { strategy: "explicit" });
  try {
    if (options.all) growing.close({ byteLength: growing.contentEnd() });
  } finally {
    growing.close();
  }
  const after = fs.statSync(file).size;
  if (after > before) throw new CommandFailure(`${file} is being grown by someone else`);
  if (options.json) printJson({ file, before, after });
  else
    print(before === after ? `${file}: nothing to drop` : `${file}: ${before} -> ${after} bytes`);
  flushOutput();
}
