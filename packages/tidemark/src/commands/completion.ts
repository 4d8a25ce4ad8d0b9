// tidemark completion: a script that lets a shell complete the command's words, made from the
// commands themselves.

import { Argument, Command } from "commander";
import { flushOutput, print } from "../command/output.js";
import { bashScript } from "../completion/bash.js";
import { grammarOf } from "../completion/grammar.js";
import { zshScript } from "../completion/zsh.js";

const scripts = { bash: bashScript, zsh: zshScript } as const;

export function completionCommand(): Command {
  return new Command("completion")
    .description("print a script that completes commands, options and files, for bash or zsh")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(scripts)))
    .addHelpText(
      "after",
      "\nExamples:\n  source <(tidemark completion bash)    # in ~/.bashrc\n" +
        "  source <(tidemark completion zsh)     # in ~/.zshrc, behind compinit",
    )
    .action(complete);
}

function complete(shell: keyof typeof scripts, _options: object, command: Command): void {
  const program = command.parent ?? command;
  print(scripts[shell](grammarOf(program)).trimEnd());
  flushOutput();
}
