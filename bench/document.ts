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
    const { text, blocks } = rewrite(before, record);
    if (text !== before) fs.writeFileSync(file, text);
    console.log(`docs/${name}: ${blocks.join(", ") || "no blocks"}`);
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

function rewrite(text: string, record: RunRecord): { text: string; blocks: string[] } {
  const blocks: string[] = [];
  const marked = /(<!-- bench:begin ([\w-]+) -->\n)[\s\S]*?(<!-- bench:end \2 -->)/g;
  const written = text.replace(marked, (_all, begin: string, name: string, end: string) => {
    blocks.push(name);
    return `${begin}\n${block(name, record)}\n\n${end}`;
  });
  return { text: written, blocks };
}

function block(name: string, record: RunRecord): string {
  if (name === "machine") return showMachine(record.machine, "markdown");
  if (name === "goals") return showGoals(record.suites, "markdown");
  const suite = record.suites.find((each) => each.suite === name);
  if (suite === undefined) throw new Error(`the documented run has no suite "${name}"`);
  return showSuite(suite, "markdown");
}
