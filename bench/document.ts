// Puts the tables of the documented runs (bench/results/documented*.json, of one machine) into the
// documents, between their markers:
//
//   <!-- bench:begin NAME --> … <!-- bench:end NAME -->   NAME: machine, goals, or a suite

import fs from "node:fs";
import path from "node:path";
import { documentsFolder, resultsFolder } from "./locations.js";
import { showMachine } from "./machine.js";
import { type RunRecord, readRecord } from "./record.js";
import { showGoals, showSuite } from "./report.js";

const documents = ["performance.md", "growth.md"];

/** Rewrites the marked blocks of all documents. */
export function documentResults(): void {
  const record = documentedRuns();
  for (const name of documents) {
    const file = path.join(documentsFolder, name);
    if (!fs.existsSync(file)) {
      console.error(`there is no docs/${name}`);
      continue;
    }
    const before = fs.readFileSync(file, "utf8");
    const { text, written, left } = documented(before, record);
    if (text !== before) fs.writeFileSync(file, text);
    console.log(`docs/${name}: ${written.join(", ") || "no blocks"}`);
    if (left.length > 0) console.error(`not in a documented run, and left: ${left.join(", ")}`);
  }
}

/** All documented runs as one: each suite was measured in one of them. */
function documentedRuns(): RunRecord {
  const records = fs
    .readdirSync(resultsFolder)
    .filter((name) => /^documented.*\.json$/.test(name))
    .sort()
    .map((name) => readRecord(path.join(resultsFolder, name)));
  const [first] = records;
  if (first === undefined) throw new Error("there is no documented run in bench/results");
  if (records.some(({ quick }) => quick)) throw new Error("a quick run is nothing to document");
  return { ...first, suites: records.flatMap(({ suites }) => suites) };
}

/** A document with its marked blocks filled; those of suites that were not measured stay. */
export function documented(
  text: string,
  record: RunRecord,
): { readonly text: string; readonly written: string[]; readonly left: string[] } {
  const [written, left]: [string[], string[]] = [[], []];
  const marked = /(<!-- bench:begin ([\w-]+) -->\n)[\s\S]*?(<!-- bench:end \2 -->)/g;
  const filled = text.replace(marked, (all, begin: string, name: string, end: string) => {
    const content = block(name, record);
    (content === undefined ? left : written).push(name);
    return content === undefined ? all : `${begin}\n${content}\n\n${end}`;
  });
  return { text: filled, written, left };
}

function block(name: string, record: RunRecord): string | undefined {
  if (name === "machine") return showMachine(record.machine, "markdown");
  if (name === "goals") return showGoals(record.suites, "markdown");
  const suite = record.suites.find((each) => each.suite === name);
  return suite === undefined ? undefined : showSuite(suite, "markdown");
}
