// The words of a message, as text in a program.

export function base64(words: Uint8Array): string {
  let characters = "";
  for (const byte of words) characters += String.fromCharCode(byte);
  return btoa(characters);
}
