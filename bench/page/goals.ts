// All goals of a run, and what became of them.

import { outcomes } from "../figures.js";
import { boundText, numberText } from "../report.js";
import type { SuiteResult } from "../table.js";
import { html, type Markup } from "./html.js";
import { anchorOf, met } from "./table.js";

/** How many goals were met, of how many. */
export function countGoals(suites: readonly SuiteResult[]): { met: number; all: number } {
  const all = suites.flatMap(({ tables }) => tables.flatMap(outcomes));
  return { met: all.filter((outcome) => outcome.met).length, all: all.length };
}

export function goalsSection(suites: readonly SuiteResult[]): Markup {
  const rows = suites.flatMap((suite) => {
    return suite.tables.flatMap((table, index) => {
      return outcomes(table).map((outcome) => {
        const { goal, got } = outcome;
        return html`<tr>
<th scope="row"><a href="#${anchorOf(suite, index)}">${goal.work}</a>
<small>${goal.case}</small></th>
<td>${table.fileSystem}</td><td>${goal.against ?? "–"}</td>
<td class="figure">${boundText(outcome)}</td>
<td class="figure">${numberText(got)} ${goal.unit}</td><td>${met(outcome)}</td>
</tr>
`;
      });
    });
  });
  if (rows.length === 0) return html`<p>The suites of this run have no goals.</p>`;
  return html`<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">work</th><th scope="col">on</th><th scope="col">against</th>
<th scope="col" class="figure">goal</th><th scope="col" class="figure">got</th>
<th scope="col">result</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}
