// The crash explorer: every commit and every recovery, cut off at every call, with every loss of
// what was not synced that its chances come upon. And the explorer itself, shown mistakes.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { requires } from "@tidemark/testing/requirements.js";
import { rounds } from "@tidemark/testing/torture.js";
import type { Contents } from "./disk.js";
import { type Exploration, explore, Random, restore, type Story } from "./explorer.js";
import { explorationFolder, Recording } from "./recording.js";
import { checksum, resealedContents } from "./resealing.js";
import type { StorageCall } from "./storage-log.js";

const skip = requires("linux", "compiler");
const page = 4096;
const journal = "file.tidemark-journal";

/** What one commit changes. */
interface Change {
  readonly writes: readonly {
    readonly at: number;
    readonly length: number;
    readonly value: number;
  }[];
  readonly byteLength?: number;
}

/** A file and commits of it, one after the other. */
interface Scenario {
  readonly initial: Buffer;
  readonly changes: readonly Change[];
}

interface Recorded extends Story {
  /** What the file holds from so many calls on. */
  readonly versions: readonly { readonly from: number; readonly bytes: Buffer }[];
}

describe("power losses", { skip }, () => {
  const folder = explorationFolder();
  const file = path.join(folder, "file");
  let recording: Recording;
  before(() => {
    recording = new Recording(folder);
  });
  after(() => recording[Symbol.dispose]());

  test("the checksums of the journal are XXH64", () => {
    // Known answers of the reference implementation.
    assert.equal(checksum(Buffer.from(""), 0n), 0xef46db3751d8e999n);
    assert.equal(checksum(Buffer.from("a"), 0n), 0xd24ec4f1a98c6e5bn);
    assert.equal(checksum(Buffer.from("abc"), 0n), 0x44bc2cf5ad770999n);
  });

  test("whatever a power loss leaves of a commit reads as before it or as after it", async (t) => {
    const most = rounds({ short: 1200, long: 14_000 });
    const random = new Random(1);
    let states = 0;
    let scenarios = 0;
    const troubles: string[] = [];
    while (states < most && troubles.length === 0) {
      const scenario = scenarios < fixed.length ? fixed[scenarios] : randomScenario(random);
      const story = await record(recording, file, scenario as Scenario);
      const seed = 100 + scenarios++;
      const found = explore(story, { seed, most: rounds({ short: 120, long: 800 }) });
      states += found.states;
      troubles.push(...told(found, seed));
    }
    assert.deepEqual(troubles, []);
    t.diagnostic(`${states} states of ${scenarios} scenarios`);
  });

  test("whatever a power loss leaves of a recovery reads so, too", async (t) => {
    const most = rounds({ short: 400, long: 6_000 });
    const random = new Random(2);
    let states = 0;
    let recoveries = 0;
    const troubles: string[] = [];
    while (states < most && troubles.length === 0) {
      const story = await record(recording, file, randomScenario(random));
      const { recovered } = explore(story, { seed: recoveries, most: 120 });
      for (const { after: count, contents } of recovered.slice(0, 10)) {
        const again = await recordRecovery(recording, file, contents, story.allowed(count));
        const found = explore(again, { seed: recoveries++, most: 150 });
        states += found.states;
        troubles.push(...told(found, recoveries));
      }
    }
    assert.deepEqual(troubles, []);
    t.diagnostic(`${states} states of ${recoveries} recoveries`);
  });

  const mistakes: Readonly<Record<string, (calls: readonly StorageCall[]) => StorageCall[]>> = {
    "the journal is not synced": (calls) => calls.filter((call) => !isSync(call, journal)),
    "the name of the journal is not synced": (calls) => without(calls, isSync(".")),
    "the file is not synced before the journal goes": (calls) => {
      return calls.filter((call) => !isSync(call, "file"));
    },
    "the file is written before the journal is synced": (calls) => {
      const writes = calls.filter((call) => call.kind === "write" && call.name === "file");
      const rest = calls.filter((call) => !writes.includes(call));
      return rest.toSpliced(2, 0, ...writes);
    },
    "the journal goes before the file is synced": (calls) => {
      const unlink = calls.find((call) => call.kind === "unlink") as StorageCall;
      const rest = calls.filter((call) => call !== unlink);
      return rest.toSpliced(rest.findIndex(isSync("file")), 0, unlink);
    },
    "that the journal is gone is not synced": (calls) => calls.slice(0, -1),
  };
  for (const [mistake, plant] of Object.entries(mistakes)) {
    test(`the explorer finds a mistake: ${mistake}`, async () => {
      const story = await record(recording, file, fixed[0] as Scenario);
      const planted = { ...story, calls: plant(story.calls) };
      assert.notDeepEqual(planted.calls, story.calls);
      // Calls may be fewer now: the version after the commit is due when all of them were made.
      const due = (count: number) => {
        return count === planted.calls.length ? [story.versions[1]?.bytes as Buffer] : all(story);
      };
      const { violations } = explore(
        { ...planted, allowed: due },
        { seed: 5, most: 2000, one: true },
      );
      assert.notEqual(violations.length, 0);
    });
  }

  test("the explorer finds a mistake: checksums that are not looked at", async () => {
    const story = await record(recording, file, fixed[0] as Scenario);
    const options = { seed: 6, most: 500 };
    const { violations } = explore(story, { ...options, alter: resealedContents, one: true });
    assert.notEqual(violations.length, 0);
    assert.deepEqual(explore(story, options).violations, []);
  });

  test("the explorer finds a mistake: a recovery that does not sync what it put back", async () => {
    const story = await record(recording, file, fixed[0] as Scenario);
    // All of the journal, and half of the file.
    const { recovered } = explore(story, { seed: 7, most: 600 });
    const torn = recovered.filter(({ contents }) => {
      const bytes = contents.get("file") as Buffer;
      return contents.has(journal) && !all(story).some((version) => version.equals(bytes));
    });
    const { after: count, contents } = torn[0] as Exploration["recovered"][number];
    const again = await recordRecovery(recording, file, contents, story.allowed(count));
    const calls = again.calls.filter((call) => !isSync(call, "file"));
    assert.ok(calls.length < again.calls.length);
    assert.notEqual(
      explore({ ...again, calls }, { seed: 8, most: 500, one: true }).violations.length,
      0,
    );
  });
});

