// Everything at once, at random: threads, files that others truncate, memory that comes and goes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { assertEndedWell, sceneSource } from "./ending.js";

const torture = `
  import { Worker, isMainThread, parentPort, threadId, workerData } from "node:worker_threads";
  import { native } from "#core/binding.js";
  import crypto from "node:crypto";
  import zlib from "node:zlib";

  const [, , folder, seedText, durationText] = process.argv;
  let state = (Number(seedText) + threadId * 7919) >>> 0;
  // mulberry32
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(random() * count);
  const pick = (list) => list[below(list.length)];
  const file = () => path.join(folder, "file" + below(4));
  const pages = 256;
  const mappings = [];
  const leftOver = [];
  const views = [];
  const range = (mapping) => {
    const count = Math.floor(
      Math.min(mapping.byteLength, mapping.maxByteLength ?? 2 ** 30) / pageSize,
    );
    if (count < 1) return { byteOffset: 0, byteLength: 0 };
    const first = below(count);
    return {
      byteOffset: first * pageSize,
      byteLength: (1 + below(Math.min(8, count - first))) * pageSize,
    };
  };
  const shared = () => random() < 0.3;
  const keep = (mapping) => {
    if (random() < 0.5) mapping.on("fault", () => {});
    mappings.push(mapping);
  };
  const one = () => pick(mappings);
  const operations = {
    write: () => fs.writeFileSync(file(), Buffer.alloc(below(pages) * pageSize, 7)),
    open: () =>
      keep(
        Mapping.openFile(file(), {
          access: pick(["read", "read-write", "copy-on-write"]),
          shared: shared(),
          byteLength: pick([undefined, 1 + below(pages * pageSize)]),
          populate: random() < 0.2,
        }),
      ),
    anonymous: () =>
      keep(
        Mapping.anonymous(1 + below(pages * pageSize), { sharing: pick(["private", "shared"]) }),
      ),
    grow: () =>
      keep(
        GrowingFile.open(file(), {
          create: true,
          maxByteLength: 4 * pages * pageSize,
          shared: shared(),
          strategy: pick(["extend-file", "remap", "explicit"]),
          prefault: random() < 0.5,
        }),
      ),
    close: () => {
      const [mapping] = mappings.splice(below(mappings.length), 1);
      mapping?.close();
    },
    forget: () => {
      mappings.splice(below(mappings.length), 1);
    },
    view: () => {
      views.push(one()?.bytes() ?? new Uint8Array(1));
      if (views.length > 40) views.splice(0, 20);
    },
    store: () => {
      const view = pick(views);
      for (let count = 0; count < 50; count++) view[below(view.length)] = 7;
    },
    load: () => {
      const view = pick(views);
      for (let count = 0; count < 50; count++) view[below(view.length)];
    },
    fill: () => {
      const view = pick(views);
      const at = below(view.length);
      view.fill(5, at, at + below(2 ** 16));
    },
    atomics: () => {
      const view = pick(views);
      Atomics.add(view, below(view.length), 1);
    },
    protect: () => {
      const mapping = one();
      mapping.protect(range(mapping), pick(["none", "read", "read-write"]));
    },
    release: () => {
      const mapping = one();
      if (random() < 0.3) mapping.release(range(mapping));
    },
    punch: () => {
      const mapping = one();
      mapping.punchHole(range(mapping));
    },
    ensure: () => {
      const mapping = one();
      mapping.ensure?.(below(mapping.maxByteLength));
    },
    flush: () => one().flushSync(),
    flushLater: () => {
      one()
        .flush()
        .catch(() => {});
    },
    check: () => one().check(),
    residency: () => one().residency(),
    advise: () => {
      const mapping = one();
      mapping.advise(
        range(mapping),
        pick(["random", "dont-need", "will-need", "page-out", "cold"]),
      );
    },
    prefetch: () => {
      const mapping = one();
      mapping.prefetch(range(mapping), { write: random() < 0.5 });
    },
    truncate: () => fs.truncateSync(file(), below(pages * pageSize)),
    unlink: () => {
      if (random() < 0.2) fs.unlinkSync(file());
    },
    system: () => {
      const view = pick(views);
      fs.writeSync(sink, view, 0, Math.min(view.length, 2 ** 16));
    },
    random: () => {
      crypto.randomFillSync(pick(views).subarray(0, 5000));
    },
    later: () => {
      const view = pick(views);
      if (view.length > 0) crypto.randomFill(view.subarray(0, 2 ** 16), () => {});
    },
    deflate: () => {
      if (isMainThread) zlib.deflateSync(pick(views).subarray(0, 2 ** 14));
    },
    collect: () => {
      if (random() < 0.05) gc();
    },
    listener: () => {
      if (isMainThread && random() < 0.2) {
        const none = () => {};
        process.on("SIGBUS", none);
        views[0]?.fill(1, 0, 5000);
        process.off("SIGBUS", none);
      }
    },
    worker: () => {
      if (!isMainThread || living.size >= 2 || random() < 0.8) return;
      const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
      living.add(worker);
      worker.on("error", (error) => {
        if (error.code !== "ERR_WORKER_OUT_OF_MEMORY") throw error;
      });
      worker.on("exit", () => living.delete(worker));
      if (random() < 0.7) setTimeout(() => worker.terminate(), below(400));
    },
    post: () => {
      for (const worker of living) {
        const view = pick(views);
        if (view?.buffer instanceof SharedArrayBuffer) worker.postMessage(view);
      }
    },
  };
  const living = new Set();
  const sink = fs.openSync("/dev/null", "w");
  parentPort?.on("message", (view) => views.push(view));
  parentPort?.unref();
  const names = Object.keys(operations);
  const counts = {};
  const unexpected = {};
  const end = Date.now() + (isMainThread ? Number(durationText) : 100 + below(500));
  while (Date.now() < end) {
    for (let count = 0; count < 20; count++) {
      const name = pick(names);
      counts[name] = (counts[name] ?? 0) + 1;
      try {
        operations[name]();
      } catch (error) {
        const known =
          error.code?.startsWith?.("ERR_") ||
          error instanceof TypeError ||
          error instanceof RangeError ||
          error.syscall;
        if (!known) unexpected[name] = String(error.stack);
        if (error.code === "ERR_TIDEMARK_HANDLER_REPLACED") unexpected[name] = error.code;
      }
      if (mappings.length > 30) operations.close === undefined || trouble(() => operations.close());
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (isMainThread) {
    for (const worker of living) await worker.terminate();
    for (const mapping of mappings) trouble(() => mapping.close());
    report({ unexpected, operations: Object.values(counts).reduce((sum, count) => sum + count) });
    process.exit(0);
  }`;

const runs = rounds({ short: 1, long: 16 });
const durationMs = rounds({ short: 4_000, long: 20_000 });

for (let run = 0; run < runs; run++) {
  const seed = Number(process.env["TIDEMARK_SEED"] ?? Math.floor(Math.random() * 2 ** 31)) + run;

  test(`a random life ends well (TIDEMARK_SEED=${seed})`, async () => {
    const result = await runChild(sceneSource(torture), {
      args: [temporaryFolder(), String(seed), String(durationMs)],
      execArgv: ["--expose-gc", "--no-warnings"],
      timeoutMs: durationMs + 40_000,
    });
    assertEndedWell(result);
    assert.deepEqual(result.json.unexpected, {});
    assert.ok(result.json.operations > 100);
  });
}
