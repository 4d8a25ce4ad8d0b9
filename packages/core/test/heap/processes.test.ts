// Threads and processes that use one heap at once, and are killed while they do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { GrowingFile, Mapping } from "@tidemark/core";
import { Heap, List } from "@tidemark/core/heap";
import { array, atomic, record, uint32, uint64 } from "@tidemark/core/records";
import { runChild, startChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { randomNumbers } from "./random-numbers.js";

const maxByteLength = 2 ** 30;

test("processes and threads allocate and free at once, and never the same", async () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength });
  const heap = Heap.create(file);
  const source = `
    import { Worker, isMainThread, threadId, workerData } from "node:worker_threads";
    import { GrowingFile } from "@tidemark/core";
    import { Heap } from "@tidemark/core/heap";
    const path = isMainThread ? process.argv[2] : workerData;
    const worker = isMainThread ? new Worker(new URL(import.meta.url), { workerData: path }) : null;
    const file = GrowingFile.open(path, { maxByteLength: 2 ** 30 });
    const heap = Heap.open(file);
    const mark = (process.pid * 31 + threadId) & 0xff;
    const kept = [];
    for (let turn = 0; turn < 6000; turn++) {
      const at = heap.allocate(1 + (turn * 37) % 700);
      heap.bytes(at).fill(mark);
      kept.push(at);
      if (turn % 3 === 2) {
        const [old] = kept.splice((turn * 7) % kept.length, 1);
        if (heap.bytes(old).some((byte) => byte !== mark)) throw new Error("written by another");
        heap.free(old);
      }
    }
    for (const at of kept) {
      if (heap.bytes(at).some((byte) => byte !== mark)) throw new Error("written by another");
    }
    file.close();
    if (worker) {
      await new Promise((resolve, reject) => worker.on("exit", resolve).on("error", reject));
    }
    if (isMainThread) console.log("true");`;
  const children = await Promise.all([1, 2].map(() => runChild(source, { args: [path] })));
  for (const child of children) assert.equal(child.json, true);
  assert.deepEqual(heap.check(), []);
  assert.equal(heap.usage.allocationCount, 4 * 4000);
  file.close();
});

/** What a child says of each of its operations, in memory that outlives it. */
const Journal = record({
  begun: atomic(uint32),
  done: atomic(uint32),
  slots: array(uint64, 64),
  /** Of the operation that was begun last: its slot. */
  slot: uint32,
  elements: atomic(uint32),
});

const victim = `
  import { GrowingFile, Mapping } from "@tidemark/core";
  import { Heap, List } from "@tidemark/core/heap";
  import { array, atomic, record, uint32, uint64 } from "@tidemark/core/records";
  const Journal = record({
    begun: atomic(uint32), done: atomic(uint32), slots: array(uint64, 64), slot: uint32,
    elements: atomic(uint32),
  });
  const journal = Journal.at(Mapping.openFile(process.argv[3], { access: "read-write" }));
  const file = GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 30 });
  const heap = Heap.open(file);
  const list = List.open(heap, heap.getRoot("list"));
  const { slots } = journal;
  console.log("ready");
  for (let turn = 0; ; turn++) {
    const slot = Math.floor(Math.random() * 65);
    journal.slot = slot;
    journal.begun.add(1);
    if (slot === 64) {
      if (list.length > 20) list.takeFirst();
      else list.add(Buffer.from("element"));
    } else {
      const at = Number(slots.get(slot));
      if (at === 0) slots.set(slot, BigInt(heap.allocate(Math.floor(Math.random() * 3000))));
      else if (Math.random() < 0.3) {
        slots.set(slot, BigInt(heap.reallocate(at, Math.floor(Math.random() * 3000))));
      }
      else { heap.free(at); slots.set(slot, 0n); }
    }
    journal.done.add(1);
  }`;

test("killed at any moment: all that was allocated is there, and nothing else", async (context) => {
  const count = rounds({ short: 12, long: 1000 });
  const seed = Date.now() & 0x7fffffff;
  context.diagnostic(`seed ${seed}`);
  const below = randomNumbers(seed);
  const [path, journalPath] = [temporaryPath(), temporaryPath()];
  const file = GrowingFile.create(path, { maxByteLength });
  const heap = Heap.create(file);
  heap.setRoot("list", List.create(heap).byteOffset);
  GrowingFile.create(journalPath, { maxByteLength: 4096 }).close({ byteLength: 4096 });
  using journalMapping = Mapping.openFile(journalPath, { access: "read-write" });
  const journal = Journal.at(journalMapping);
  let unfinished = 0;
  for (let round = 0; round < count; round++) {
    const child = startChild(victim, { args: [path, journalPath] });
    await child.line("ready");
    await delay(below(20));
    const { signal, stderr } = await child.kill();
    assert.equal(signal, "SIGKILL", stderr);
    // Everyone else goes on at once: this process has had the heap open all the time.
    assert.deepEqual(heap.check(), [], `round ${round}`);
    const isOpen = journal.begun.load() !== journal.done.load();
    unfinished += isOpen ? 1 : 0;
    settle(heap, isOpen ? journal.slot : -1, round);
    journal.begun.store(0);
    journal.done.store(0);
  }
  context.diagnostic(`${unfinished} of ${count} died inside an operation`);
  file.close();

  /** What there is must be what was completed; of the last operation either is right. */
  function settle(heap: Heap, open: number, round: number): void {
    const found = new Set(heap.allocations().map(({ byteOffset }) => byteOffset));
    for (let slot = 0; slot < 64; slot++) {
      const at = Number(journal.slots.get(slot));
      if (at === 0) continue;
      if (found.delete(at)) continue;
      assert.equal(slot, open, `round ${round}: the allocation at byte ${at} is gone`);
      journal.slots.set(slot, 0n);
    }
    // One that was made, or moved, and could not be noted any more.
    assert.ok(found.size <= (open >= 0 && open < 64 ? 1 : 0), `round ${round}: ${[...found]}`);
    for (const at of found) heap.free(at);
    const list = List.open(heap, heap.getRoot("list") as number);
    let elements = 0;
    list.visit((bytes) => {
      assert.equal(Buffer.from(bytes).toString(), "element");
      elements++;
    });
    assert.equal(elements, list.length);
  }
});
