// The values of literals: text with its escapes, data, numbers.

import type { SourceFile } from "./source.js";

export interface LiteralProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  "'": 0x27,
  '"': 0x22,
  "\\": 0x5c,
  "?": 0x3f,
};

/** The bytes of a text token, `start` and `end` including its quotes. */
export function textBytes(
  source: SourceFile,
  start: number,
  end: number,
  problem: (problem: LiteralProblem) => void,
): Uint8Array {
  const inner = source.bytes.subarray(start + 1, Math.max(start + 1, end - 1));
  if (!inner.includes(0x5c)) return inner;
  const out = new Uint8Array(inner.length);
  let length = 0;
  for (let at = 0; at < inner.length; ) {
    const byte = inner[at] ?? 0;
    if (byte !== 0x5c) {
      out[length++] = byte;
      at++;
      continue;
    }
    const found = readEscape(source.text, start + 1 + at);
    if (typeof found.value === "string") {
      const from = start + 1 + at;
      problem({ start: from, end: from + found.length, message: found.value });
    } else {
      out[length++] = found.value;
    }
    at += found.length;
  }
  return out.subarray(0, length);
}

// What the backslash at `at` begins: its value, or what is wrong with it.
function readEscape(text: string, at: number): { value: number | string; length: number } {
  const character = text[at + 1] ?? "";
  const simple = simpleEscapes[character];
  if (simple !== undefined) return { value: simple, length: 2 };
  if (character === "x") {
    const digits = /^[0-9a-fA-F]{2}/.exec(text.slice(at + 2, at + 4))?.[0];
    if (digits === undefined) {
      return { value: "\\x needs two hexadecimal digits, as in \\x1f.", length: 2 };
    }
    return { value: Number.parseInt(digits, 16), length: 4 };
  }
  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    const message = `\\${octal} is more than a byte holds (\\377).`;
    return { value: value > 255 ? message : value, length: 1 + octal.length };
  }
  const message =
    "No such escape. There are: \\a \\b \\f \\n \\r \\t \\v \\' \\\" \\\\ \\?, \\x1f, \\037.";
  return { value: message, length: 2 };
}

/** The bytes of a data token, `start` and `end` including `0x"` and the closing quote. */
export function dataBytes(
  source: SourceFile,
  start: number,
  end: number,
  problem: (problem: LiteralProblem) => void,
): Uint8Array {
  const digits = source.text.slice(start + 3, end - 1).replace(/[ \t\n\v\f\r]/g, "");
  if (!/^[0-9a-fA-F]*$/.test(digits)) return new Uint8Array(0);
  if (digits.length === 0 || digits.length % 2 !== 0) {
    const message =
      digits.length === 0
        ? 'Data needs at least one byte here; empty data is written "".'
        : "Data is whole bytes, two hexadecimal digits each: one digit is missing.";
    problem({ start, end, message });
  }
  const out = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < out.length; i++) {
    out[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return out;
}

const largestInteger = 0xffff_ffff_ffff_ffffn;

/** The value of an integer token, or undefined where it needs more than 64 bits. */
export function integerValue(text: string): bigint | undefined {
  // What is malformed has been reported by the lexer.
  if (!/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text)) return 0n;
  if (/^0[0-7]+$/.test(text)) return bounded(`0o${text.slice(1)}`);
  if (text.length > 1 && text[0] === "0" && text[1] !== "x") return 0n;
  return text.length < 16 ? BigInt(Number(text)) : bounded(text);
}

function bounded(text: string): bigint | undefined {
  // Turning a megabyte of digits into a number takes seconds.
  if (text.replace(/^0[xo]0*/, "").length > 22) return undefined;
  const value = BigInt(text);
  return value <= largestInteger ? value : undefined;
}
