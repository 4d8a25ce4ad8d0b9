// Reading and writing files in place, against the system calls one would use otherwise.

import path from "node:path";
import { asPeer, cCompiler, compiled } from "../native.js";
import type { Case, Group, Plan, Setting, Suite } from "../suite.js";
import type { Layout, RatioColumn } from "../table.js";

/** The files that are read: same numbers, different ways to make them. */
interface Files {
  readonly written: string;
  readonly grown: string;
  /** The ones that random writes change. */
  readonly changed: string;
  readonly changedGrown: string;
}

export const access: Suite = (setting): Plan => {
  const files: Files = {
    written: path.join(setting.folder, "written"),
    grown: path.join(setting.folder, "grown"),
    changed: path.join(setting.folder, "changed"),
    changedGrown: path.join(setting.folder, "changed-grown"),
  };
  const byteLength = setting.sizes.accessByteLength;
  const make = (file: string, how: string): Case => {
    return { name: `make ${how}`, driver: "make-file", parameters: { file, byteLength, how } };
  };
  return {
    preparation: [
      make(files.written, "write"),
      make(files.grown, "grow"),
      make(files.changed, "write"),
      make(files.changedGrown, "grow"),
    ],
    groups: [
      reading(setting, files),
      writing(setting, files),
      scanning(setting, files),
      ...copying(setting, files),
    ],
  };
};

const randomLayout = {
  note: "First: with the page faults of a fresh mapping. Again: other places, no faults left.",
  columns: [
    { metric: "readyMs", title: "ready, ms" },
    { metric: "firstNs", title: "first, ns" },
    { metric: "againNs", title: "again, ns", spread: true },
    { metric: "hugeMib", title: "MiB in huge pages" },
  ],
} satisfies Partial<Layout>;

function timesFaster(against: string): RatioColumn[] {
  const ratio = { against, inverse: true };
  return [
    { title: "first, x faster", metric: "firstNs", ...ratio },
    { title: "again, x faster", metric: "againNs", ...ratio },
  ];
}

function reading({ sizes }: Setting, files: Files): Group {
  const count = sizes.accessCount;
  const mapped = (name: string, file: string, readiness: object = {}): Case => {
    const parameters = { file, count, write: false, ...readiness };
    return { name, driver: "random-mapped", parameters };
  };
  const through = (name: string, file: string, how: object = {}): Case => {
    return {
      name,
      driver: "random-descriptor",
      parameters: { file, count, write: false, ...how },
      peer: true,
    };
  };
  const rows = ([kind, file]: readonly [string, string]): Case[] => [
    mapped(`mapping, ${kind}`, file),
    mapped(`mapping, ${kind}, prefetch first`, file, { prefetch: true }),
    mapped(`mapping, ${kind}, huge-page advice`, file, { hugePages: true }),
    mapped(`mapping, ${kind}, advice and prefetch`, file, { hugePages: true, prefetch: true }),
  ];
  const against = "fs.readSync, written file";
  const work = "read 64 bytes at random places";
  const goal = { work, metric: "againNs", against, inverse: true, least: 10, unit: "x" };
  return {
    rounds: Math.min(3, sizes.rounds),
    cases: [
      ...rows(["written file", files.written]),
      ...rows(["grown file", files.grown]),
      through(against, files.written),
      through("fs.readSync, grown file", files.grown),
      through("fs.readvSync, written file", files.written, { vectors: true }),
    ],
    layout: {
      title: `Read 64 bytes at random places of ${sizes.accessByteLength / 2 ** 20} MiB`,
      ...randomLayout,
      ratios: timesFaster(against),
      goals: [
        { ...goal, case: "mapping, written file" },
        { ...goal, case: "mapping, grown file", against: "fs.readSync, grown file" },
        { ...goal, case: "mapping, grown file, advice and prefetch" },
      ],
    },
  };
}

