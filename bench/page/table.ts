// One table of results: a chart of each metric that matters, the table itself, and its goals.

import { type Outcome, outcomes } from "../figures.js";
import { boundText, cellsOf, numberText, skippedReason } from "../report.js";
import type { SuiteResult, Table } from "../table.js";
import { type Chart, chartsOf } from "./chart.js";
import { draw } from "./drawing.js";
import { html, type Markup } from "./html.js";

/** Where a table of a suite is in the page. */
export function anchorOf({ suite }: SuiteResult, index: number): string {
  return `${suite}-${index + 1}`;
}

export function headingOf({ title, fileSystem }: Table): string {
  return `${title} (${fileSystem})`;
}

export function tableSection(table: Table, anchor: string): Markup {
  return html`<section id="${anchor}">
<h3>${headingOf(table)}</h3>
${table.note === undefined ? undefined : html`<p>${table.note}</p>`}
${chartsOf(table).map((chart) => figure(table, chart))}
${grid(table)}
${goalList(table)}
</section>
`;
}

export function met(outcome: Outcome): Markup {
  return outcome.met
    ? html`<span class="met">✓ met</span>`
    : html`<span class="short">✗ short</span>`;
}

function figure(table: Table, chart: Chart): Markup {
  const label = `Bars: ${chart.title}, by case. ${headingOf(table)}. The figures are in the table.`;
  return html`<figure class="wide" tabindex="0">${draw(chart, label)}</figure>
`;
}

function grid(table: Table): Markup {
  const [head = [], ...rows] = cellsOf(table);
  const skipped = table.rows.map(skippedReason);
  return html`<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">case</th>${head.slice(1).map((cell) => {
    return html`<th scope="col" class="figure">${cell}</th>`;
  })}</tr></thead>
<tbody>
${rows.map((cells, index) => {
  const reason = skipped[index];
  const name = html`<th scope="row">${table.rows[index]?.name}</th>`;
  return reason === undefined
    ? html`<tr>${name}${cells.slice(1).map((cell) => html`<td class="figure">${cell}</td>`)}</tr>
`
    : html`<tr class="skipped">${name}<td colspan="${head.length - 1}">${reason}</td></tr>
`;
})}</tbody></table></div>`;
}

function goalList(table: Table): Markup | undefined {
  const all = outcomes(table);
  if (all.length === 0) return undefined;
  return html`<ul class="goals">
${all.map((outcome) => {
  const { goal, got } = outcome;
  const against = goal.against === undefined ? "" : ` against ${goal.against}`;
  return html`<li>${met(outcome)}: ${goal.work}, ${goal.case}${against}:
goal ${boundText(outcome)}, got ${numberText(got)} ${goal.unit}</li>
`;
})}</ul>`;
}
