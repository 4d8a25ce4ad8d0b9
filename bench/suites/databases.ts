// Mapped files against databases and plain files: looking rows up, reading all, changing one for
// good, and building many.

import path from "node:path";
import { recordByteLength } from "../pattern.js";
import type { Case, Group, Plan, Setting, Suite } from "../suite.js";

const stores = ["mapping", "descriptor", "better-sqlite3", "lmdb"] as const;

type Store = (typeof stores)[number];
type Work = "make" | "look-up" | "scan" | "commit";

export const databases: Suite = (setting): Plan => {
  const { folder, sizes } = setting;
  const byteLength = sizes.rowCount * recordByteLength;
  const file = (name: string): Case => {
    const parameters = { file: path.join(folder, name), byteLength, how: "write" };
    return { name: `make ${name}`, driver: "make-file", parameters };
  };
  return {
    preparation: [
      ...["rows", "rows-mapping", "rows-descriptor"].map(file),
      rowCase(setting, "make better-sqlite3", "better-sqlite3", "make"),
      rowCase(setting, "make lmdb", "lmdb", "make"),
    ],
    groups: [lookingUp(setting), scanning(setting), committing(setting), building(setting)],
  };
};

function rowCase({ folder, sizes }: Setting, name: string, store: Store, work: Work): Case {
  const { rowCount, accessCount, durableCount } = sizes;
  // All stores look the same rows up, so that their sums can be compared.
  const count = work === "commit" ? durableCount : accessCount / 5;
  const parameters = { folder, store, work, rowCount, count };
  return { name, driver: "row-store", parameters, peer: store !== "mapping" };
}

function rowsText({ sizes }: Setting): string {
  return `${sizes.rowCount.toLocaleString("en")} rows of 64 bytes`;
}

function lookingUp(setting: Setting): Group {
  const one = (name: string, store: Store): Case => rowCase(setting, name, store, "look-up");
  const ratio = { metric: "lookUpNs", inverse: true };
  return {
    rounds: Math.min(3, setting.sizes.rounds),
    cases: [
      one("mapping, by index", "mapping"),
      one("fs.readSync, by position", "descriptor"),
      one("better-sqlite3, by key", "better-sqlite3"),
      one("lmdb, by key", "lmdb"),
    ],
    layout: {
      title: `Look up rows at random among ${rowsText(setting)}`,
      note: "All of it is in memory. Each row's numbers are added up.",
      columns: [{ metric: "lookUpNs", title: "ns a row", spread: true }],
      ratios: [
        { ...ratio, title: "x faster than better-sqlite3", against: "better-sqlite3, by key" },
        { ...ratio, title: "x faster than lmdb", against: "lmdb, by key" },
      ],
    },
  };
}

function scanning(setting: Setting): Group {
  const one = (name: string, store: Store): Case => rowCase(setting, name, store, "scan");
  const ratio = { metric: "scanNs", inverse: true };
  return {
    rounds: Math.min(3, setting.sizes.rounds),
    cases: [
      one("mapping", "mapping"),
      one("fs.readSync, 1 MiB", "descriptor"),
      one("better-sqlite3, iterate", "better-sqlite3"),
      one("lmdb, getRange", "lmdb"),
    ],
    layout: {
      title: `Go through ${rowsText(setting)} in order`,
      note: "All of it is in memory. All numbers are added up.",
      columns: [{ metric: "scanNs", title: "ns a row", spread: true }],
      ratios: [
        { ...ratio, title: "x faster than better-sqlite3", against: "better-sqlite3, iterate" },
        { ...ratio, title: "x faster than lmdb", against: "lmdb, getRange" },
      ],
    },
  };
}

function committing(setting: Setting): Group {
  const one = (name: string, store: Store): Case => rowCase(setting, name, store, "commit");
  const ratio = { metric: "commitUs", inverse: true };
  const sqlite = "better-sqlite3, WAL, FULL";
  const lmdb = "lmdb, putSync";
  return {
    rounds: Math.min(3, setting.sizes.rounds),
    cases: [
      one("tracked file, commitSync", "mapping"),
      one("fs.writeSync and fs.fdatasyncSync", "descriptor"),
      one(sqlite, "better-sqlite3"),
      one(lmdb, "lmdb"),
    ],
    layout: {
      title: `Change one row of ${setting.sizes.rowCount.toLocaleString("en")}, durably`,
      note:
        `The median of ${setting.sizes.durableCount}, one after the other, each on the device ` +
        "when the call returns; all or nothing, but for fs.writeSync, which promises nothing.",
      columns: [
        { metric: "commitUs", title: "us a commit", spread: true },
        { metric: "slowestMs", title: "slowest, ms" },
      ],
      ratios: [
        { ...ratio, title: "x faster than better-sqlite3", against: sqlite },
        { ...ratio, title: "x faster than lmdb", against: lmdb },
      ],
    },
  };
}

function building({ folder, sizes }: Setting): Group {
  const count = sizes.rowCount;
  const build = (name: string, way: string): Case => {
    const parameters = { folder, way, count };
    return { name, driver: "bulk-build", parameters, peer: way !== "message" };
  };
  const against = "better-sqlite3, one transaction";
  return {
    rounds: Math.min(3, sizes.rounds),
    cases: [
      build("MessageFile", "message"),
      build(against, "better-sqlite3"),
      build("lmdb, one transaction", "lmdb"),
      build("lines of JSON", "json"),
    ],
    layout: {
      title: `Build ${count.toLocaleString("en")} people of six fields in a new file`,
      note:
        "Until the device has all. Look up: opening the file, and reading one in the middle. " +
        "Read: opening, and every field of all; both in the process that built, where the first " +
        "buffer over a file costs a collection of what building left on the heap. LMDB keeps " +
        "MessagePack, its default.",
      columns: [
        { metric: "buildMs", title: "build, ms", spread: true },
        { metric: "lookUpMs", title: "look up, ms", spread: true },
        { metric: "readMs", title: "read all, ms", spread: true },
        { metric: "mib", title: "file, MiB" },
      ],
      ratios: [
        { title: "build, x faster", metric: "buildMs", against, inverse: true },
        { title: "look up, x faster", metric: "lookUpMs", against, inverse: true },
        { title: "read all, x faster", metric: "readMs", against, inverse: true },
      ],
    },
  };
}
