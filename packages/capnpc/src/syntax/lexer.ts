// Cuts a schema file into tokens. Comments are not tokens: doc-comment.ts reads them from the text.

import type { Diagnostics } from "./diagnostic.js";
import type { SourceFile } from "./source.js";

export type TokenKind =
  | "identifier"
  | "integer"
  | "float"
  | "text"
  | "data"
  | "operator"
  | "("
  | ")"
  | "["
  | "]"
  | "{"
  | "}"
  | ","
  | ";"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const identifierStart = /[A-Za-z_]/;
const operators = "!$%&*+-./:<=>?@^|~";
const punctuation = "()[]{},;";

// What each character below 0x80 begins.
const other = 0;
const space = 1;
const letter = 2;
const digit = 3;
const operator = 4;
const mark = 5;
const quote = 6;
const hash = 7;

const classes: Uint8Array = (() => {
  const table = new Uint8Array(128);
  for (const character of " \t\n\v\f\r") table[character.charCodeAt(0)] = space;
  for (const character of operators) table[character.charCodeAt(0)] = operator;
  for (const character of punctuation) table[character.charCodeAt(0)] = mark;
  for (let code = 0; code < 128; code++) {
    if (identifierStart.test(String.fromCharCode(code))) table[code] = letter;
  }
  for (let code = 0x30; code <= 0x39; code++) table[code] = digit;
  table[0x22] = quote;
  table[0x23] = hash;
  return table;
})();

const lineFeed = 0x0a;
const backslash = 0x5c;

function classOf(code: number): number {
  return code < 128 ? (classes[code] ?? other) : other;
}

function isWord(code: number): boolean {
  const found = classOf(code);
  return found === letter || found === digit;
}

/** All tokens of a file, the last of kind "end". What is no token is reported and left out. */
export function lex(source: SourceFile, diagnostics: Diagnostics): Token[] {
  return new Lexer(source, diagnostics).run();
}

class Lexer {
  readonly #source: SourceFile;
  readonly #text: string;
  readonly #bytes: Uint8Array;
  readonly #diagnostics: Diagnostics;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(source: SourceFile, diagnostics: Diagnostics) {
    this.#source = source;
    this.#text = source.text;
    this.#bytes = source.bytes;
    this.#diagnostics = diagnostics;
  }

  run(): Token[] {
    const { length } = this.#bytes;
    while (this.#at < length) this.#next();
    this.#tokens.push({ kind: "end", start: length, end: length });
    return this.#tokens;
  }

  #code(offset: number): number {
    return this.#bytes[offset] ?? 0;
  }

  #next(): void {
    const start = this.#at;
    switch (classOf(this.#code(start))) {
      case space:
        this.#at++;
        return;
      case hash: {
        const end = this.#bytes.indexOf(lineFeed, start);
        this.#at = end < 0 ? this.#bytes.length : end;
        return;
      }
      case letter:
        while (isWord(this.#code(this.#at))) this.#at++;
        this.#push("identifier", start);
        return;
      case digit:
        this.#number(start);
        return;
      case operator:
        while (classOf(this.#code(this.#at)) === operator) this.#at++;
        this.#push("operator", start);
        return;
      case mark:
        this.#at++;
        this.#push(this.#text[start] as TokenKind, start);
        return;
      case quote:
        this.#quoted(start);
        return;
      default:
        this.#unexpected(start);
    }
  }

  #push(kind: TokenKind, start: number): void {
    this.#tokens.push({ kind, start, end: this.#at });
  }

  #report(start: number, message: string): void {
    this.#diagnostics.report(this.#source, { start, end: this.#at }, message);
  }

  // "0x" and a quote begin data; otherwise hexadecimal, octal, decimal and floating point.
  #number(start: number): void {
    const hexadecimal = this.#code(start) === 0x30 && this.#code(start + 1) === 0x78;
    if (hexadecimal && this.#code(start + 2) === 0x22) {
      this.#data(start);
      return;
    }
    while (isWord(this.#code(this.#at)) || this.#code(this.#at) === 0x2e) {
      const code = this.#code(this.#at);
      this.#at++;
      // The sign of an exponent belongs to the number.
      if (!hexadecimal && (code | 0x20) === 0x65 && /[+-]/.test(this.#text[this.#at] ?? "")) {
        this.#at++;
      }
    }
    const text = this.#text.slice(start, this.#at);
    if (/^(0x[0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.test(text)) this.#push("integer", start);
    else if (
      /^(0[0-7]*|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?$/.test(text) &&
      /[.eE]/.test(text)
    ) {
      this.#push("float", start);
    } else {
      this.#report(start, numberProblem(text));
      // A number in its place all the same: no second complaint about a missing one.
      this.#push("integer", start);
    }
  }

  #quoted(start: number): void {
    this.#at++;
    for (;;) {
      const code = this.#code(this.#at);
      if (code === lineFeed || this.#at >= this.#bytes.length) {
        this.#report(start, 'This text has no closing quote (") on its line.');
        this.#push("text", start);
        return;
      }
      if (code === backslash && this.#code(this.#at + 1) !== lineFeed) this.#at++;
      this.#at++;
      if (code === 0x22) break;
    }
    this.#push("text", start);
  }

  #data(start: number): void {
    const close = this.#bytes.indexOf(0x22, start + 3);
    const content = this.#text.slice(start + 3, close < 0 ? undefined : close);
    const wrong = content.search(/[^0-9a-fA-F \t\n\v\f\r]/);
    if (close < 0 || wrong >= 0) {
      const line = this.#bytes.indexOf(lineFeed, start);
      const place = wrong < 0 ? start : start + 3 + wrong;
      // Goes on after the quote on this line, or at the next line.
      const next = close >= 0 && (line < 0 || close < line) ? close + 1 : line;
      this.#at = next < 0 ? this.#bytes.length : next;
      this.#diagnostics.report(
        this.#source,
        { start: place, end: place + 1 },
        close < 0 && wrong < 0
          ? 'This data has no closing quote (").'
          : 'Only hexadecimal digits and spaces may stand in 0x"…".',
      );
    } else {
      this.#at = close + 1;
    }
    this.#push("data", start);
  }

  #unexpected(start: number): void {
    // A byte order mark is white space wherever it stands.
    if (this.#code(start) === 0xef && this.#code(start + 1) === 0xbb) {
      if (this.#code(start + 2) === 0xbf) {
        this.#at += 3;
        return;
      }
    }
    do this.#at++;
    while ((this.#code(this.#at) & 0xc0) === 0x80);
    const character = this.#source.decode(start, this.#at);
    const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const hint =
      character === "'"
        ? ' Text is written in double quotes: "…".'
        : character === "`"
          ? ' Text is written in double quotes: "…"; adjacent ones are joined.'
          : " Names consist of the letters a-z, A-Z and digits.";
    const shown = (character.codePointAt(0) ?? 0) < 0x20 ? "" : `'${character}' `;
    this.#report(start, `The character ${shown}(U+${number}) cannot stand here.${hint}`);
  }
}

function numberProblem(text: string): string {
  if (/^0[0-9]+$/.test(text)) {
    return "A number that begins with 0 is octal: its digits are 0 to 7.";
  }
  if (/^0[xX]/.test(text)) {
    return "A hexadecimal number is 0x and then digits 0-9, a-f, with no fraction.";
  }
  if (/^0[oObB]/.test(text)) return "Write octal numbers as 017; there are no binary numbers.";
  if (/[eE][+-]?$/.test(text)) return "The exponent of this number has no digits.";
  return "This is not a number.";
}