/** Cases that chance may not come upon. */
const fixed: readonly Scenario[] = [
  {
    initial: patterned(5 * page, 1),
    changes: [{ writes: [0, 2, 4].map((at) => ({ at: at * page, length: page, value: 7 })) }],
  },
  // Shorter, in the middle of a page, and longer again.
  {
    initial: patterned(4 * page + 100, 2),
    changes: [
      { writes: [{ at: 10, length: 5, value: 8 }], byteLength: page + 50 },
      { writes: [{ at: page, length: 3 * page, value: 9 }] },
    ],
  },
  // From nothing, and back to nothing.
  {
    initial: Buffer.alloc(0),
    changes: [{ writes: [{ at: 3 * page, length: 1, value: 1 }] }, { writes: [], byteLength: 0 }],
  },
  // Only the length.
  { initial: patterned(100, 3), changes: [{ writes: [], byteLength: 9000 }] },
];

function patterned(length: number, seed: number): Buffer {
  const random = new Random(seed);
  return Buffer.from(Array.from({ length }, () => 32 + random.below(64)));
}

function randomScenario(random: Random): Scenario {
  const pages = random.below(7);
  const initial = patterned(pages * page + (random.next() < 0.5 ? 0 : random.below(page)), pages);
  const changes = Array.from({ length: 1 + random.below(3) }, (): Change => {
    const writes = Array.from({ length: 1 + random.below(4) }, () => {
      const length = random.next() < 0.5 ? 1 + random.below(40) : random.below(2 * page) + 1;
      return { at: random.below(9 * page), length, value: 1 + random.below(255) };
    });
    return random.next() < 0.7 ? { writes } : { writes, byteLength: random.below(9 * page) };
  });
  return { initial, changes };
}

async function record(
  recording: Recording,
  file: string,
  { initial, changes }: Scenario,
): Promise<Recorded> {
  restore(file, new Map([["file", initial]]));
  const calls: StorageCall[] = [];
  const versions = [{ from: 0, bytes: initial }];
  await recording.of(({ core, kept }, path) => {
    kept["file"] = core.TrackedFile.open(path, { maxByteLength: 2 ** 24 });
  }, file);
  for (const change of changes) {
    const made = await recording.of(({ kept }, { writes, byteLength }: Change) => {
      const opened = kept["file"];
      const bytes = opened.bytes();
      for (const { at, length, value } of writes) bytes.fill(value, at, at + length);
      opened.commitSync(byteLength === undefined ? {} : { byteLength });
    }, change);
    calls.push(...made);
    versions.push({ from: calls.length, bytes: fs.readFileSync(file) });
  }
  await recording.of(({ kept }) => kept["file"].close({ commit: false }), undefined);
  return {
    file,
    before: new Map([["file", initial]]),
    calls,
    versions,
    allowed(count) {
      const current = versions.findLastIndex(({ from }) => from <= count);
      // In the middle of a commit the next version may be there, too.
      const between = count > (versions[current]?.from as number);
      return versions.slice(current, current + (between ? 2 : 1)).map(({ bytes }) => bytes);
    },
  };
}

/** The recovery of a state, as a story of its own: what is on the disk then is there for good. */
async function recordRecovery(
  recording: Recording,
  file: string,
  contents: Contents,
  allowed: readonly Buffer[],
): Promise<Story> {
  restore(file, contents);
  const calls = await recording.of(({ core }, path) => {
    core.TrackedFile.open(path, { maxByteLength: 2 ** 24 }).close({ commit: false });
  }, file);
  return { file, before: contents, calls, allowed: () => allowed };
}

function all(story: Recorded): Buffer[] {
  return story.versions.map(({ bytes }) => bytes);
}

function told({ violations }: Exploration, seed: number): string[] {
  return violations.slice(0, 3).map(({ after: count, why }) => {
    return `seed ${seed}, power lost after call ${count}: ${why}`;
  });
}

function isSync(name: string): (call: StorageCall) => boolean;
function isSync(call: StorageCall, name: string): boolean;
function isSync(
  first: StorageCall | string,
  name?: string,
): boolean | ((call: StorageCall) => boolean) {
  if (typeof first === "string") return (call) => isSync(call, first);
  return first.kind === "sync" && first.name === name;
}

/** All but the first that matches. */
function without(
  calls: readonly StorageCall[],
  matches: (call: StorageCall) => boolean,
): StorageCall[] {
  const index = calls.findIndex(matches);
  return calls.filter((_call, at) => at !== index);
}
