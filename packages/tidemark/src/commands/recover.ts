// tidemark recover: makes a message of what a builder had built that was killed.

import { MalformedMessageError } from "@tidemark/capnp";
import { MessageFile, type Recovery } from "@tidemark/capnp/file";
import { Command } from "commander";
import { CommandFailure, oneLine } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";

interface RecoverOptions {
  readonly json?: true;
}

export function recoverCommand(): Command {
  return new Command("recover")
    .description("make a message of what a builder had built that was killed")
    .argument("<file>", "a message without a checkpoint, or with more than its last one")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nAll that can be reached from the root is kept. A message that is whole stays so.\n\n" +
        "Example:\n  tidemark recover people.bin && tidemark verify people.bin",
    )
    .action(recover);
}

function recover(file: string, options: RecoverOptions): void {
  const found = recovery(file);
  if (options.json) {
    printJson({ file, ...found });
    return;
  }
  const { recovered, byteLength, recoveredByteLength, malformedPointers } = found;
  print(
    recovered
      ? `${file}: ${byteLength} bytes, ${recoveredByteLength} of them recovered`
      : `${file}: nothing to recover`,
  );
  if (malformedPointers > 0) print(`${malformedPointers} pointers lead to what was lost`);
  flushOutput();
}

function recovery(file: string): Recovery {
  try {
    return MessageFile.recover(file);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    throw new CommandFailure(`${file} is no message to be recovered: ${oneLine(error)}`);
  }
}
