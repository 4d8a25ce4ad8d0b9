// The program: all its commands.

import { Command } from "commander";
import { benchCommand } from "../commands/bench.js";
import { buildCommand } from "../commands/build.js";
import { catCommand } from "../commands/cat.js";
import { compileCommand } from "../commands/compile.js";
import { completionCommand } from "../commands/completion.js";
import { copyCommand } from "../commands/copy.js";
import { findCommand } from "../commands/find.js";
import { getCommand } from "../commands/get.js";
import { idCommand } from "../commands/id.js";
import { infoCommand } from "../commands/info.js";
import { limitsCommand } from "../commands/limits.js";
import { peekCommand } from "../commands/peek.js";
import { pokeCommand } from "../commands/poke.js";
import { schemaCommand } from "../commands/schema.js";
import { trimCommand } from "../commands/trim.js";
import { verifyCommand } from "../commands/verify.js";
import { endWithFailure } from "./failure.js";
import { packageVersion } from "./version.js";

const commands = [
  benchCommand,
  buildCommand,
  catCommand,
  compileCommand,
  completionCommand,
  copyCommand,
  findCommand,
  getCommand,
  idCommand,
  infoCommand,
  limitsCommand,
  peekCommand,
  pokeCommand,
  schemaCommand,
  trimCommand,
  verifyCommand,
];

/** The program, with its settings in each of its commands. */
export function createProgram(): Command {
  const program = new Command("tidemark")
    .description("Memory-mapped files: what is in them, and Cap'n Proto messages built in them.")
    .version(packageVersion)
    .showHelpAfterError("(tidemark --help tells more)")
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: true })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, or yes; 1 no, or trouble with a file; 2 a mistake in the command " +
        "line.\nEach command has examples: tidemark COMMAND --help",
    )
    // A mistake in the command line ends with 2, trouble with a file with 1.
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  for (const make of commands) {
    const command = make();
    program.addCommand(command.copyInheritedSettings(program));
    for (const below of command.commands) below.copyInheritedSettings(program);
  }
  return program;
}

/** Runs a command line, without the name of the program; ends the process where it fails. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    endWithFailure(error);
  }
}
