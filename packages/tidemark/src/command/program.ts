// The program: all its commands.

import { Command } from "commander";
import { endWithFailure } from "./failure.js";
import { packageVersion } from "./version.js";

/** Loaded when they are asked for: most need little of the library. */
const commands: Readonly<Record<string, () => Promise<() => Command>>> = {
  bench: async () => (await import("../commands/bench.js")).benchCommand,
  build: async () => (await import("../commands/build.js")).buildCommand,
  cat: async () => (await import("../commands/cat.js")).catCommand,
  compile: async () => (await import("../commands/compile.js")).compileCommand,
  completion: async () => (await import("../commands/completion.js")).completionCommand,
  copy: async () => (await import("../commands/copy.js")).copyCommand,
  find: async () => (await import("../commands/find.js")).findCommand,
  get: async () => (await import("../commands/get.js")).getCommand,
  id: async () => (await import("../commands/id.js")).idCommand,
  info: async () => (await import("../commands/info.js")).infoCommand,
  limits: async () => (await import("../commands/limits.js")).limitsCommand,
  peek: async () => (await import("../commands/peek.js")).peekCommand,
  poke: async () => (await import("../commands/poke.js")).pokeCommand,
  recover: async () => (await import("../commands/recover.js")).recoverCommand,
  schema: async () => (await import("../commands/schema.js")).schemaCommand,
  trim: async () => (await import("../commands/trim.js")).trimCommand,
  verify: async () => (await import("../commands/verify.js")).verifyCommand,
};

/**
 * The program, with its settings in each of its commands: the one that is named, or all when that
 * is none of them.
 */
export async function createProgram(name?: string): Promise<Command> {
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
  // Completion is about all of them.
  const isAlone = name !== undefined && name !== "completion" && Object.hasOwn(commands, name);
  for (const [each, load] of Object.entries(commands)) {
    if (isAlone && each !== name) continue;
    const make = await load();
    const command = make();
    program.addCommand(command.copyInheritedSettings(program));
    for (const below of command.commands) below.copyInheritedSettings(program);
  }
  return program;
}

/** Runs a command line, without the name of the program; ends the process where it fails. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await (await createProgram(args[0])).parseAsync(args, { from: "user" });
  } catch (error) {
    endWithFailure(error);
  }
}
