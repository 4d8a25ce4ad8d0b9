// Looks rows up, goes through them, or changes them one by one, in one of several stores.

import assert from "node:assert/strict";
import path from "node:path";
import { drive, now } from "../driver.js";
import { randomRecords, sumRecord } from "../pattern.js";
import { notInstalled } from "../peers.js";
import { median, type Sample } from "../sample.js";
import { openDescriptor } from "../stores/descriptor.js";
import { makeLmdbRows, openLmdb } from "../stores/lmdb.js";
import { openMapped } from "../stores/mapped.js";
import { makeSqliteRows, openSqlite } from "../stores/sqlite.js";
import { type RowStore, rowBuffer, rowBytes, type StoreOpener } from "../stores/store.js";

const openers = {
  mapping: openMapped,
  descriptor: openDescriptor,
  "better-sqlite3": openSqlite,
  lmdb: openLmdb,
} satisfies Record<string, StoreOpener>;

const makers: Readonly<Record<string, (file: string, count: number) => boolean>> = {
  "better-sqlite3": makeSqliteRows,
  lmdb: makeLmdbRows,
};

export interface RowStoreJob {
  readonly store: keyof typeof openers;
  readonly work: "make" | "look-up" | "scan" | "commit";
  readonly folder: string;
  readonly rowCount: number;
  readonly count: number;
}

await drive((job: RowStoreJob): Sample => {
  const file = fileOf(job);
  if (job.work === "make") {
    const made = makers[job.store]?.(file, job.rowCount) ?? true;
    return made ? { metrics: {} } : missing(job);
  }
  const store = openers[job.store](file, job.work === "commit" ? "commit" : "read");
  if (store === undefined) return missing(job);
  try {
    if (job.work === "look-up") return lookUp(store, job);
    return job.work === "scan" ? scan(store, job) : commit(store, job);
  } finally {
    store.close();
  }
});

/** Files of numbers are for reading and for commits: they must not be the same. */
function fileOf({ store, work, folder }: RowStoreJob): string {
  if (store === "better-sqlite3" || store === "lmdb") return path.join(folder, store);
  return path.join(folder, work === "commit" ? `rows-${store}` : "rows");
}

function missing({ store }: RowStoreJob): Sample {
  return { metrics: {}, skipped: notInstalled(store) };
}

function lookUp(store: RowStore, { count, rowCount }: RowStoreJob): Sample {
  const pass = (chosen: Uint32Array): number => {
    let total = 0;
    for (let turn = 0; turn < chosen.length; turn++) total += store.get(chosen[turn] as number);
    return total;
  };
  // Compiled, and all in memory: what is measured is the store, not the disk.
  pass(randomRecords(Math.ceil(count / 4), rowCount, 3));
  const chosen = randomRecords(count, rowCount, 5);
  const start = now();
  const checksum = pass(chosen);
  return { metrics: { lookUpNs: ((now() - start) * 1e6) / count }, checksum };
}

function scan(store: RowStore, { rowCount }: RowStoreJob): Sample {
  store.scan();
  const start = now();
  const checksum = store.scan();
  return { metrics: { scanNs: ((now() - start) * 1e6) / rowCount }, checksum };
}

function commit(store: RowStore, { count, rowCount }: RowStoreJob): Sample {
  const chosen = randomRecords(count, rowCount, 7);
  // Never what was there: SQLite does nothing for a change that is none.
  const change = 1 + Math.floor(Math.random() * 2 ** 20);
  for (const row of chosen.subarray(0, 5)) store.commit(row, -change);
  const times = Array.from(chosen, (row) => {
    const start = now();
    store.commit(row, change);
    return now() - start;
  });
  const expected = rowBuffer();
  for (const row of chosen) {
    rowBytes(expected, row, change);
    assert.equal(store.get(row), sumRecord(expected.numbers, 0), `row ${row}`);
  }
  return { metrics: { commitUs: median(times) * 1e3, slowestMs: Math.max(...times) } };
}
