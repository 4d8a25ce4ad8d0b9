// The comment that documents a declaration: it follows the `;`, the `{`, or the `}`.

import type { SourceFile } from "./source.js";

const lineFeed = 10;
const hash = 0x23;
const blank = 0x20;

/**
 * The comment that starts on the line of `offset` or on the next one, with no empty line between;
 * each line without its `#` and one blank after it, and with a line feed. Undefined if none.
 */
export function docCommentAt(source: SourceFile, offset: number): string | undefined {
  const { bytes } = source;
  let at = skipBlanks(bytes, offset);
  if (bytes[at] === lineFeed) at = skipBlanks(bytes, at + 1);
  if (bytes[at] !== hash) return undefined;
  let comment = "";
  while (bytes[at] === hash) {
    const start = bytes[at + 1] === blank ? at + 2 : at + 1;
    const found = bytes.indexOf(lineFeed, at);
    const end = found < 0 ? bytes.length : found;
    comment += `${source.decode(start, end)}\n`;
    at = skipBlanks(bytes, end + 1);
  }
  return comment;
}

function skipBlanks(bytes: Uint8Array, offset: number): number {
  let at = offset;
  while (isBlank(bytes[at])) at++;
  return at;
}

// Blank, tab, vertical tab, form feed, carriage return: all white space but the line feed.
function isBlank(byte: number | undefined): boolean {
  return byte === blank || byte === 9 || byte === 11 || byte === 12 || byte === 13;
}
