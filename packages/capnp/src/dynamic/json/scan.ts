// Reads JSON where JSON.parse will not do: integers that a number does not hold exactly, and errors
// that say where they are.

import { ParseError, type Path } from "../parse-error.js";

/** What JSON says; integers that are not safe as numbers are bigints. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonValue[]
  | { [name: string]: JsonValue };

// As deep as readers follow pointers by default; what is deeper cannot become a message anyway.
const deepest = 256;

const mostDigits = 100;

const blank = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const plainText = /[^"\\\p{Cc}]*/uy;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const controlText = /[\x7f-\x9f]+/y;
const keyword = /true|false|null/y;

/** Parses JSON. @throws ParseError `ERR_TIDEMARK_CAPNP_JSON`, with line and column */
export function scanJson(text: string): JsonValue {
  return new Scanner(text).document();
}

/** Where the value at a path begins; where the innermost one begins that is there. */
export function locateInJson(text: string, path: Path): number {
  const scanner = new Scanner(text);
  scanner.wanted = path;
  scanner.document();
  return scanner.found;
}

class Scanner {
  /** The path to be located. */
  wanted: Path = [];
  found = 0;
  #foundDepth = -1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value(0, 0);
    this.#skip(blank);
    if (this.#at < this.#text.length) throw this.#error("the end is expected");
    return value;
  }

  /** `matched` is how many steps of the wanted path lead here, -1 beside it. */
  #value(depth: number, matched: number): JsonValue {
    this.#skip(blank);
    if (depth > deepest) throw this.#error(`values are nested deeper than ${deepest}`);
    if (matched > this.#foundDepth) {
      this.#foundDepth = matched;
      this.found = this.#at;
    }
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth, matched);
      case "[":
        return this.#array(depth, matched);
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(depth: number, matched: number): JsonValue {
    const object: { [name: string]: JsonValue } = {};
    this.#items("}", () => {
      if (this.#text[this.#at] !== '"') throw this.#error("a name in quotes is expected");
      const name = this.#string();
      this.#skip(blank);
      if (!this.#take(":")) throw this.#error(`":" is expected behind ${JSON.stringify(name)}`);
      const value = this.#value(depth + 1, this.#step(matched, name));
      Object.defineProperty(object, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    });
    return object;
  }

  #array(depth: number, matched: number): JsonValue {
    const array: JsonValue[] = [];
    this.#items("]", () => {
      array.push(this.#value(depth + 1, this.#step(matched, array.length)));
    });
    return array;
  }

  #step(matched: number, step: string | number): number {
    return matched >= 0 && this.wanted[matched] === step ? matched + 1 : -1;
  }

  #items(end: string, item: () => void): void {
    this.#at++;
    this.#skip(blank);
    if (this.#take(end)) return;
    for (;;) {
      this.#skip(blank);
      item();
      this.#skip(blank);
      if (this.#take(end)) return;
      if (!this.#take(",")) throw this.#error(`"," or "${end}" is expected`);
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      this.#skip(plainText);
      if (this.#take('"')) break;
      if (this.#skip(escapeSequence) === "" && this.#skip(controlText) === "") {
        throw this.#error("the string has no closing quote, or an escape that is not known");
      }
    }
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #scalar(): JsonValue {
    const word = this.#skip(keyword);
    if (word !== "") return word === "null" ? null : word === "true";
    const digits = this.#skip(number);
    if (digits === "" || digits === "-") throw this.#error("a value is expected");
    const value = Number(digits);
    // So many digits no field holds, and making a bigint of very many takes long.
    const isShort = digits.length <= mostDigits && /^-?\d+$/.test(digits);
    return Number.isSafeInteger(value) || !isShort ? value : BigInt(digits);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return "";
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #error(what: string): ParseError {
    const offset = this.#at;
    const got = offset >= this.#text.length ? "the end" : JSON.stringify(this.#text[offset]);
    const where = { text: this.#text, offset };
    return new ParseError("ERR_TIDEMARK_CAPNP_JSON", `${what}, got ${got}`, where);
  }
}
