// A channel whose senders and receivers are killed at any moment, again and again: it goes on, no
// message is torn, none is lost that was not told of.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, startChild } from "@tidemark/testing/child.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import {
  control,
  messagesPerLife,
  mostLives,
  openStorm,
  type Storm,
  stormByteLength,
} from "./channel-storm-layout.js";

const kills = rounds({ short: 16, long: 1000 });
const stallMs = 20_000;

/** Waits until one more message was received. */
async function progress(storm: Storm): Promise<void> {
  const before = Atomics.load(storm.control, control.received);
  const start = performance.now();
  while (Atomics.load(storm.control, control.received) === before) {
    assert.ok(performance.now() - start < stallMs, "nothing was received any more: a deadlock");
    await sleep(1);
  }
}

interface Account {
  readonly begun: number;
  readonly lost: number;
  readonly doubled: number;
}

/** Compares what was sent with what was received. */
function accountOf(storm: Storm): Account {
  let begun = 0;
  let lost = 0;
  let doubled = 0;
  const lives = Math.min(mostLives, Atomics.load(storm.control, control.lives));
  for (let life = 0; life < lives; life++) {
    const started = Atomics.load(storm.begun, 2 * life);
    const sent = Atomics.load(storm.begun, 2 * life + 1);
    begun += started;
    for (let index = 0; index < started; index++) {
      const times = storm.received[life * messagesPerLife + index] as number;
      if (times === 0 && index < sent) lost++;
      doubled += Math.max(0, times - 1);
    }
  }
  return { begun, lost, doubled };
}

test(`${kills} kills of senders and receivers lose no message untold, and stop nothing`, {
  skip: requires("linux"),
}, async () => {
  const path = temporaryPath();
  fs.writeFileSync(path, "");
  fs.truncateSync(path, stormByteLength);
  const storm = openStorm(path);
  const module = new URL("./channel-storm-process.js", import.meta.url);
  const start = (role: "send" | "receive"): { readonly role: typeof role; child: Child } => {
    return { role, child: startChild(module, { args: [path, role], timeoutMs: 3_600_000 }) };
  };
  const processes = [start("send"), start("send"), start("receive"), start("receive")];
  for (const { child } of processes) await child.line("ready");
  for (let count = 0; count < kills; count++) {
    const victim = processes[Math.floor(Math.random() * 4)] as (typeof processes)[number];
    await victim.child.line("ready");
    await progress(storm);
    await sleep(Math.random() * 4);
    await victim.child.kill();
    victim.child = start(victim.role).child;
  }
  await progress(storm);
  Atomics.store(storm.control, control.stop, 1);
  for (const { role, child } of processes) {
    if (role === "receive") continue;
    const { code, stderr } = await child.finished;
    assert.equal(code, 0, stderr);
  }
  storm.channel.end();
  for (const { child } of processes) {
    const { code, stderr } = await child.finished;
    assert.equal(code, 0, stderr);
  }
  assert.equal(storm.channel.tryReceive(), undefined);
  const { begun, lost, doubled } = accountOf(storm);
  const { skipped, givenAgain } = storm.channel;
  const told = `${begun} begun, ${skipped} skipped, ${givenAgain} given again, ${doubled} doubled`;
  assert.equal(Atomics.load(storm.control, control.torn), 0, `torn: ${told}`);
  assert.equal(lost, 0, `lost although sent: ${told}`);
  assert.ok(doubled <= givenAgain, told);
  // Who was killed was writing at most one claim, or a batch of seven.
  assert.ok(skipped <= 7 * kills, told);
  assert.ok(begun > kills, told);
});
