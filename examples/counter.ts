// Two processes count in one place. Reading, adding one and writing back loses counts, however
// short the time in between: both read the same number, and both write one more. Right is to add
// in one step, or to hold a lock for all three.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Mapping, type MappingHandle } from "@tidemark/core";
import { Mutex } from "@tidemark/core/sync";

const times = 400_000;
const lockedTimes = 20_000;
const mutexByteOffset = 64;

/** Ways to count, each in a word of its own. */
const ways: readonly ((words: Int32Array, mutex: Mutex) => void)[] = [
  // Wrong.
  (words) => {
    for (let turn = 0; turn < times; turn++) words[0] = (words[0] as number) + 1;
  },
  // Right: one step.
  (words) => {
    for (let turn = 0; turn < times; turn++) Atomics.add(words, 1, 1);
  },
  // Right: three steps, one after the other's.
  (words, mutex) => {
    for (let turn = 0; turn < lockedTimes; turn++) {
      using _guard = mutex.lockSync();
      words[2] = (words[2] as number) + 1;
    }
  },
];

/** Words where the processes meet before each way, so that they count at the same time. */
const meeting = 8;

function count(mapping: Mapping): void {
  const words = new Int32Array(mapping.buffer);
  const mutex = new Mutex(mapping, mutexByteOffset);
  for (const [index, way] of ways.entries()) {
    Atomics.add(words, meeting + index, 1);
    while (Atomics.load(words, meeting + index) < 2);
    way(words, mutex);
  }
}

if (process.send !== undefined) {
  // The other process.
  const [handle] = (await once(process, "message")) as [MappingHandle];
  count(Mapping.attach(handle));
  process.disconnect();
} else {
  using mapping = Mapping.anonymous(4096, { sharing: "shared" });
  const child = fork(fileURLToPath(import.meta.url));
  const ended = once(child, "exit");
  child.send(mapping.handle());
  count(mapping);
  const [code] = await ended;
  const [wrong = 0, atomic = 0, locked = 0] = new Int32Array(mapping.buffer);
  console.log(`read, add, write:       ${wrong} of ${2 * times}: ${2 * times - wrong} lost`);
  console.log(`Atomics.add:            ${atomic} of ${2 * times}`);
  console.log(`the same under a mutex: ${locked} of ${2 * lockedTimes}`);
  const isRight = atomic === 2 * times && locked === 2 * lockedTimes;
  if (code !== 0 || !isRight || wrong > 2 * times) throw new Error("counts were lost");
}
