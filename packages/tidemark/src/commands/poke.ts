// tidemark poke: bytes of a file changed in place.

import { Command } from "commander";
import { Mapping } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";
import { quantity } from "../command/quantities.js";
import { hexBytes } from "./find.js";
import { checkOffset } from "./peek.js";

interface PokeOptions {
  readonly text?: true;
  readonly json?: true;
}

export function pokeCommand(): Command {
  return new Command("poke")
    .description("change bytes of a file in place; its length stays")
    .argument("<file>")
    .argument("<offset>", "bytes from the start, as 4096, 0x1000, 4K", quantity)
    .argument("<bytes>", "in hexadecimal, as 00ff or 00:ff")
    .option("--text", "the bytes are a text, in UTF-8")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark poke data.bin 0x10 ff\n  tidemark poke --text data.bin 0 TIDE",
    )
    .action(poke);
}

function poke(file: string, offset: number, text: string, options: PokeOptions): void {
  const bytes = options.text ? Buffer.from(text) : hexBytes(text);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  checkOffset(file, offset, mapping.byteLength);
  if (bytes.length > mapping.byteLength - offset) {
    throw new CommandFailure(
      `${bytes.length} bytes from offset ${offset} on reach past the end of ${file}: ` +
        `it has ${mapping.byteLength} bytes, and poke keeps its length`,
      2,
    );
  }
  const before = Buffer.from(mapping.bytes(offset, bytes.length));
  mapping.bytes(offset, bytes.length).set(bytes);
  mapping.flushSync();
  if (options.json) {
    const hex = { before: before.toString("hex"), after: bytes.toString("hex") };
    printJson({ file, offset, length: bytes.length, ...hex });
    return;
  }
  print(`${before.toString("hex")} -> ${bytes.toString("hex")}`);
  flushOutput();
}
