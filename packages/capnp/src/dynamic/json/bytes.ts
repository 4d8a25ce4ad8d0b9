// Bytes as texts.

/** In base64, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // In pieces: a function takes so many arguments only.
  for (let at = 0; at < bytes.byteLength; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

/** Undefined for what is not base64. Blanks between are skipped, padding may be left out. */
export function fromBase64(text: string): Uint8Array | undefined {
  const plain = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.replace(/=+$/, "").length % 4 === 1) {
    return undefined;
  }
  const decoded = atob(plain.replace(/=+$/, ""));
  const bytes = new Uint8Array(decoded.length);
  for (let index = 0; index < decoded.length; index++) bytes[index] = decoded.charCodeAt(index);
  return bytes;
}

const hexDigits = "0123456789abcdef";

/** Two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (hexDigits[byte >>> 4] ?? "") + (hexDigits[byte & 15] ?? "");
  return text;
}

/** Undefined for what is not hexadecimal. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}
