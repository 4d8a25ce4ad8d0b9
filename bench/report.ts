// Tables as a reader sees them: aligned text for the terminal, Markdown for the documents.

import { type Figure, figure, type Outcome, outcomes, ratioOf } from "./figures.js";
import type { Column, Row, SuiteResult, Table } from "./table.js";

export type Style = "text" | "markdown";

/** One table, with its goals below. */
export function showTable(table: Table, style: Style): string {
  const heading = `${table.title} (${table.fileSystem})`;
  return [
    style === "markdown" ? `### ${heading}` : heading,
    ...(table.note === undefined ? [] : [table.note]),
    grid(cellsOf(table), style),
    ...lines(skippedLines(table), style),
    ...lines(goalLines(table), style),
  ].join(style === "markdown" ? "\n\n" : "\n");
}

export function showSuite(result: SuiteResult, style: Style): string {
  return result.tables.map((table) => showTable(table, style)).join("\n\n");
}

/** All goals of a run in one table. */
export function showGoals(results: readonly SuiteResult[], style: Style): string {
  const rows = results.flatMap(({ tables }) => {
    return tables.flatMap((table) => {
      return outcomes(table).map((outcome) => [
        `${outcome.goal.work} (${outcome.goal.case})`,
        table.fileSystem,
        outcome.goal.against ?? "-",
        boundText(outcome),
        `${numberText(outcome.got)} ${outcome.goal.unit}`,
        outcome.met ? "met" : "short",
      ]);
    });
  });
  if (rows.length === 0) return "";
  return grid([["work", "on", "against", "goal", "got", ""], ...rows], style);
}

/** Rows of cells under a head, in columns. The first column is words, the others are figures. */
export function grid(cells: readonly (readonly string[])[], style: Style): string {
  const widths = (cells[0] ?? []).map((_, column) => {
    return Math.max(3, ...cells.map((row) => row[column]?.length ?? 0));
  });
  const line = (row: readonly string[]): string => {
    const padded = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return style === "markdown" ? `| ${padded.join(" | ")} |` : padded.join("   ").trimEnd();
  };
  const [head = [], ...rows] = cells;
  const rule = widths.map((width, column) => {
    if (style === "text") return "-".repeat(width);
    return column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`;
  });
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Cells of text, head first; those of a row that was skipped are empty. */
export function cellsOf(table: Table): string[][] {
  const ratios = table.ratios ?? [];
  const head = ["", ...[...table.columns, ...ratios].map(({ title }) => title)];
  const rows = table.rows.map((row) => {
    if (skippedReason(row) !== undefined) return [row.name];
    return [
      row.name,
      ...table.columns.map((column) => figureCell(row, column)),
      ...ratios.map((ratio) => {
        const value = ratioOf(table, row, ratio);
        return value === undefined ? "-" : `${numberText(value)} x`;
      }),
    ];
  });
  return [head, ...rows.map((row) => head.map((_, column) => row[column] ?? ""))];
}

function figureCell(row: Row, { metric, spread }: Column): string {
  const value: Figure | undefined = figure(row, metric);
  if (value === undefined) return "-";
  if (spread !== true) return numberText(value.median);
  return `${numberText(value.median)} (${numberText(value.least)} to ${numberText(value.most)})`;
}

/** Why a row was not measured. */
export function skippedReason(row: Row): string | undefined {
  return row.samples.find((sample) => sample.skipped !== undefined)?.skipped;
}

function skippedLines({ rows }: Table): string[] {
  return rows.flatMap((row) => {
    const reason = skippedReason(row);
    return reason === undefined ? [] : [`${row.name}: ${reason}`];
  });
}

function goalLines(table: Table): string[] {
  return outcomes(table).map((outcome) => {
    const { goal, got, met } = outcome;
    const against = goal.against === undefined ? "" : ` against ${goal.against}`;
    const result = `got ${numberText(got)} ${goal.unit}, ${met ? "met" : "short"}`;
    return `${goal.case}${against}: goal ${boundText(outcome)}, ${result}`;
  });
}

/** Lines below a table, as one part of it; none where there are none. */
function lines(texts: readonly string[], style: Style): string[] {
  if (texts.length === 0) return [];
  return [texts.map((text) => (style === "markdown" ? `- ${text}` : text)).join("\n")];
}

export function boundText({ goal }: Outcome): string {
  return goal.least === undefined
    ? `<= ${goal.most} ${goal.unit}`
    : `>= ${goal.least} ${goal.unit}`;
}

/** Three digits that count. */
export function numberText(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(3, digits));
}
