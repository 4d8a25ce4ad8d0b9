// tidemark copy: a file to standard output, from its map.

import { Command } from "commander";
import { Mapping } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { writeAll } from "../command/output.js";

const pieceByteLength = 2 ** 20;

export function copyCommand(): Command {
  return new Command("copy")
    .description("write a file to standard output, from its map")
    .argument("<file>")
    .addHelpText(
      "after",
      "\nIt prints the file's bytes and nothing else, so there is no --json.\n\n" +
        "Example:\n  tidemark copy big.bin | sha256sum",
    )
    .action(copy);
}

function copy(file: string): void {
  using mapping = Mapping.openFile(file);
  mapping.advise(undefined, "sequential");
  for (let at = 0; at < mapping.byteLength; at += pieceByteLength) {
    const piece = mapping.bytes(at, Math.min(pieceByteLength, mapping.byteLength - at));
    try {
      writeAll(piece);
    } catch (error) {
      // The system meets memory without a file behind it, and says so.
      if ((error as NodeJS.ErrnoException).code !== "EFAULT") throw error;
      throw new CommandFailure(`${file} was cut off while it was copied, from byte ${at} on`);
    }
  }
  mapping.check();
}
