// Text to bytes and back. Short ASCII, which most texts are, takes a loop; the rest the platform.

import type { Segment } from "./segment.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

// Up to so many characters the loop is faster than a call of the platform.
export const longestLoop = 40;

/** The text of a segment's bytes from `at` to `end`. */
export function decodeText(segment: Segment, at: number, end: number): string {
  if (end - at > longestLoop) return decodeLong(segment, at, end);
  const { view } = segment;
  let text = "";
  for (let index = at; index < end; index++) {
    const byte = view.getUint8(index);
    if (byte > 0x7f) return decodeLong(segment, at, end);
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeLong(segment: Segment, at: number, end: number): string {
  const { buffer } = segment;
  if (buffer !== undefined) return buffer.toString("utf8", at, end);
  return decoder.decode(segment.bytes.subarray(at, end));
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
  const { buffer } = segment;
  if (buffer !== undefined) return buffer.write(text, at, end - at, "utf8");
  return encoder.encodeInto(text, segment.bytes.subarray(at, end)).written;
}
