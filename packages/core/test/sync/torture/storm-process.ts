// One of the processes of a kill storm: uses a primitive in all its forms, and watches that it
// keeps its promise. Killed at any moment, and replaced by another of the same number.

import fs from "node:fs";
import { Mapping } from "@tidemark/core";
import {
  Barrier,
  Condition,
  Mutex,
  type MutexGuard,
  RwLock,
  Semaphore,
  Sequence,
} from "@tidemark/core/sync";
import { stormLayout } from "./storm-layout.js";

const [, , kind = "", file = "", given = "0"] = process.argv;
const index = Number(given);
const mapping = Mapping.openFile(file, { access: "read-write" });
const words = new Int32Array(mapping.buffer, stormLayout.words, 64);
const { inside, first, second, progress, holders, version, calm } = stormLayout.indexes;

/** Ends the storm: something happened that must not. */
function violated(what: string): never {
  fs.writeSync(1, `violated: ${what}\n`);
  process.exit(1);
}

/** Whether a process has ended, also when nobody has waited for it yet. */
function isGone(pid: number): boolean {
  try {
    return /\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

function linger(): void {
  for (let turn = Math.random() * 3000; turn > 0; turn--) Atomics.load(words, inside);
}

/** What only one may do at a time. */
function alone(ownerDied: boolean, markConsistent: () => void): void {
  const before = Atomics.exchange(words, inside, process.pid);
  if (before !== 0) {
    if (!isGone(before)) violated(`${before} is inside, too`);
    if (!ownerDied) violated(`${before} died inside, and nobody was told`);
  }
  if (words[first] !== words[second] && !ownerDied) violated("half-done, and nobody was told");
  if (ownerDied) {
    words[second] = words[first] as number;
    markConsistent();
  }
  words[first] = (words[first] as number) + 1;
  linger();
  words[second] = (words[second] as number) + 1;
  if (Atomics.exchange(words, inside, 0) !== process.pid) violated("another came inside");
}

function setHolder(pid: number): void {
  Atomics.store(words, holders + index, pid);
  Atomics.add(words, version, 1);
}

/** Who holds a permit at one moment: nothing changed while it was read. */
function holdersNow(): number[] {
  for (;;) {
    const before = Atomics.load(words, version);
    const pids = [...words.slice(holders, holders + stormLayout.processes)];
    if (Atomics.load(words, version) === before) return pids;
  }
}

const forms: Readonly<Record<string, () => Promise<void>>> = {
  mutex: async () => {
    const mutex = new Mutex(mapping, 0);
    const guard = await taken(mutex);
    if (guard === undefined) return;
    alone(guard.ownerDied, () => guard.markConsistent());
    guard.unlock();
  },
  "rw-lock": async () => {
    const lock = new RwLock(mapping, 0);
    if (Math.random() < 0.5) {
      const form = Math.random();
      const reading =
        form < 0.2 ? lock.tryReadLock() : form < 0.6 ? lock.readLockSync() : await lock.readLock();
      if (reading === undefined) return;
      const before = Atomics.load(words, inside);
      if (before !== 0 && !reading.ownerDied) violated(`${before} writes`);
      linger();
      if (words[first] !== words[second] && !reading.ownerDied) violated("half-written");
      if (Atomics.load(words, inside) !== before) violated("a writer came to a reader");
      reading.unlock();
    } else {
      const form = Math.random();
      const writing =
        form < 0.2
          ? lock.tryWriteLock()
          : form < 0.6
            ? lock.writeLockSync()
            : await lock.writeLock();
      if (writing === undefined) return;
      alone(writing.ownerDied, () => writing.markConsistent());
      writing.unlock();
    }
  },
  semaphore: async () => {
    const semaphore = new Semaphore(mapping, 0, { permits: 2 });
    const form = Math.random();
    const permit =
      form < 0.2
        ? semaphore.tryAcquire()
        : form < 0.6
          ? semaphore.acquireSync()
          : await semaphore.acquire();
    if (permit === undefined) return;
    setHolder(process.pid);
    linger();
    const pids = holdersNow();
    // A death has its permit come back, but not what it wrote.
    const alive = pids.filter((pid) => pid !== 0 && !isGone(pid));
    if (alive.length > 2) violated(`${alive} hold 2 permits`);
    setHolder(0);
    permit.release();
  },
  barrier: async () => {
    const barrier = new Barrier(mapping, 0, { parties: stormLayout.processes });
    const form = Math.random();
    const passage =
      form < 0.2 ? barrier.tryWait() : form < 0.6 ? barrier.waitSync() : await barrier.wait();
    if (passage?.last) Atomics.add(words, first, 1);
  },
  condition: async () => {
    const mutex = new Mutex(mapping, 0);
    const changed = new Condition(mapping, 64);
    const guard = mutex.lockSync();
    if (guard.ownerDied) guard.markConsistent();
    // The turn goes round: with one of them lost, all would wait for ever.
    while ((words[first] as number) % stormLayout.processes !== index) {
      if (Math.random() < 0.5) changed.waitSync(guard);
      else await changed.wait(guard);
    }
    words[first] = (words[first] as number) + 1;
    changed.notifyAll();
    guard.unlock();
  },
  sequence: async () => {
    const ids = new Sequence(mapping, 0);
    const seen = new Int32Array(mapping.buffer, stormLayout.bitmap);
    for (let turn = 0; turn < 100; turn++) {
      const id = ids.next();
      const mark = 1 << (id & 31);
      if ((Atomics.or(seen, id >> 5, mark) & mark) !== 0) violated(`${id} was given out twice`);
    }
  },
};

async function taken(mutex: Mutex): Promise<MutexGuard | undefined> {
  const form = Math.random();
  if (form < 0.2) return mutex.tryLock();
  return form < 0.6 ? mutex.lockSync() : mutex.lock();
}

setHolder(0);
const use = forms[kind] ?? violated(`there is no ${kind}`);
for (;;) {
  await use();
  Atomics.add(words, progress + index, 1);
  // What a failing parent has sent, and signals, are for the event loop.
  await new Promise((resolve) => {
    // While another one is being started, they leave it the processors.
    if (Atomics.load(words, calm) !== 0 || kind === "sequence") setTimeout(resolve, 2);
    else setImmediate(resolve);
  });
}
