// Two processes use one primitive at the same time: how much both get done in a second.

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Mapping } from "@tidemark/core";
import { Mutex, Sequence } from "@tidemark/core/sync";
import { drive, now } from "../driver.js";
import type { Sample } from "../sample.js";

interface Together {
  readonly what: "mutex" | "sequence";
  readonly folder: string;
  /** Of each process. */
  readonly count: number;
  /** Set for the second process. */
  readonly file?: string;
}

const processes = 2;
const at = { ready: 1024, counted: 1025 };

await drive(async (job: Together): Promise<Sample> => {
  if (job.file !== undefined) return { metrics: { rate: use(job, job.file) } };
  const file = path.join(job.folder, `shared-${process.pid}`);
  fs.writeFileSync(file, Buffer.alloc(8192));
  const other = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), JSON.stringify({ ...job, file })],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exit = once(other, "exit");
  const rate = use(job, file);
  const [code] = await exit;
  if (code !== 0) throw new Error(`the other process failed (${code})`);
  check(job, file);
  fs.rmSync(file);
  return { metrics: { rate } };
});

/** Millions in a second, of both. */
function use({ what, count }: Together, file: string): number {
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const words = new Int32Array(mapping.buffer);
  const run = what === "mutex" ? countUnderLock(mapping, words) : takeNumbers(mapping);
  run(count / 10);
  Atomics.add(words, at.ready, 1);
  while (Atomics.load(words, at.ready) < processes);
  const start = now();
  run(count);
  return (processes * count) / (now() - start) / 1e3;
}

function countUnderLock(mapping: Mapping, words: Int32Array): (count: number) => void {
  const mutex = new Mutex(mapping, 0);
  return (count) => {
    for (let turn = 0; turn < count; turn++) {
      const guard = mutex.lockSync();
      words[at.counted] = (words[at.counted] as number) + 1;
      guard.unlock();
    }
  };
}

function takeNumbers(mapping: Mapping): (count: number) => void {
  const ids = new Sequence(mapping, 0);
  return (count) => {
    let before = 0;
    for (let turn = 0; turn < count; turn++) {
      const id = ids.next();
      if (id <= before) throw new Error(`${id} came after ${before}`);
      before = id;
    }
  };
}

function check({ what, count }: Together, file: string): void {
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const words = new Int32Array(mapping.buffer);
  const done = what === "mutex" ? words[at.counted] : new Sequence(mapping, 0).last;
  const expected = processes * (count + count / 10);
  if (done !== expected) throw new Error(`${done} were counted, not ${expected}`);
}
