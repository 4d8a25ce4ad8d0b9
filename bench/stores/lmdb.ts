// Rows in LMDB: bytes by their number.

import { recordByteLength } from "../pattern.js";
import { loadPeer } from "../peers.js";
import { rowBuffer, rowBytes, type StoreOpener, sumOfBytes } from "./store.js";

/** What is used of lmdb, which is installed apart, types and all. */
export interface LmdbDatabase {
  get(key: number): unknown;
  /** Bytes that are good until the next call, in a buffer that may be longer than it says. */
  getBinaryFast(key: number): Uint8Array | undefined;
  getRange(): Iterable<{ readonly key: number; readonly value: unknown }>;
  putSync(key: number, value: unknown): unknown;
  transactionSync(work: () => void): unknown;
  close(): Promise<void>;
}

interface LmdbModule {
  open(options: object): LmdbDatabase;
}

/** A database whose commits are on the device when they return. */
export function openLmdbDatabase(
  path: string,
  encoding: "binary" | "msgpack",
): LmdbDatabase | undefined {
  // Without overlapping, a transaction's end waits for the device.
  const options = { path, encoding, keyEncoding: "uint32", overlappingSync: false };
  return loadPeer<LmdbModule>("lmdb")?.open(options);
}

export const openLmdb: StoreOpener = (file) => {
  const database = openLmdbDatabase(file, "binary");
  if (database === undefined) return undefined;
  const row = rowBuffer();
  return {
    get: (number) => sumOfBytes(row, database.getBinaryFast(number)?.subarray(0, recordByteLength)),
    scan: () => {
      let total = 0;
      for (const { value } of database.getRange()) total += sumOfBytes(row, value as Uint8Array);
      return total;
    },
    commit: (number, change) => void database.putSync(number, rowBytes(row, number, change)),
    close: () => void database.close(),
  };
};

export function makeLmdbRows(file: string, count: number): boolean {
  const database = openLmdbDatabase(file, "binary");
  if (database === undefined) return false;
  const row = rowBuffer();
  database.transactionSync(() => {
    for (let number = 0; number < count; number++) {
      database.putSync(number, Buffer.from(rowBytes(row, number, 0)));
    }
  });
  void database.close();
  return true;
}
