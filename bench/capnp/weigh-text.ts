// What a text adds to the sum of a message's fields, for all who read one.

/** Looks at the text's end, so that none could be left out. */
export function weighText(text: string): number {
  return text.length === 0 ? 0 : text.length + text.charCodeAt(text.length - 1);
}
