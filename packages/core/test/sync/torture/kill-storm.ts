// Kill storms: four processes use a primitive while one after the other is killed, at any moment
// and with preference while it holds. Nothing hangs, nobody is inside together, no number twice.
// A file for each kind: so that none takes too long.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mapping } from "@tidemark/core";
import { Barrier, Semaphore, Sequence } from "@tidemark/core/sync";
import { type Child, startChild } from "@tidemark/testing/child.js";
import { rounds } from "@tidemark/testing/torture.js";
import { openShared, until, zeroFile } from "../sharing.js";
import { stormLayout } from "./storm-layout.js";

const kills = rounds({ short: 4, long: 1000 });
const { processes, indexes } = stormLayout;
export type StormKind = "mutex" | "rw-lock" | "semaphore" | "barrier" | "condition" | "sequence";

const program = new URL("./storm-process.js", import.meta.url);

/** The storm over one kind of primitive. */
export function killStorm(kind: StormKind): void {
  test(`${kind}: ${kills} kills among ${processes} processes`, async () => {
    const file = zeroFile(stormLayout.byteLength);
    using mapping = openShared(file);
    const words = new Int32Array(mapping.buffer, stormLayout.words, 64);
    const start = (index: number): Child => {
      return startChild(program, { args: [kind, file, String(index)], timeoutMs: 3_600_000 });
    };
    const children = Array.from({ length: processes }, (_, index) => start(index));
    const ended: string[] = [];
    const watch = (child: Child): void => {
      child.finished.then(({ signal, stdout, stderr }) => {
        if (signal !== "SIGKILL") ended.push(stdout + stderr);
      });
    };
    children.forEach(watch);
    /** Each that lives has used the primitive again: so it is neither lost nor stuck. */
    const allGoOn = async (): Promise<void> => {
      const before = [...words.slice(indexes.progress, indexes.progress + processes)];
      await until(() => {
        assert.deepEqual(ended, []);
        return before.every((count, index) => {
          return Atomics.load(words, indexes.progress + index) - count >= 2;
        });
      });
    };
    try {
      await allGoOn();
      for (let kill = 0; kill < kills; kill++) {
        Atomics.store(words, indexes.calm, 0);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        const victim = victimOf(children, words);
        await children[victim]?.kill();
        Atomics.store(words, indexes.calm, 1);
        const next = start(victim);
        children[victim] = next;
        watch(next);
        await allGoOn();
      }
    } finally {
      await Promise.all(children.map((child) => child.kill()));
    }
    assert.deepEqual(ended, []);
    await checkAfter(kind, mapping);
  });
}

/** Who holds, as often as that can be seen; else anyone. */
function victimOf(children: readonly Child[], words: Int32Array): number {
  const holder = Atomics.load(words, indexes.inside);
  const found = children.findIndex((child) => child.process.pid === holder);
  return found >= 0 ? found : Math.floor(Math.random() * children.length);
}

/** Nothing is left behind by the dead: all permits and all places are free again. */
async function checkAfter(kind: StormKind, mapping: Mapping): Promise<void> {
  if (kind === "semaphore") {
    const semaphore = new Semaphore(mapping, 0, { permits: 2 });
    // Two are free again, however many died with one.
    semaphore.acquireSync();
    semaphore.acquireSync();
    assert.equal(semaphore.available, 0);
  } else if (kind === "barrier") {
    const barrier = new Barrier(mapping, 0, { parties: processes });
    const passages = await Promise.all(Array.from({ length: processes }, () => barrier.wait()));
    assert.equal(passages.filter(({ last }) => last).length, 1);
  } else if (kind === "sequence") {
    const marked = new Int32Array(mapping.buffer, stormLayout.bitmap);
    const last = new Sequence(mapping, 0).last;
    let lost = 0;
    for (let id = 1; id <= last; id++) {
      if (((marked[id >> 5] as number) & (1 << (id & 31))) === 0) lost++;
    }
    assert.ok(lost <= kills + processes, `${lost} numbers were left out, by ${kills} deaths`);
  }
}
