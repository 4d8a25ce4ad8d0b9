// Tracked files: what it costs to know what was written, and to commit it.

import path from "node:path";
import type { Case, Group, Plan, Setting, Suite } from "../suite.js";

export const tracking: Suite = (setting): Plan => {
  // In memory, a file takes the memory that it is to be measured with.
  const byteLength = setting.sizes.trackedByteLength / (setting.inMemory ? 4 : 1);
  const file = path.join(setting.folder, "tracked");
  const parameters = { file, byteLength, how: "write" };
  return {
    preparation: [{ name: "make the file", driver: "make-file", parameters }],
    groups: [
      touching(setting, file, byteLength, "random"),
      touching(setting, file, byteLength, "sequential"),
      committing(setting, file, byteLength),
    ],
  };
};

function touching(
  { sizes }: Setting,
  file: string,
  byteLength: number,
  order: "random" | "sequential",
): Group {
  const count = sizes.touchCount;
  const touch = (name: string, detection?: string): Case => {
    return {
      name,
      driver: "first-touch",
      parameters: { file, byteLength, count, order, detection },
    };
  };
  const goal = { metric: "touchUs", unit: "us" };
  const most = order === "random" ? 5 : 3;
  const untracked = "a private mapping, not tracked";
  return {
    rounds: sizes.rounds,
    cases: [
      touch("guard pages", "guard-pages"),
      touch("the kernel's word", "kernel"),
      { ...touch(untracked), peer: true },
    ],
    layout: {
      title: `First touch of ${count} pages of ${byteLength / 2 ** 20} MiB, ${order}`,
      note: "Each page is written once, with the copy that the kernel makes of it then.",
      columns: [
        { metric: "touchUs", title: "us a page", spread: true },
        { metric: "rangesMs", title: "dirtyRanges(), ms" },
      ],
      ratios: [{ title: "to not tracked", metric: "touchUs", against: untracked }],
      goals: [
        { work: `first touch, ${order}`, case: "guard pages", ...goal, most },
        { work: `first touch, ${order}`, case: "the kernel's word", ...goal, most },
      ],
    },
  };
}

function committing({ folder, sizes, inMemory }: Setting, file: string, byteLength: number): Group {
  const count = sizes.commitCount;
  const change = (name: string, way: string, more: object = {}): Case => {
    return { name, driver: "change-pages", parameters: { file, byteLength, count, way, ...more } };
  };
  const twice = "pwritev twice, two fdatasync";
  const log = "pwritev to a log and in place, two fdatasync";
  // A row of SQLite is no page: a database of as many bytes would take minutes to make.
  const rows = { file: path.join(folder, "database"), byteLength: byteLength / 16, count };
  const sqlite = "SQLite, WAL, FULL, with its checkpoint";
  const goal = { metric: "totalMs", unit: "x" };
  const ours = ["tracked, the kernel's word", "tracked, guard pages"];
  return {
    rounds: sizes.rounds,
    cases: [
      change("tracked, the kernel's word", "kernel"),
      change("tracked, guard pages", "guard-pages"),
      change("tracked, durable: false", "kernel", { durable: false }),
      { ...change(twice, "twice"), peer: true },
      { ...change(log, "log"), peer: true },
      { name: sqlite, driver: "change-blobs", parameters: rows, peer: true },
    ],
    layout: {
      title: `Change ${count} scattered pages of ${byteLength / 2 ** 20} MiB in one commit`,
      note:
        "All or nothing, until the device has it, in the rows of tracked files and of SQLite " +
        `(4 KiB blobs, ${rows.byteLength / 2 ** 20} MiB of them). pwritev promises nothing.`,
      columns: [
        { metric: "changeMs", title: "change, ms" },
        { metric: "commitMs", title: "commit, ms" },
        { metric: "totalMs", title: "both, ms", spread: true },
      ],
      ratios: [
        { title: "to pwritev twice", metric: "totalMs", against: twice },
        { title: "to a log and in place", metric: "totalMs", against: log },
        { title: "x faster than SQLite", metric: "totalMs", against: sqlite, inverse: true },
      ],
      // Where syncing is nothing there is nothing to compare.
      goals: (inMemory ? [] : ours).flatMap((name) => [
        { work: "change scattered pages", case: name, against: twice, ...goal, most: 2.5 },
        {
          work: "change scattered pages",
          case: name,
          against: sqlite,
          ...goal,
          inverse: true,
          least: 1,
        },
      ]),
    },
  };
}
