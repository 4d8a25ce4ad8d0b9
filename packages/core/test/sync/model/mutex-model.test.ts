// The model of the mutex (mutex.pml) under spin: what must hold does; planted mistakes are seen.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";

const run = promisify(execFile);
const model = path.join(packageRoot, "test", "sync", "model", "mutex.pml");
const skip = requires("spin", "compiler");

type Settings = Readonly<Record<string, number | true>>;

/** What the checker finds: "" when nothing is wrong in any state there is. */
async function check(settings: Settings): Promise<string> {
  const cwd = temporaryFolder();
  const given = Object.entries(settings).map(([name, value]) => `-D${name}=${Number(value)}`);
  await run("spin", ["-a", ...given, model], { cwd });
  // With PATIENT it looks for cycles without progress, else for failed assertions and standstills.
  const kind = settings["PATIENT"] === true ? "-DNP" : "-DSAFETY";
  const compiler = (process.env["CC"] ?? "cc").split(" ");
  // Compiling takes longer than the search, which is why nothing is optimized.
  const [command = "cc", ...args] = [...compiler, "-O0", "-w", kind, "-o", "pan", "pan.c"];
  await run(command, args, { cwd });
  const options = settings["PATIENT"] === true ? ["-l"] : [];
  const { stdout } = await run(path.join(cwd, "pan"), ["-m200000", ...options], { cwd });
  // All states were seen: none was left out for want of depth or memory.
  assert.doesNotMatch(stdout, /max search depth too small|out of memory|truncated/);
  const errors = /errors: (\d+)/.exec(stdout)?.[1];
  const found = /^pan:1: (.*) \(at depth/m.exec(stdout)?.[1] ?? "";
  assert.equal(errors, found === "" ? "0" : "1", stdout);
  fs.rmSync(cwd, { recursive: true });
  return found;
}

const sound: readonly (readonly [claim: string, Settings])[] = [
  ["one at a time is inside, and every wake-up comes", { ROUNDS: 2 }],
  ["a wake-up that comes to one who gives up is another's", { ROUNDS: 2, GIVE_UPS: 1 }],
  ["owners die: the next one is told, and is alone", { ROUNDS: 1, KILLS: 2 }],
  ["the same, while others give up", { ROUNDS: 1, KILLS: 1, GIVE_UPS: 1 }],
  ["whoever dies: the lock can be had by who lives", { ROUNDS: 1, KILLS: 2, PATIENT: true }],
  ...(rounds({ short: 0, long: 1 }) === 0
    ? []
    : ([
        ["many give up", { ROUNDS: 3, GIVE_UPS: 3 }],
        ["many die, and come again", { ROUNDS: 3, KILLS: 2 }],
        ["many die, and the lock can be had", { ROUNDS: 3, KILLS: 2, PATIENT: true }],
      ] as const)),
];

for (const [claim, settings] of sound) {
  test(`model: ${claim}`, { skip }, async () => {
    assert.equal(await check(settings), "");
  });
}

const standstill = /invalid end state/;
const failed = /assertion violated/;
const mistakes: readonly (readonly [mistake: string, Settings, found: RegExp])[] = [
  ["who was woken does not say that others may wait", { BUG: 1, ROUNDS: 2 }, standstill],
  ["sleeping without comparing the word", { BUG: 2, ROUNDS: 2 }, standstill],
  ["waking before the lock is free", { BUG: 3, ROUNDS: 2 }, standstill],
  ["taking the lock of the dead without comparing", { BUG: 4, KILLS: 2, ROUNDS: 1 }, failed],
  ["not telling that the owner died", { BUG: 5, KILLS: 2, ROUNDS: 1 }, failed],
  ["giving up with a wake-up in the pocket", { BUG: 6, ROUNDS: 2, GIVE_UPS: 1 }, standstill],
  [
    "not looking whether the owner lives",
    { BUG: 7, KILLS: 2, ROUNDS: 1, PATIENT: true },
    /non-progress cycle/,
  ],
  ["taking a free lock without comparing", { BUG: 8, ROUNDS: 1 }, failed],
];

for (const [mistake, settings, found] of mistakes) {
  test(`model: a planted mistake is found: ${mistake}`, { skip }, async () => {
    assert.match(await check(settings), found);
  });
}
