// The text form as a tree of what was written, before it is known of which type it is.

import { ParseError } from "../parse-error.js";
import { bytesText, textBytes } from "./quote.js";

/** Something that was written, and where. */
export type Node = { readonly offset: number } & (
  | { readonly kind: "struct"; readonly fields: readonly NamedNode[] }
  | { readonly kind: "list"; readonly elements: readonly Node[] }
  | { readonly kind: "text"; readonly bytes: Uint8Array; readonly text: string }
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "integer"; readonly value: bigint; readonly number: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
);

export interface NamedNode {
  readonly name: string;
  readonly offset: number;
  readonly value: Node;
}

// As deep as readers follow pointers by default.
const deepest = 64;

const blank = /(?:\s|\ufeff|#[^\n]*)*/y;
const word = /[A-Za-z_]\w*/y;
const hexInteger = /0[xX][0-9a-fA-F]+(?![\w.])/y;
const decimal = /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const dataStart = /0[xX]"/y;
const hexDigits = /[0-9a-fA-F\s]*/y;
const escapePart = /\\(?:([abfnrtv'"\\?])|x([0-9a-fA-F]{2})|([0-7]{1,3}))/y;
const plainPart = /[^"\\\n]+/y;

const escaped: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
};

/** Reads values, one after another, out of a text. */
export class TreeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next value; undefined at the end of the text. */
  next(): Node | undefined {
    this.#skip(blank);
    return this.#at === this.#text.length ? undefined : this.#value(0);
  }

  #value(depth: number): Node {
    this.#skip(blank);
    const offset = this.#at;
    if (depth > deepest) throw this.#error(`values are nested deeper than ${deepest}`);
    switch (this.#text[offset]) {
      case "(":
        return { kind: "struct", offset, fields: this.#items(")", () => this.#field(depth)) };
      case "[":
        return { kind: "list", offset, elements: this.#items("]", () => this.#value(depth + 1)) };
      case '"':
        return this.#string(offset);
      default:
        return this.#skip(dataStart) === "" ? this.#scalar(offset) : this.#data(offset);
    }
  }

  #items<T>(end: string, item: () => T): T[] {
    this.#at++;
    const items: T[] = [];
    for (;;) {
      this.#skip(blank);
      if (this.#take(end)) return items;
      if (items.length > 0) {
        if (!this.#take(",")) throw this.#error(`"," or "${end}" is expected`);
        this.#skip(blank);
        // A comma may stand behind the last one, too.
        if (this.#take(end)) return items;
      }
      items.push(item());
    }
  }

  #field(depth: number): NamedNode {
    const offset = this.#at;
    const name = this.#skip(word);
    if (name === "") throw this.#error("the name of a field is expected");
    this.#skip(blank);
    if (!this.#take("=")) throw this.#error(`"=" is expected behind ${name}`);
    return { name, offset, value: this.#value(depth + 1) };
  }

  #scalar(offset: number): Node {
    const isNegative = this.#take("-");
    if (isNegative) this.#skip(blank);
    const name = this.#skip(word);
    if (name !== "") {
      if (!isNegative) return { kind: "name", offset, name };
      if (name === "inf") return { kind: "float", offset, value: Number.NEGATIVE_INFINITY };
      throw this.#error("a number is expected behind -", offset);
    }
    const hex = this.#skip(hexInteger);
    const digits = hex === "" ? this.#skip(decimal) : hex;
    if (digits === "") throw this.#error("a value is expected");
    if (hex === "" && /[.eE]/.test(digits)) {
      return { kind: "float", offset, value: isNegative ? -Number(digits) : Number(digits) };
    }
    const isOctal = hex === "" && /^0[0-7]+$/.test(digits);
    const size = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
    // The number beside it keeps the sign of zero.
    const number = isNegative ? -Number(size) : Number(size);
    return { kind: "integer", offset, value: isNegative ? -size : size, number };
  }

  #data(offset: number): Node {
    const hex = this.#skip(hexDigits).replace(/\s/g, "");
    if (!this.#take('"')) throw this.#error("hexadecimal digits are expected, and a quote");
    if (hex.length % 2 !== 0) throw this.#error("bytes have two hexadecimal digits each", offset);
    const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
      Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
    );
    return { kind: "data", offset, bytes };
  }

  #string(offset: number): Node {
    this.#at++;
    // Escapes stand for bytes, so that a text with some is put together of bytes.
    const parts: Uint8Array[] = [];
    let plain = "";
    for (;;) {
      plain += this.#skip(plainPart);
      if (this.#take('"')) break;
      const byte = this.#escape();
      if (byte < 0x80) plain += String.fromCharCode(byte);
      else {
        parts.push(textBytes(plain), Uint8Array.of(byte));
        plain = "";
      }
    }
    if (parts.length === 0) return { kind: "text", offset, text: plain, bytes: textBytes(plain) };
    parts.push(textBytes(plain));
    const bytes = concatenate(parts);
    return { kind: "text", offset, text: bytesText(bytes), bytes };
  }

  #escape(): number {
    const start = this.#at;
    if (this.#text[start] !== "\\") throw this.#error("the text has no closing quote on its line");
    if (this.#skip(escapePart) === "") throw this.#error("an escape that is not known");
    const [, letter, hex, octal] = lastMatch ?? [];
    if (letter !== undefined) return escaped[letter] ?? letter.charCodeAt(0);
    if (hex !== undefined) return Number.parseInt(hex, 16);
    const byte = Number.parseInt(octal ?? "0", 8);
    if (byte > 0xff) throw this.#error("an escape of more than a byte", start);
    return byte;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Goes behind what matches here, and gives it. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    lastMatch = pattern.exec(this.#text);
    if (lastMatch === null) return "";
    this.#at = pattern.lastIndex;
    return lastMatch[0];
  }

  #error(what: string, offset = this.#at): ParseError {
    const found = this.#text.slice(offset, offset + 20).split("\n")[0] ?? "";
    const got = offset >= this.#text.length ? "the end of the text" : `"${found}"`;
    const where = { text: this.#text, offset };
    return new ParseError("ERR_TIDEMARK_CAPNP_TEXT_FORM", `${what}, got ${got}`, where);
  }
}

let lastMatch: RegExpExecArray | null = null;

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
