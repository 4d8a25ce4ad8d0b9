// Completion for zsh: one function, with what each word means.

import type { Completion, GrammarCommand, GrammarOption } from "./grammar.js";

/** The script: to be sourced, or put into a folder of $fpath as `_tidemark`. */
export function zshScript(grammar: readonly GrammarCommand[]): string {
  const below = grammar.map(({ path }) => path).filter((path) => path !== "");
  return `#compdef tidemark
# Completion of tidemark for zsh, made by: tidemark completion zsh
_tidemark() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} at= i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/\${words[i]}" in
      ${below.join("|")}) at=$at/\${words[i]} ;;
    esac
  done
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    compset -P '*='
  fi
  case "$at $prev" in
${grammar.flatMap(valueCases).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${grammar.map(optionCase).join("\n")}
    esac
    _describe -o option found
    return
  fi
  case "$at" in
${grammar.map(argumentCase).join("\n")}
  esac
}
# Sourced, or called by the completion system that found it in $fpath.
if [[ \${funcstack[1]} == _tidemark ]]; then _tidemark "$@"; else compdef _tidemark tidemark; fi
`;
}

function valueCases({ path, options }: GrammarCommand): string[] {
  return options.flatMap(({ flags, value }: GrammarOption) => {
    if (value === undefined) return [];
    const patterns = flags.map((flag) => quoted(`${path} ${flag}`)).join("|");
    return `    ${patterns}) ${action(value)} return ;;`;
  });
}

function optionCase({ path, options }: GrammarCommand): string {
  const entries = options.flatMap(({ flags, description }) => {
    return flags.map((flag) => entry(flag, description));
  });
  return `      ${pattern(path)}) found=(${entries.join(" ")}) ;;`;
}

function argumentCase({ path, commands, argument }: GrammarCommand): string {
  if (commands.length === 0) return `    ${pattern(path)}) ${action(argument)} ;;`;
  const entries = commands.map(({ name, description }) => entry(name, description));
  return `    ${pattern(path)}) found=(${entries.join(" ")}); _describe command found ;;`;
}

function pattern(path: string): string {
  return path === "" ? '""' : path;
}

/** A word and what it means. A colon stands between, so one of the text is escaped. */
function entry(word: string, description: string): string {
  return quoted(`${word}:${description.replaceAll(":", "\\:")}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function action(completion: Completion): string {
  switch (completion.kind) {
    case "words":
      return `compadd -- ${completion.words.map(quoted).join(" ")};`;
    case "files":
      return "_files;";
    case "folders":
      return "_files -/;";
    case "nothing":
      return "";
  }
}
