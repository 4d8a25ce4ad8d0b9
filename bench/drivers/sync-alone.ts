// Uses a primitive that nobody else uses: nanoseconds for taking and giving back, or for a number.

import { spawnSync } from "node:child_process";
import { Mapping } from "@tidemark/core";
import { Mutex, RwLock, Semaphore, Sequence } from "@tidemark/core/sync";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface Alone {
  readonly what: string;
  readonly count: number;
  /** The C program, and what it shall do. */
  readonly program?: string;
  readonly method?: string;
}

const parts = 10;

type Run = (count: number) => void | Promise<void>;

const uses: Readonly<Record<string, (mapping: Mapping) => Run>> = {
  "mutex-sync": (mapping) => {
    const mutex = new Mutex(mapping, 0);
    return (count) => {
      for (let turn = 0; turn < count; turn++) mutex.lockSync().unlock();
    };
  },
  "mutex-async": (mapping) => {
    const mutex = new Mutex(mapping, 0);
    return async (count) => {
      for (let turn = 0; turn < count; turn++) (await mutex.lock()).unlock();
    };
  },
  "read-lock": (mapping) => {
    const lock = new RwLock(mapping, 0);
    return (count) => {
      for (let turn = 0; turn < count; turn++) lock.readLockSync().unlock();
    };
  },
  "write-lock": (mapping) => {
    const lock = new RwLock(mapping, 0);
    return (count) => {
      for (let turn = 0; turn < count; turn++) lock.writeLockSync().unlock();
    };
  },
  semaphore: (mapping) => {
    const semaphore = new Semaphore(mapping, 0, { permits: 1 });
    return (count) => {
      for (let turn = 0; turn < count; turn++) semaphore.acquireSync().release();
    };
  },
  sequence: (mapping) => {
    const ids = new Sequence(mapping, 0);
    return (count) => {
      const before = ids.last;
      let last = 0;
      for (let turn = 0; turn < count; turn++) last = ids.next();
      if (last !== before + count) throw new Error(`${last} is not ${before} + ${count}`);
    };
  },
};

await drive(async (job: Alone): Promise<Sample> => {
  if (job.program !== undefined) return { metrics: inC(job, job.program) };
  using mapping = Mapping.anonymous(4096, { sharing: "shared" });
  const use = uses[job.what];
  if (use === undefined) throw new Error(`there is no ${job.what}`);
  const run = use(mapping);
  const each = Math.round(job.count / parts);
  for (let warm = 0; warm < 3; warm++) await run(each);
  const times: number[] = [];
  for (let part = 0; part < parts; part++) {
    const start = now();
    await run(each);
    times.push(((now() - start) * 1e6) / each);
  }
  return { metrics: { callNs: median(times) } };
});

function inC(job: Alone, program: string): { callNs: number } {
  const run = spawnSync(program, [job.method ?? "", String(job.count)], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${program} ${job.method} failed (${run.status})`);
  return JSON.parse(run.stdout);
}
