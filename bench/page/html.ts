// HTML from templates, in which everything but markup is escaped.

/** HTML that is right as it is. */
export interface Markup {
  readonly markup: string;
}

export type Piece = string | number | undefined | Markup | readonly Piece[];

/** html`<p>${text}</p>`: text is escaped, markup and lists of it stay, undefined is nothing. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const parts = texts.map((text, index) => `${text}${markupOf(pieces[index])}`);
  return { markup: parts.join("") };
}

/** Text for between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function markupOf(piece: Piece): string {
  if (piece === undefined) return "";
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(String(piece));
  return "markup" in piece ? piece.markup : piece.map(markupOf).join("");
}
