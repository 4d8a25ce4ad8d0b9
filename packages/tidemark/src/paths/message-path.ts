// Paths into messages: `people[12345].address.city`.

import { CommandFailure } from "../command/failure.js";

/** One step of a path, and where in its text it stands. */
export type PathStep = (
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
) & { readonly column: number; readonly end: number };

const fieldName = /[A-Za-z_][A-Za-z0-9_]*/y;
const indexText = /\[\s*(-?\d+)\s*\]/y;

/**
 * Reads a path: names of fields with points between, indices in brackets, from the end when they
 * are negative. `.`, or nothing, is the root.
 *
 * @throws {@link CommandFailure} that gives the column
 */
export function parsePath(text: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  let at = 0;
  if (text === "" || text === ".") return steps;
  // A point before the first name, as in jq, is no harm.
  if (text.startsWith(".")) at++;
  let isNameDue = true;
  while (at < text.length || isNameDue) {
    const column = at + 1;
    if (isNameDue) {
      const name = match(fieldName, text, at)?.[0];
      if (name === undefined) throw wrongPath(text, at, "the name of a field is expected");
      at += name.length;
      steps.push({ kind: "field", name, column, end: at });
      isNameDue = false;
    } else if (text[at] === ".") {
      at++;
      isNameDue = true;
    } else if (text[at] === "[") {
      const found = match(indexText, text, at);
      const index = Number(found?.[1]);
      if (found === undefined) throw wrongPath(text, at + 1, "an index and ] are expected");
      if (!Number.isSafeInteger(index)) throw wrongPath(text, at + 1, "no list is that long");
      at += found[0].length;
      steps.push({ kind: "index", index: Object.is(index, -0) ? 0 : index, column, end: at });
    } else throw wrongPath(text, at, '".", "[" or the end is expected');
  }
  return steps;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function wrongPath(text: string, at: number, what: string): CommandFailure {
  const got = at >= text.length ? "the end" : JSON.stringify(text[at]);
  const example = "a path is like people[12345].address.city";
  return new CommandFailure(
    `column ${at + 1} of the path ${JSON.stringify(text)}: ${what}, got ${got}; ${example}`,
    2,
  );
}
