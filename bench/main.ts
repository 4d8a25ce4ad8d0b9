// npm run bench -- SUITE… [options]: measures, shows tables, and keeps the samples as JSON.

import { parseArgs } from "node:util";
import { documentResults } from "./document.js";
import { runSuites } from "./run.js";
import { fullSizes, quickSizes, type Suite } from "./suite.js";
import { access } from "./suites/access.js";
import { capnp } from "./suites/capnp.js";
import { growth } from "./suites/growth.js";
import { growthPolicy } from "./suites/growth-policy.js";
import { heap } from "./suites/heap.js";
import { messageFiles } from "./suites/message-files.js";
import { records } from "./suites/records.js";
import { schema } from "./suites/schema.js";
import { sync } from "./suites/sync.js";
import { tracking } from "./suites/tracking.js";

const suites: Readonly<Record<string, Suite>> = {
  capnp,
  growth,
  "growth-policy": growthPolicy,
  access,
  sync,
  "message-files": messageFiles,
  schema,
  tracking,
  records,
  heap,
};

const usage = `npm run bench -- SUITE… [--quick] [--rounds N] [--directory DIR]…
                 [--json FILE] [--markdown]
npm run bench -- --document

Suites: ${Object.keys(suites).join(", ")}.

--quick          small files and few rounds: to see that it works
--rounds N       how often each case runs (default 5)
--directory DIR  where to make files, may be repeated (default: bench/build and /dev/shm)
--json FILE      where to keep the samples (default bench/results/<suites>.json)
--markdown       show tables as Markdown
--document       put the tables of bench/results/documented.json into docs/`;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    directory: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    markdown: { type: "boolean", default: false },
    document: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const unknown = names.find((name) => suites[name] === undefined);
const rounds = options.rounds === undefined ? undefined : Number(options.rounds);
if (options.help) {
  console.log(usage);
} else if (options.document) {
  documentResults();
} else if (names.length === 0) {
  refuse("name a suite to run");
} else if (unknown !== undefined) {
  refuse(`there is no suite "${unknown}"`);
} else if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
  refuse(`--rounds must be a whole number from 1 on, got "${options.rounds}"`);
} else {
  const sizes = options.quick ? quickSizes : fullSizes;
  runSuites({
    suites: names.flatMap((name) => {
      const suite = suites[name];
      return suite === undefined ? [] : [{ name, suite }];
    }),
    sizes: rounds === undefined ? sizes : { ...sizes, rounds },
    quick: options.quick,
    directories: options.directory,
    json: options.json,
    style: options.markdown ? "markdown" : "text",
  });
}

function refuse(reason: string): void {
  console.error(`${reason}\n\n${usage}`);
  process.exitCode = 1;
}
