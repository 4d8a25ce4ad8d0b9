// npm run bench: measures, shows tables, keeps the samples as JSON, and makes the page of all.

import path from "node:path";
import { parseArgs } from "node:util";
import { documentResults } from "./document.js";
import { resultsFolder } from "./locations.js";
import { Interrupted } from "./measure.js";
import { writePage } from "./page/page.js";
import { installPeers } from "./peers.js";
import { readRecord } from "./record.js";
import { runSuites } from "./run.js";
import { fullSizes, quickSizes } from "./suite.js";
import { allSuites } from "./suites/all.js";

const usage = `npm run bench -- [SUITE…] [--quick] [--rounds N] [--directory DIR]…
                 [--json FILE] [--markdown]
npm run bench -- --page FILE
npm run bench -- --document

Suites: ${allSuites.map(({ name }) => name).join(", ")}; none: all of them.
All of them, or --page, make a page for browsers beside the JSON: bench/results/report.html.

--quick          small files and few rounds: to see that it works
--rounds N       how often each case runs (default 5)
--directory DIR  where to make files, may be repeated (default: bench/build and /dev/shm)
--json FILE      where to keep the samples (default bench/results/report.json, or <suites>.json)
--markdown       show tables as Markdown
--page FILE      make the page of samples that were kept
--document       put the tables of bench/results/documented*.json into docs/

It ends with 1 when a suite failed; the others run to their end.`;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    directory: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    markdown: { type: "boolean", default: false },
    page: { type: "string" },
    document: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const unknown = names.find((name) => !allSuites.some((suite) => suite.name === name));
const rounds = options.rounds === undefined ? undefined : Number(options.rounds);
if (options.help) {
  console.log(usage);
} else if (options.document) {
  documentResults();
} else if (options.page !== undefined) {
  showPlace(writePage(options.page, readRecord(options.page)));
} else if (unknown !== undefined) {
  refuse(`there is no suite "${unknown}"`);
} else if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
  refuse(`--rounds must be a whole number from 1 on, got "${options.rounds}"`);
} else {
  measureAll();
}

function measureAll(): void {
  const all = names.length === 0;
  const sizes = options.quick ? quickSizes : fullSizes;
  const title = all ? "report" : `${names.join("-")}${options.quick ? "-quick" : ""}`;
  const json = options.json ?? path.join(resultsFolder, `${title}.json`);
  const suites = allSuites.filter(({ name }) => all || names.includes(name));
  if (suites.some(({ needsPeers }) => needsPeers === true)) installPeers();
  try {
    const record = runSuites({
      suites,
      sizes: rounds === undefined ? sizes : { ...sizes, rounds },
      quick: options.quick,
      directories: options.directory,
      json,
      style: options.markdown ? "markdown" : "text",
    });
    if (all) showPlace(writePage(json, record));
    if (record.suites.some(({ failures = [] }) => failures.length > 0)) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.error("interrupted: nothing is kept");
    process.exitCode = 130;
  }
}

function showPlace(file: string): void {
  console.error(`the page: ${path.relative(process.cwd(), file)}`);
}

function refuse(reason: string): void {
  console.error(`${reason}\n\n${usage}`);
  process.exitCode = 1;
}
