// tidemark id: unique numbers in order, for any number of callers at once, without a server.

import fs from "node:fs";
import { Command } from "commander";
import { Mapping } from "tidemark";
import { Sequence } from "tidemark/sync";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";
import { positiveQuantity, quantity } from "../command/quantities.js";
import { idFileLayout, idFileMagic, idFileVersion } from "./id-file-layout.js";

interface InitOptions {
  readonly start: number;
  readonly json?: true;
}

interface NextOptions {
  readonly count: number;
  readonly json?: true;
}

export function idCommand(): Command {
  const command = new Command("id").description(
    "give out unique numbers in order, safe between any number of callers at once",
  );
  command
    .command("init")
    .description("make the file that counts; one that is there stays")
    .argument("<file>")
    .option("--start <n>", "the first number", quantity, 1)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark id init orders.ids --start 1000")
    .action(init);
  command
    .command("next")
    .description("print the next number")
    .argument("<file>")
    .option("--count <n>", "print so many, one after another", positiveQuantity, 1)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark id next orders.ids\n  tidemark id next orders.ids --count 100",
    )
    .action(next);
  return command.addHelpText(
    "after",
    "\nExample:\n  tidemark id init orders.ids && tidemark id next orders.ids",
  );
}

function init(file: string, options: InitOptions): void {
  const bytes = Buffer.alloc(idFileLayout.byteLength);
  bytes.write(idFileMagic, idFileLayout.magic, "latin1");
  bytes.writeUInt32LE(idFileVersion, idFileLayout.version);
  bytes.writeBigInt64LE(BigInt(options.start), idFileLayout.first);
  try {
    fs.writeFileSync(file, bytes, { flag: "wx", mode: 0o644 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new CommandFailure(`${file} is there already: it was left as it is`);
  }
  if (options.json) printJson({ file, start: options.start });
}

function next(file: string, options: NextOptions): void {
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const start = readStart(file, mapping);
  const count = new Sequence(mapping, idFileLayout.sequence).reserve(options.count);
  mapping.flushSync();
  const first = start + count - 1;
  if (!Number.isSafeInteger(first + options.count)) {
    throw new CommandFailure(`${file} has come to its end`);
  }
  if (options.json) {
    printJson({ file, first, count: options.count });
    return;
  }
  for (let index = 0; index < options.count; index++) print(String(first + index));
  flushOutput();
}

/** The first number of the file. @throws {@link CommandFailure} when it is no such file */
function readStart(file: string, mapping: Mapping): number {
  const { byteLength } = mapping;
  if (byteLength !== idFileLayout.byteLength) {
    throw new CommandFailure(
      `${file} is no file of ids: it has ${byteLength} bytes, not ${idFileLayout.byteLength}; ` +
        "make one with tidemark id init",
    );
  }
  const bytes = Buffer.from(mapping.bytes(0, idFileLayout.sequence));
  const magic = bytes.toString("latin1", 0, idFileMagic.length);
  if (magic !== idFileMagic) {
    throw new CommandFailure(
      `${file} is no file of ids: it begins with ${JSON.stringify(magic)}; ` +
        "make one with tidemark id init",
    );
  }
  const version = bytes.readUInt32LE(idFileLayout.version);
  if (version !== idFileVersion) {
    throw new CommandFailure(
      `${file} is a file of ids of version ${version}, this program knows version ${idFileVersion}`,
    );
  }
  return Number(bytes.readBigInt64LE(idFileLayout.first));
}
