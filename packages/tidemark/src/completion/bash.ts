// Completion for bash: one function, which knows the whole command line.

import type { Completion, GrammarCommand, GrammarOption } from "./grammar.js";

/** The script, to be sourced. Written for bash 3.2 and later, without bash-completion. */
export function bashScript(grammar: readonly GrammarCommand[]): string {
  const below = grammar.map(({ path }) => path).filter((path) => path !== "");
  return `# Completion of tidemark for bash, made by: tidemark completion bash
_tidemark_reply() {
  local line
  # Has bash escape blanks, and put a slash behind folders.
  [[ $1 == -W ]] || compopt -o filenames 2>/dev/null
  # A line each: names may have blanks and stars in them.
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$cur")
}
_tidemark() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= i
  COMPREPLY=()
  # bash takes --option=value for three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/\${COMP_WORDS[i]}" in
      ${below.join("|")}) at=$at/\${COMP_WORDS[i]} ;;
    esac
  done
  case "$at $prev" in
${grammar.flatMap(valueCases).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${grammar.map(optionCase).join("\n")}
    esac
    return
  fi
  case "$at" in
${grammar.map(argumentCase).join("\n")}
  esac
}
complete -F _tidemark tidemark
`;
}

function valueCases({ path, options }: GrammarCommand): string[] {
  return options.flatMap(({ flags, value }: GrammarOption) => {
    if (value === undefined) return [];
    const patterns = flags.map((flag) => JSON.stringify(`${path} ${flag}`)).join("|");
    return `    ${patterns}) ${action(value)} return ;;`;
  });
}

function optionCase({ path, options }: GrammarCommand): string {
  const words = options.flatMap(({ flags }) => flags);
  return `      ${pattern(path)}) ${action({ kind: "words", words })} ;;`;
}

function argumentCase({ path, commands, argument }: GrammarCommand): string {
  const completion: Completion =
    commands.length === 0
      ? argument
      : { kind: "words", words: [...commands.map(({ name }) => name), "help"] };
  return `    ${pattern(path)}) ${action(completion)} ;;`;
}

function pattern(path: string): string {
  return path === "" ? '""' : path;
}

function action(completion: Completion): string {
  switch (completion.kind) {
    case "words":
      return `_tidemark_reply -W "${completion.words.join(" ")}";`;
    case "files":
      return "_tidemark_reply -f;";
    case "folders":
      return "_tidemark_reply -d;";
    case "nothing":
      return "";
  }
}