function writing({ sizes }: Setting, files: Files): Group {
  const mapped = (name: string, file: string, readiness: object = {}): Case => {
    const parameters = { file, count: sizes.accessCount, write: true, ...readiness };
    return { name, driver: "random-mapped", parameters };
  };
  const through = (name: string, file: string, how: object = {}): Case => {
    const parameters = { file, count: sizes.writeCount, write: true, ...how };
    return { name, driver: "random-descriptor", parameters, peer: true };
  };
  const against = "fs.writeSync, written file";
  const work = "write 64 bytes at random places";
  const goal = { work, metric: "againNs", against, inverse: true, least: 50, unit: "x" };
  return {
    rounds: Math.min(3, sizes.rounds),
    cases: [
      mapped("mapping, written file", files.changed),
      mapped("mapping, written file, prefetch first", files.changed, { prefetch: true }),
      mapped("mapping, written file, huge-page advice", files.changed, { hugePages: true }),
      mapped("mapping, grown file", files.changedGrown),
      mapped("mapping, grown file, prefetch first", files.changedGrown, { prefetch: true }),
      through(against, files.changed),
      through("fs.writeSync, grown file", files.changedGrown),
      through("fs.writevSync, written file", files.changed, { vectors: true }),
    ],
    layout: {
      title: `Write 64 bytes at random places of ${sizes.accessByteLength / 2 ** 20} MiB`,
      ...randomLayout,
      ratios: timesFaster(against),
      goals: [
        { ...goal, case: "mapping, written file" },
        { ...goal, case: "mapping, grown file", against: "fs.writeSync, grown file" },
      ],
    },
  };
}

function scanning({ sizes }: Setting, files: Files): Group {
  const mapped = (name: string, file: string, readiness: object = {}): Case => {
    return { name, driver: "scan-mapped", parameters: { file, ...readiness } };
  };
  const through = (name: string, blockCount: number, blockKib: number, positioned: boolean) => {
    const how = { blockCount, blockByteLength: blockKib * 1024, positioned };
    return {
      name,
      driver: "scan-descriptor",
      parameters: { file: files.written, ...how },
      peer: true,
    };
  };
  const against = "fs.readSync, 1 MiB";
  const work = "add up all numbers, in order";
  const goal = { case: "mapping, written file", against, least: 1.5, unit: "x" };
  return {
    rounds: sizes.rounds,
    cases: [
      mapped("mapping, written file", files.written),
      mapped("mapping, written file, huge-page advice", files.written, { hugePages: true }),
      mapped("mapping, grown file", files.grown),
      mapped("mapping, grown file, huge-page advice", files.grown, { hugePages: true }),
      through(against, 1, 1024, false),
      through("fs.readSync, 64 KiB", 1, 64, false),
      through("fs.readvSync, 16 x 64 KiB", 16, 64, false),
      through("fs.readvSync, 16 x 64 KiB, by position", 16, 64, true),
    ],
    layout: {
      title: `Add up ${sizes.accessByteLength / 2 ** 20} MiB of numbers, in order`,
      note: "First: with opening and the page faults of a fresh mapping. Again: without.",
      columns: [
        { metric: "firstSpeed", title: "first, GiB/s", spread: true },
        { metric: "againSpeed", title: "again, GiB/s", spread: true },
        { metric: "hugeMib", title: "MiB in huge pages" },
      ],
      ratios: [
        { title: "first, x faster", metric: "firstSpeed", against },
        { title: "again, x faster", metric: "againSpeed", against },
      ],
      goals: [
        { work: `${work}, first pass`, metric: "firstSpeed", ...goal },
        { work: `${work}, again`, metric: "againSpeed", ...goal },
      ],
    },
  };
}

function copying({ folder, sizes }: Setting, { written }: Files): Group[] {
  const program = compiled("copy");
  const titles = { pipe: "Send a file through a pipe", file: "Copy a file into another" };
  return (["pipe", "file"] as const).map((sink) => {
    const copy = (name: string, way: string, method?: string): Case => {
      const parameters = { folder, source: written, sink, way, program, method };
      return { name, driver: "copy", parameters, peer: way !== "mapping" };
    };
    const native = (method: string): Case => ({
      ...copy(`C: ${method.replace("-", " and ")}`, "native", method),
      ...asPeer(program, cCompiler),
    });
    const intoFile = [copy("fs.copyFileSync", "copy-file"), native("copy_file_range")];
    return {
      rounds: Math.min(3, sizes.rounds),
      cases: [
        copy("fs.writeSync of a mapping", "mapping"),
        copy("fs.readSync and fs.writeSync, 1 MiB", "read-write"),
        native("mmap-write"),
        native("read-write"),
        native("sendfile"),
        native("splice"),
        ...(sink === "file" ? intoFile : []),
      ],
      layout: {
        title: `${titles[sink]}, ${sizes.accessByteLength / 2 ** 20} MiB`,
        columns: [{ metric: "copySpeed", title: "GiB/s", spread: true }],
        ratios: [
          {
            title: "to fs.readSync and fs.writeSync",
            metric: "copySpeed",
            against: "fs.readSync and fs.writeSync, 1 MiB",
          },
        ],
      },
    };
  });
}
