// Runs of suites: what fails, what is missing, and what is kept.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { mock, test } from "node:test";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { loadPeer } from "../peers.js";
import { readRecord } from "../record.js";
import { runSuites } from "../run.js";
import { type Case, type Group, quickSizes, type Suite } from "../suite.js";
import type { NamedSuite } from "../suites/all.js";

function group(title: string, each: Partial<Case>): Group {
  const one: Case = { name: "one", driver: "make-file", parameters: {}, ...each };
  return { rounds: 1, cases: [one], layout: { title, columns: [{ metric: "ns", title: "ns" }] } };
}

function named(name: string, suite: Suite): NamedSuite {
  return { name, title: name, suite };
}

test("a suite that fails is reported, and the others run to their end", () => {
  mock.method(console, "log", () => undefined);
  const told = mock.method(console, "error", () => undefined);
  const folder = temporaryFolder();
  const json = path.join(folder, "run.json");
  const missing = { missing: "not installed: a compiler", peer: true };
  const record = runSuites({
    suites: [
      named("throws", () => {
        throw new Error("cannot be planned");
      }),
      named("fails", () => ({
        groups: [group("broken", { driver: "no-such-driver" }), group("whole", missing)],
      })),
      named("works", () => ({ groups: [group("missing", missing)] })),
    ],
    sizes: quickSizes,
    quick: true,
    directories: [folder],
    json,
    style: "text",
  });
  const [throws, fails, works] = record.suites;
  assert.deepEqual(throws?.failures, ["cannot be planned"]);
  assert.equal(fails?.failures?.length, 1);
  assert.match(fails?.failures?.[0] ?? "", /the case "one" failed \(exit code 1\)/);
  assert.deepEqual(
    fails?.tables.map(({ title }) => title),
    ["whole"],
  );
  assert.equal(works?.failures, undefined);
  assert.deepEqual(works?.tables[0]?.rows[0], {
    name: "one",
    peer: true,
    samples: [{ metrics: {}, skipped: "not installed: a compiler" }],
  });
  assert.deepEqual(readRecord(json).suites, JSON.parse(JSON.stringify(record.suites)));
  assert.deepEqual(fs.readdirSync(folder), ["run.json"], "nothing else is left");
  assert.ok(told.mock.calls.some(({ arguments: [line] }) => /^FAILED: broken/.test(String(line))));
});

test("a peer that is not there is undefined, not an error", () => {
  assert.equal(loadPeer("no-such-database"), undefined);
});
