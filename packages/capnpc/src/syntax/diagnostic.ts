// What is wrong with a schema, and how it is shown.

import type { SourceFile, Span } from "./source.js";

/** One thing that is wrong in a schema file. */
export interface Diagnostic {
  /** The file's name, as it was given or imported. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Byte offsets in the file. */
  readonly startByte: number;
  readonly endByte: number;
  readonly message: string;
  /** The whole line that `line` counts, for a caret to point into. */
  readonly sourceLine: string;
  /** Another place that explains this one: where the name was defined first. */
  readonly related?: Diagnostic;
}

// Enough for any person to read; a file of garbage would give one for every byte.
const mostPerFile = 100;

/** Collects what is wrong, from all files of one compilation. */
export class Diagnostics {
  readonly #found: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  readonly #perFile = new Map<string, number>();

  get count(): number {
    return this.#found.length;
  }

  /** Reports one thing; the same thing at the same place is reported once. */
  report(
    source: SourceFile,
    span: Span,
    message: string,
    related?: { readonly source: SourceFile; readonly span: Span; readonly message: string },
  ): void {
    const key = `${source.name}:${span.start}:${message}`;
    const count = this.#perFile.get(source.name) ?? 0;
    if (this.#seen.has(key) || count >= mostPerFile) return;
    this.#seen.add(key);
    this.#perFile.set(source.name, count + 1);
    const found = diagnosticAt(source, span, message);
    if (related === undefined) this.#found.push(found);
    else {
      const { source: file, span: place, message: why } = related;
      this.#found.push({ ...found, related: diagnosticAt(file, place, why) });
    }
  }

  /** Reports a file that cannot be read at all. */
  reportMissing(file: string): void {
    this.#perFile.set(file, 1);
    const place = { line: 1, column: 1, endLine: 1, endColumn: 1, startByte: 0, endByte: 0 };
    this.#found.push({ file, ...place, message: "There is no such file.", sourceLine: "" });
  }

  /** File by file in the order met, each from top to bottom. */
  sorted(): Diagnostic[] {
    const files = [...this.#perFile.keys()];
    return this.#found.toSorted(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.startByte - b.startByte,
    );
  }
}

function diagnosticAt(source: SourceFile, span: Span, message: string): Diagnostic {
  const size = source.bytes.length;
  const startByte = Math.min(span.start, size);
  const endByte = Math.min(Math.max(span.end, startByte), size);
  const { line, column } = source.position(startByte);
  const end = source.position(endByte);
  return {
    file: source.name,
    line,
    column,
    endLine: end.line,
    endColumn: end.column,
    startByte,
    endByte,
    message,
    sourceLine: source.line(line),
  };
}

/**
 * A diagnostic as the command prints it: `file:line:column: error: message`, the line, and a caret
 * under the place.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const lines = formatOne(diagnostic, "error");
  if (diagnostic.related !== undefined) lines.push(...formatOne(diagnostic.related, "note"));
  return lines.join("\n");
}

function formatOne(diagnostic: Diagnostic, severity: "error" | "note"): string[] {
  const { file, line, column, message, sourceLine } = diagnostic;
  const lines = [`${file}:${line}:${column}: ${severity}: ${message}`];
  if (sourceLine.trim() === "") return lines;
  const { text, caret } = excerpt(diagnostic);
  lines.push(`  ${text}`, `  ${caret}`);
  return lines;
}

// As wide as most terminals: of a longer line the part around the place is shown.
const excerptWidth = 120;

function excerpt(diagnostic: Diagnostic): { text: string; caret: string } {
  const { column, line, endLine, endColumn, sourceLine } = diagnostic;
  const at = column - 1;
  const from = at < excerptWidth ? 0 : at - (excerptWidth >> 1);
  const text = sourceLine.slice(from, from + excerptWidth);
  const last = endLine === line ? endColumn - 1 : sourceLine.length;
  const width = Math.max(1, Math.min(last, from + excerptWidth) - at);
  // Tabs stay tabs, so that the caret stands under its place however wide they are shown.
  const indent = text.slice(0, at - from).replace(/[^\t]/g, " ");
  return { text, caret: `${indent}^${"~".repeat(width - 1)}` };
}
