// Rows in a table of SQLite, by better-sqlite3: a blob by its number.

import { loadPeer } from "../peers.js";
import { rowBuffer, rowBytes, type StoreOpener, sumOfBytes } from "./store.js";

/** What is used of better-sqlite3, which is installed apart, types and all. */
export interface SqliteDatabase {
  exec(sql: string): void;
  pragma(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

interface SqliteStatement {
  run(...values: readonly unknown[]): unknown;
  get(...values: readonly unknown[]): unknown;
  iterate(...values: readonly unknown[]): Iterable<unknown>;
  /** Gives the first column alone. */
  pluck(): SqliteStatement;
}

type SqliteClass = new (file: string) => SqliteDatabase;

/** A database whose commits are on the device when they return. */
export function openSqliteDatabase(file: string): SqliteDatabase | undefined {
  const Sqlite = loadPeer<SqliteClass>("better-sqlite3");
  if (Sqlite === undefined) return undefined;
  const database = new Sqlite(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  return database;
}

export const openSqlite: StoreOpener = (file) => {
  const database = openSqliteDatabase(file);
  if (database === undefined) return undefined;
  const one = database.prepare("SELECT bytes FROM rows WHERE number = ?").pluck();
  const all = database.prepare("SELECT bytes FROM rows ORDER BY number").pluck();
  const update = database.prepare("UPDATE rows SET bytes = ? WHERE number = ?");
  const row = rowBuffer();
  return {
    get: (number) => sumOfBytes(row, one.get(number) as Uint8Array | undefined),
    scan: () => {
      let total = 0;
      for (const bytes of all.iterate()) total += sumOfBytes(row, bytes as Uint8Array);
      return total;
    },
    commit: (number, change) => void update.run(rowBytes(row, number, change), number),
    close: () => database.close(),
  };
};

export function makeSqliteRows(file: string, count: number): boolean {
  const database = openSqliteDatabase(file);
  if (database === undefined) return false;
  database.exec("CREATE TABLE rows (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO rows VALUES (?, ?)");
  const row = rowBuffer();
  database.exec("BEGIN");
  for (let number = 0; number < count; number++) {
    insert.run(number, rowBytes(row, number, 0));
  }
  database.exec("COMMIT");
  database.close();
  return true;
}
