// What may stand on a command line, as the program itself defines it.

import type { Argument, Command, Option } from "commander";

/** What a value is completed to. */
export type Completion =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" | "folders" | "nothing" };

export interface GrammarOption {
  /** `-n` and `--length`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for an option without a value. */
  readonly value: Completion | undefined;
}

/** A command, or a command of a command. */
export interface GrammarCommand {
  /** The words that lead to it, each behind a slash: "" for the program, `/id/next`. */
  readonly path: string;
  readonly options: readonly GrammarOption[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** What its arguments are completed to. */
  readonly argument: Completion;
}

/** The program and all commands below it. */
export function grammarOf(program: Command): readonly GrammarCommand[] {
  const found: GrammarCommand[] = [];
  addCommand(found, program, "");
  return found;
}

function addCommand(found: GrammarCommand[], command: Command, path: string): void {
  const help = { flags: ["--help"], description: "show help", value: undefined };
  const version = command.options.some(({ long }) => long === "--version");
  found.push({
    path,
    options: [...command.options.map(optionOf), help],
    commands: command.commands.map((each) => ({
      name: each.name(),
      description: each.description(),
    })),
    argument: argumentsOf(command.registeredArguments, version),
  });
  for (const each of command.commands) addCommand(found, each, `${path}/${each.name()}`);
}

function optionOf(option: Option): GrammarOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const takesValue = option.required || option.optional;
  return {
    flags,
    description: option.description,
    value: takesValue ? completionOf(valueName(option.flags), option.argChoices) : undefined,
  };
}

function argumentsOf(given: readonly Argument[], isProgram: boolean): Completion {
  const completions = given.map((each) => completionOf(each.name(), each.argChoices));
  const words = completions.find(({ kind }) => kind === "words");
  if (words !== undefined || isProgram) return words ?? { kind: "nothing" };
  return completions.find(({ kind }) => kind !== "nothing") ?? { kind: "nothing" };
}

/** What stands in the brackets of `-o, --output <dir>`. */
function valueName(flags: string): string {
  return /[<[](.*?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1] ?? "";
}

/** Names of values say what they are: file, file.capnp, old.capnp, data, out, dir. */
function completionOf(name: string, choices: readonly string[] | undefined): Completion {
  if (choices !== undefined) return { kind: "words", words: choices };
  if (/^dir/.test(name)) return { kind: "folders" };
  return { kind: /^(file|data|out)|\.capnp$/.test(name) ? "files" : "nothing" };
}
