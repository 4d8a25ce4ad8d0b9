// The report of a run as one page for browsers, which needs nothing but itself.

import fs from "node:fs";
import path from "node:path";
import { sourceFolder } from "../locations.js";
import { machineRows } from "../machine.js";
import type { RunRecord } from "../record.js";
import { allSuites } from "../suites/all.js";
import type { SuiteResult } from "../table.js";
import { countGoals, goalsSection } from "./goals.js";
import { html, type Markup } from "./html.js";
import { anchorOf, headingOf, tableSection } from "./table.js";

/** Writes the page of a run beside the file of its samples; gives its path. */
export function writePage(json: string, record: RunRecord): string {
  const file = `${json.replace(/\.json$/, "")}.html`;
  fs.writeFileSync(file, pageOf(record, path.basename(json)));
  return file;
}

/** The page; `json` is the name of the file with the samples, which is beside it. */
export function pageOf(record: RunRecord, json: string): string {
  const style = fs.readFileSync(path.join(sourceFolder, "page", "style.css"), "utf8");
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tidemark: benchmarks</title>
<style>
${{ markup: style }}</style>
</head>
<body>
<header>
<h1>Tidemark: benchmarks</h1>
${summary(record, json)}
</header>
${contents(record.suites)}
<main>
${failures(record.suites)}
<section id="goals"><h2>Goals</h2>${goalsSection(record.suites)}</section>
<section id="machine"><h2>The machine</h2>${machine(record)}</section>
<section id="reading"><h2>How to read it</h2>${legend}</section>
${record.suites.map(suiteSection)}
</main>
</body>
</html>
`;
  return page.markup;
}

function summary({ date, quick, seconds, suites }: RunRecord, json: string): Markup {
  const goals = countGoals(suites);
  const failed = suites.filter((suite) => suite.failures !== undefined).length;
  return html`<p>${date.slice(0, 10)}, ${date.slice(11, 16)} UTC. ${suites.length} suites in
${Math.floor(seconds / 60)} min ${seconds % 60} s${failed > 0 ? `, ${failed} of them failed` : ""}.
Goals met: <strong>${goals.met} of ${goals.all}</strong>.
All samples: <a href="${json}">${json}</a>.</p>
${
  quick
    ? html`<p class="notice" role="note">A quick run: small files and few rounds, to see
that everything works. Its figures mean little.</p>`
    : undefined
}`;
}

function failures(suites: readonly SuiteResult[]): Markup | undefined {
  const failed = suites.filter((suite) => suite.failures !== undefined);
  if (failed.length === 0) return undefined;
  return html`<section class="failures" role="alert"><h2>Failed</h2><ul>
${failed.flatMap(({ suite, failures = [] }) => {
  return failures.map(
    (reason) => html`<li><strong>${suite}</strong>: ${reason}</li>
`,
  );
})}</ul></section>`;
}

function contents(suites: readonly SuiteResult[]): Markup {
  return html`<nav aria-label="Contents"><h2>Contents</h2><ul>
<li><a href="#goals">Goals</a></li>
<li><a href="#machine">The machine</a></li>
<li><a href="#reading">How to read it</a></li>
${suites.map((suite) => {
  return html`<li><a href="#${suite.suite}">${titleOf(suite)}</a><ul>
${suite.tables.map((table, index) => {
  return html`<li><a href="#${anchorOf(suite, index)}">${headingOf(table)}</a></li>
`;
})}</ul></li>
`;
})}</ul></nav>`;
}

function machine({ machine, suites }: RunRecord): Markup {
  const tables = suites.flatMap((suite) => suite.tables);
  const fileSystems = [...new Set(tables.map(({ fileSystem }) => fileSystem))];
  const rows = [...machineRows(machine), ["file systems", fileSystems.join(", ")] as const];
  return html`<div class="wide" tabindex="0"><table><tbody>
${rows.map(([name, fact]) => {
  return html`<tr><th scope="row">${name}</th><td>${fact}</td></tr>
`;
})}</tbody></table></div>`;
}

const legend = html`<p>Each case ran in a process of its own, in turn with the others of its
table, several times; what it read or wrote was checked. A bar is the median, the thin line over it
goes from the least to the greatest sample. <span class="key ours"></span> is Tidemark,
<span class="key peer"></span> what it is compared with. Upright marks are goals:
<span class="key mark met"></span> met, <span class="key mark short"></span> short. Beside a bar
stand its median and, in parentheses, how many times as good as, or as much as, the row it is
compared with: the table says which. Compare within a table, not between runs.</p>`;

function suiteSection(suite: SuiteResult): Markup {
  const took = suite.seconds === undefined ? "" : `, ${suite.seconds} s`;
  const command = `npm run bench -- ${suite.suite}`;
  return html`<section id="${suite.suite}">
<h2>${titleOf(suite)}</h2>
<p><code>${command}</code>${took}.</p>
${suite.tables.map((table, index) => tableSection(table, anchorOf(suite, index)))}
</section>
`;
}

function titleOf({ suite }: SuiteResult): string {
  return allSuites.find(({ name }) => name === suite)?.title ?? suite;
}
