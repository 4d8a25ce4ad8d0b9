// Types by the names that the schema language gives them, as users type them: Box(List(Text)).

import { CapnpRangeError } from "../errors.js";
import { plainTypes, type Type } from "./type.js";

const token = /\s*(?:([\w.:/+-]+)|([(),]))/y;

/** How deep names may nest. */
const deepest = 64;

/** `declared` finds the type of a name that is none of the language. @throws CapnpRangeError */
export function parseTypeName(
  text: string,
  declared: (name: string, parameters: readonly Type[]) => Type,
): Type {
  const tokens = tokensOf(text);
  let at = 0;
  const parse = (depth: number): Type => {
    const name = tokens[at++];
    if (name === undefined || /^[(),]$/.test(name) || depth > deepest) throw notAType(text);
    const parameters: Type[] = [];
    if (tokens[at] === "(") {
      do {
        at++;
        parameters.push(parse(depth + 1));
      } while (tokens[at] === ",");
      if (tokens[at++] !== ")") throw notAType(text);
    }
    const [element] = parameters;
    if (name === "List" && element !== undefined && parameters.length === 1) {
      return { kind: "list", element };
    }
    const plain = parameters.length === 0 ? plainTypes.get(name) : undefined;
    if (plain === undefined) return declared(name, parameters);
    return plain;
  };
  const type = parse(0);
  if (at < tokens.length) throw notAType(text);
  return type;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const { length } = text.trimEnd();
  while (token.lastIndex < length) {
    const found = token.exec(text);
    if (found === null) throw notAType(text);
    tokens.push(found[1] ?? found[2] ?? "");
  }
  return tokens;
}

function notAType(text: string): CapnpRangeError {
  return new CapnpRangeError(`a type must be written as Person or Box(List(Text)), got ${text}`);
}
