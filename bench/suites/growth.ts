// Files that grow, against the other ways to fill a file or memory; reservations; the price of a
// fault.

import { asPeer, cCompiler, compiled } from "../native.js";
import type { Case, Group, Setting, Suite } from "../suite.js";
import { fillColumns, fillGrowing } from "./filling-cases.js";

export const growth: Suite = (setting) => ({
  groups: [filling(setting), reserving(setting), reservingInParts(setting), faulting(setting)],
});

function filling(setting: Setting): Group {
  const { folder, inMemory, sizes } = setting;
  const byteLength = sizes.fillByteLength;
  const growing = (name: string, options?: object): Case => fillGrowing(setting, name, options);
  const fillCase = (name: string, driver: string, parameters: object = {}): Case => {
    return { name, driver, parameters: { folder, byteLength, ...parameters } };
  };
  const blocks = (blockCount: number, blockByteLength: number) => ({ blockCount, blockByteLength });
  const work = `fill ${byteLength / 2 ** 20} MiB of a new file by growing`;
  const goal = { work, case: "growing", metric: "fillSpeed", unit: "x" };
  return {
    rounds: sizes.rounds,
    cases: [
      growing("growing"),
      growing("growing, with prefault thread", { prefault: true }),
      growing("growing, without prefault thread", { prefault: false }),
      growing("growing, strategy remap", { strategy: "remap" }),
      growing("growing, shared buffer", { shared: true }),
      fillCase("preallocated", "fill-preallocated"),
      fillCase("preallocated, allocation counted", "fill-preallocated", { countAllocation: true }),
      fillCase("preallocated, prefetch first", "fill-preallocated", { prefetch: true }),
      ...[
        fillCase("fs.writeSync, 1 MiB", "fill-by-writing", blocks(1, 2 ** 20)),
        fillCase("fs.writevSync, 16 x 64 KiB", "fill-by-writing", blocks(16, 2 ** 16)),
        fillCase("heap array, first touch", "fill-heap"),
      ].map((each) => ({ ...each, peer: true })),
    ],
    layout: {
      title: `Fill ${byteLength / 2 ** 20} MiB of a new file`,
      note: "One loop that stores float64 numbers; total: with opening and closing.",
      columns: fillColumns,
      ratios: [
        { title: "to preallocated", metric: "fillSpeed", against: "preallocated" },
        { title: "to fs.writeSync", metric: "fillSpeed", against: "fs.writeSync, 1 MiB" },
      ],
      goals: [
        { ...goal, against: "preallocated", least: 0.9 },
        { ...goal, against: "fs.writeSync, 1 MiB", least: inMemory ? 1 : 1.2 },
        { ...goal, against: "heap array, first touch", least: 1 },
      ],
    },
  };
}

const reserveColumns = [
  { metric: "openUs", title: "median, us", spread: true },
  { metric: "slowestUs", title: "slowest, us" },
];

function reserving({ folder, sizes }: Setting): Group {
  const count = sizes.reserveCount;
  return {
    rounds: sizes.rounds,
    cases: [
      {
        name: "GrowingFile.create",
        driver: "reserve",
        parameters: { folder, count, how: "create" },
      },
      { name: "GrowingFile.open", driver: "reserve", parameters: { folder, count, how: "open" } },
    ],
    layout: {
      title: "Reserve 1 TiB over an empty file",
      note: `The median of ${count} in one process, after as many for warming up.`,
      columns: [...reserveColumns, { metric: "closeUs", title: "close, us" }],
      goals: [
        {
          work: "reserve 1 TiB over an empty file",
          case: "GrowingFile.create",
          metric: "openUs",
          most: 100,
          unit: "us",
        },
      ],
    },
  };
}

function reservingInParts({ folder, sizes }: Setting): Group {
  const count = sizes.reserveCount;
  const part = (name: string, which: string): Case => {
    return { name, driver: "reserve-parts", parameters: { folder, count, part: which } };
  };
  const program = compiled("reserve");
  return {
    rounds: sizes.rounds,
    cases: [
      part("create the file", "open"),
      part("join those who grow it", "join"),
      part("reserve and register", "map"),
      {
        name: "mmap(2) alone, from C",
        driver: "reserve-native",
        parameters: { folder, count, program },
        ...asPeer(program, cCompiler),
      },
    ],
    layout: { title: "The parts of GrowingFile.create", columns: reserveColumns },
  };
}

function faulting({ folder, sizes }: Setting): Group {
  const { faultCount, mappingCount } = sizes;
  const many = mappingCount.toLocaleString("en");
  const fault = (name: string, others: number, kind?: string): Case => {
    return { name, driver: "fault", parameters: { folder, faultCount, others, kind } };
  };
  const goal = {
    metric: "faultUs",
    against: "1 mapping",
    most: 1.5,
    unit: "x",
  };
  const rows = [`${many} growing files`, `${many} mappings, most anonymous`] as const;
  return {
    rounds: sizes.rounds,
    cases: [
      fault("1 mapping", 0),
      fault(rows[0], mappingCount - 1, "growing"),
      fault(rows[1], mappingCount - 1, "anonymous"),
    ],
    layout: {
      title: "A fault that extends the file by one page",
      note: `The median of ${faultCount.toLocaleString("en")} in one process.`,
      columns: [
        { metric: "faultUs", title: "median, us", spread: true },
        { metric: "meanUs", title: "mean, us" },
      ],
      ratios: [{ title: "its time to that of one", metric: "faultUs", against: "1 mapping" }],
      goals: rows.map((row) => ({ ...goal, work: `a fault with ${row} open`, case: row })),
    },
  };
}
