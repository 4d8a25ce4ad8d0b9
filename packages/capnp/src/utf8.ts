// Text to bytes and back. Short ASCII, which most texts are, takes a loop; the rest the platform.

import type { Segment } from "./segment.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

// Up to so many characters a loop is faster than a call of the platform: measured on Node.js 20,
// and from 24 on, where such a call takes half the time.
const { process } = globalThis as { process?: { versions?: { node?: string } } };
const major = Number.parseInt(process?.versions?.node ?? "0", 10);
export const longestLoop: number = major >= 24 ? 20 : 34;

// A bit of each byte that is not ASCII, in half a word.
const notAscii = 0x80808080;

/** The text of a segment's bytes from `at`, a multiple of 8, to `end`, behind which is a zero. */
export function decodeText(segment: Segment, at: number, end: number): string {
  const length = end - at;
  if (length > 24) return decodeLong(segment, at, end);
  // Whole words, which a text takes: one call for all characters makes one flat string.
  const { view } = segment;
  const a = view.getInt32(at, true);
  const b = view.getInt32(at + 4, true);
  if (length <= 8) {
    if (((a | b) & notAscii) !== 0) return decodeLong(segment, at, end);
    return eight(a, b).slice(0, length);
  }
  const c = view.getInt32(at + 8, true);
  const d = view.getInt32(at + 12, true);
  if (((a | b | c | d) & notAscii) !== 0) return decodeLong(segment, at, end);
  if (length <= 16) return sixteen(a, b, c, d).slice(0, length);
  const e = view.getInt32(at + 16, true);
  const f = view.getInt32(at + 20, true);
  if (((e | f) & notAscii) !== 0) return decodeLong(segment, at, end);
  return twentyFour(a, b, c, d, e, f).slice(0, length);
}

function eight(a: number, b: number): string {
  return String.fromCharCode(
    a & 255,
    (a >> 8) & 255,
    (a >> 16) & 255,
    a >> 24,
    b & 255,
    (b >> 8) & 255,
    (b >> 16) & 255,
    b >> 24,
  );
}

function sixteen(a: number, b: number, c: number, d: number): string {
  return String.fromCharCode(
    a & 255,
    (a >> 8) & 255,
    (a >> 16) & 255,
    a >> 24,
    b & 255,
    (b >> 8) & 255,
    (b >> 16) & 255,
    b >> 24,
    c & 255,
    (c >> 8) & 255,
    (c >> 16) & 255,
    c >> 24,
    d & 255,
    (d >> 8) & 255,
    (d >> 16) & 255,
    d >> 24,
  );
}

function twentyFour(a: number, b: number, c: number, d: number, e: number, f: number): string {
  return String.fromCharCode(
    a & 255,
    (a >> 8) & 255,
    (a >> 16) & 255,
    a >> 24,
    b & 255,
    (b >> 8) & 255,
    (b >> 16) & 255,
    b >> 24,
    c & 255,
    (c >> 8) & 255,
    (c >> 16) & 255,
    c >> 24,
    d & 255,
    (d >> 8) & 255,
    (d >> 16) & 255,
    d >> 24,
    e & 255,
    (e >> 8) & 255,
    (e >> 16) & 255,
    e >> 24,
    f & 255,
    (f >> 8) & 255,
    (f >> 16) & 255,
    f >> 24,
  );
}

// Node's own functions take any Uint8Array: a Buffer for each message would cost more than they do.
interface BufferMethods {
  readonly utf8Slice?: (this: Uint8Array, at: number, end: number) => string;
  readonly utf8Write?: (this: Uint8Array, text: string, at: number, byteLength: number) => number;
}

const { Buffer: NodeBuffer } = globalThis as {
  readonly Buffer?: { readonly prototype: BufferMethods };
};
const { utf8Slice, utf8Write } = NodeBuffer?.prototype ?? {};

function decodeLong(segment: Segment, at: number, end: number): string {
  if (utf8Slice !== undefined) {
    return utf8Slice.call(segment.memory, at, end);
  }
  return decoder.decode(segment.part(at, end - at));
}

/** The bytes that a text takes in UTF-8, lone surrogates counted as U+FFFD. */
export function utf8ByteLength(text: string): number {
  let byteLength = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      byteLength += 1;
      continue;
    }
    byteLength += 2;
    const next = unit >= 0xd800 && unit < 0xdc00 ? text.charCodeAt(index + 1) : 0;
    // A pair takes four bytes for its two units.
    if (next >= 0xdc00 && next < 0xe000) index++;
  }
  return byteLength;
}

/** Writes a text's UTF-8 from `at` on, at most up to `end`; gives the bytes written. */
export function encodeText(text: string, segment: Segment, at: number, end: number): number {
  if (utf8Write !== undefined) {
    return utf8Write.call(segment.memory, text, at, end - at);
  }
  return encoder.encodeInto(text, segment.bytes.subarray(at, end)).written;
}
