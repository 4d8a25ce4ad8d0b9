// tidemark schema diff: whether a schema that changes keeps old messages readable.

import { diffSchemas, formatSchemaDiff } from "@tidemark/capnpc";
import { compileFiles } from "@tidemark/capnpc/files";
import { Command } from "commander";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";
import { optionsOf, showDiagnostics } from "./compile.js";

interface DiffOptions {
  readonly importPath?: readonly string[];
  readonly json?: true;
}

export function schemaCommand(): Command {
  const command = new Command("schema").description("compare schemas");
  command
    .command("diff")
    .description("say, field by field, whether old messages stay readable; exit with 1 if not")
    .argument("<old.capnp>")
    .argument("<new.capnp>")
    .option("-I, --import-path <dir...>", "where imports that begin with a slash are looked for")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark schema diff released/person.capnp person.capnp")
    .action(diff);
  return command.addHelpText(
    "after",
    "\nExample:\n  tidemark schema diff released/person.capnp person.capnp",
  );
}

function diff(before: string, after: string, options: DiffOptions): void {
  const found = diffSchemas(requestOf(before, options), requestOf(after, options));
  if (options.json) printJson(found);
  else print(formatSchemaDiff(found));
  flushOutput();
  if (!found.compatible) process.exitCode = 1;
}

function requestOf(file: string, options: DiffOptions): Uint8Array {
  const result = compileFiles([file], optionsOf(options));
  if (result.request !== undefined) return result.request;
  showDiagnostics(result);
  throw new CommandFailure(`${file} does not compile: there is nothing to compare`, 2);
}
