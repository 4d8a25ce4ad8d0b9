// Text to bytes and back. Short ASCII, which most texts are, takes a loop; the rest the platform.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

// Up to so many bytes the loop is faster than a call of the platform.
const longestLoop = 48;

/** The text of the bytes from `at` to `end`. */
export function decodeText(bytes: Uint8Array, at: number, end: number): string {
  if (end - at > longestLoop) return decoder.decode(bytes.subarray(at, end));
  let text = "";
  for (let index = at; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte > 0x7f) return decoder.decode(bytes.subarray(at, end));
    text += String.fromCharCode(byte);
  }
  return text;
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

/** Writes a text's UTF-8 into `bytes`, all of which it must take. */
export function encodeText(text: string, bytes: Uint8Array): void {
  encoder.encodeInto(text, bytes);
}
