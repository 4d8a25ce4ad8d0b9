// Changes scattered blobs of 4 KiB in SQLite, in one transaction, until they are in the database
// itself: write-ahead log, synchronous=FULL, and a checkpoint. By better-sqlite3 where that is
// installed, else by the SQLite that comes with Node from 22.13 on.

import assert from "node:assert/strict";
import fs from "node:fs";
import { drive, now } from "../driver.js";
import { fillPage, pageNumbers, randomPages } from "../pattern.js";
import { loadPeer, notInstalled } from "../peers.js";

interface ChangeBlobs {
  readonly file: string;
  readonly byteLength: number;
  readonly count: number;
}

/** What both have in common. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: readonly unknown[]): unknown;
    get(...values: readonly unknown[]): unknown;
  };
  close(): void;
}

await drive(async ({ file, byteLength, count }: ChangeBlobs) => {
  const found = await findSqlite();
  if (found === undefined) {
    return { metrics: {}, skipped: notInstalled("better-sqlite3") };
  }
  const rows = byteLength / 4096;
  const database = make(found, file, rows);
  const chosen = randomPages(count, rows, 1 + Math.floor(Math.random() * 1e6));
  const update = database.prepare("UPDATE page SET bytes = ? WHERE number = ?");
  const blocks = Array.from(chosen, (page) => blob(page));
  const start = now();
  database.exec("BEGIN");
  for (const [turn, block] of blocks.entries()) update.run(block, chosen[turn]);
  const changed = now();
  database.exec("COMMIT");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const end = now();
  const read = database.prepare("SELECT bytes FROM page WHERE number = ?");
  for (const page of chosen) {
    const { bytes } = read.get(page) as { bytes: Uint8Array };
    assert.ok(Buffer.from(bytes).equals(blob(page)), `blob ${page}`);
  }
  database.close();
  for (const name of [file, `${file}-wal`, `${file}-shm`]) fs.rmSync(name, { force: true });
  const metrics = { changeMs: changed - start, commitMs: end - changed, totalMs: end - start };
  return { metrics };
});

async function findSqlite(): Promise<(new (file: string) => Database) | undefined> {
  const peer = loadPeer<new (file: string) => Database>("better-sqlite3");
  if (peer !== undefined) return peer;
  try {
    // Not in the types of the oldest Node that must do.
    const name = "node:sqlite";
    return (await import(name)).DatabaseSync;
  } catch {
    return undefined;
  }
}

function make(Sqlite: new (file: string) => Database, file: string, rows: number): Database {
  const database = new Sqlite(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE page (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO page VALUES (?, ?)");
  database.exec("BEGIN");
  const empty = Buffer.alloc(4096);
  for (let row = 0; row < rows; row++) insert.run(row, empty);
  database.exec("COMMIT");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return database;
}

function blob(page: number): Buffer {
  const numbers = new Float64Array(pageNumbers);
  fillPage(numbers, 0, page);
  return Buffer.from(numbers.buffer);
}
