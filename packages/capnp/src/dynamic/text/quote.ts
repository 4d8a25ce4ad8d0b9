// Strings in the text form, both ways.

const escapes: ReadonlyMap<number, string> = new Map([
  [7, "\\a"],
  [8, "\\b"],
  [9, "\\t"],
  [10, "\\n"],
  [11, "\\v"],
  [12, "\\f"],
  [13, "\\r"],
  [34, '\\"'],
  [39, "\\'"],
  [92, "\\\\"],
]);

/** Whether a character cannot stand between quotes as it is. */
function mustEscape(code: number): boolean {
  return code < 0x20 || code === 0x7f || code === 0x22 || code === 0x27 || code === 0x5c;
}

/** A text between quotes. */
export function quoteText(text: string): string {
  let quoted = '"';
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (!mustEscape(code)) continue;
    quoted += text.slice(start, index) + escapeByte(code);
    start = index + 1;
  }
  return `${quoted}${text.slice(start)}"`;
}

/** Bytes between quotes: as a text, but what is not ASCII is escaped. */
export function quoteBytes(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    text += byte >= 0x80 || mustEscape(byte) ? escapeByte(byte) : String.fromCharCode(byte);
  }
  return `${text}"`;
}

function escapeByte(byte: number): string {
  return escapes.get(byte) ?? `\\${byte.toString(8).padStart(3, "0")}`;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The UTF-8 of a text. */
export function textBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes. */
export function bytesText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
