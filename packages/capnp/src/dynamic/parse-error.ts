// What is wrong with a text that should become a message: where, and of which field.

import { CapnpError } from "../errors.js";

/** A text, JSON or the text form, that cannot be taken. */
export class ParseError extends CapnpError {
  /** The field or element, as `people[3].phones[0].kind`; empty where the text itself is wrong. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;

  /** @internal */
  constructor(
    code: "ERR_TIDEMARK_CAPNP_JSON" | "ERR_TIDEMARK_CAPNP_TEXT_FORM",
    what: string,
    where: { readonly text: string; readonly offset: number; readonly path?: Path },
  ) {
    const before = where.text.slice(0, where.offset);
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const path = pathText(where.path ?? []);
    super(code, `line ${line}, column ${column}${path === "" ? "" : `, ${path}`}: ${what}`);
    this.path = path;
    this.line = line;
    this.column = column;
  }
}

/** Names of fields and indexes of elements, from the outside. */
export type Path = readonly (string | number)[];

function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
