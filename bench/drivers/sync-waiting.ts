// Two processes that wait for each other in turn, asleep: microseconds there and back.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Mapping } from "@tidemark/core";
import { Semaphore, waitWhile, waitWhileSync, wake } from "@tidemark/core/sync";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface Waiting {
  readonly way: "word-sync" | "word-async" | "semaphore-sync" | "c";
  readonly folder: string;
  /** Round trips. */
  readonly count: number;
  readonly program?: string;
  /** Set for the second process. */
  readonly file?: string;
}

const parts = 10;

await drive(async (job: Waiting): Promise<Sample> => {
  if (job.way === "c") return { metrics: inC(job) };
  if (job.file !== undefined) {
    await play(job, job.file, 1);
    return { metrics: {} };
  }
  const file = path.join(job.folder, `waiting-${process.pid}`);
  fs.writeFileSync(file, Buffer.alloc(4096));
  const other = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), JSON.stringify({ ...job, file })],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exit = once(other, "exit");
  const times = await play(job, file, 0);
  const [code] = await exit;
  if (code !== 0) throw new Error(`the other process failed (${code})`);
  fs.rmSync(file);
  return { metrics: { roundTripUs: median(times) } };
});

/** Plays one side, 0 or 1; the first part is for warming up. */
async function play({ way, count }: Waiting, file: string, side: number): Promise<number[]> {
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const round = way === "semaphore-sync" ? bySemaphores(mapping, side) : byWord(mapping, way, side);
  const each = Math.round(count / parts);
  const times: number[] = [];
  for (let part = 0; part <= parts; part++) {
    const start = now();
    for (let turn = part * each; turn < (part + 1) * each; turn++) await round(turn);
    if (part > 0) times.push(((now() - start) * 1e3) / each);
  }
  return times;
}

type Round = (turn: number) => void | Promise<void>;

function byWord(mapping: Mapping, way: Waiting["way"], side: number): Round {
  const words = new Int32Array(mapping.buffer);
  const pass = (value: number): void => {
    Atomics.store(words, 0, value);
    wake(mapping, 0, 1);
  };
  if (way === "word-sync") {
    const waitUntil = (value: number): void => {
      for (;;) {
        const seen = Atomics.load(words, 0);
        if (seen === value) return;
        waitWhileSync(mapping, 0, seen);
      }
    };
    return side === 0
      ? (turn) => {
          pass(2 * turn + 1);
          waitUntil(2 * turn + 2);
        }
      : (turn) => {
          waitUntil(2 * turn + 1);
          pass(2 * turn + 2);
        };
  }
  return async (turn) => {
    if (side === 0) pass(2 * turn + 1);
    const value = 2 * turn + (side === 0 ? 2 : 1);
    let seen = Atomics.load(words, 0);
    while (seen !== value) {
      await waitWhile(mapping, 0, seen);
      seen = Atomics.load(words, 0);
    }
    if (side === 1) pass(2 * turn + 2);
  };
}

function bySemaphores(mapping: Mapping, side: number): Round {
  const there = new Semaphore(mapping, 0);
  const back = new Semaphore(mapping, Semaphore.byteLength);
  return side === 0
    ? () => {
        there.release();
        back.acquireSync().consume();
      }
    : () => {
        there.acquireSync().consume();
        back.release();
      };
}

function inC({ program = "", count }: Waiting): { roundTripUs: number } {
  const run = spawnSync(program, ["ping-pong", String(count)], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${program} ping-pong failed (${run.status})`);
  return JSON.parse(run.stdout);
}
