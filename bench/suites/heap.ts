// A heap in mapped memory: how fast, how full, and against JSON in a file.

import path from "node:path";
import type { Case, Group, Plan, Setting, Suite } from "../suite.js";

export const heap: Suite = (setting): Plan => {
  return { groups: [churning(setting), ...keeping(setting)] };
};

function churning({ sizes, folder }: Setting): Group {
  const operations = sizes.heapOperations;
  const churn = (name: string, parameters: object): Case => {
    return { name, driver: "heap-churn", parameters: { operations, live: 10_000, ...parameters } };
  };
  const file = path.join(folder, "churn");
  const mixed = "anonymous memory, 16 to 2,000 bytes";
  const cases = [
    churn(mixed, { longest: 2_000 }),
    churn("growing file, 16 to 2,000 bytes", { longest: 2_000, file }),
    churn("anonymous memory, 16 to 100 bytes", { longest: 100 }),
  ];
  const work = `${operations / 1e6} million operations at random`;
  return {
    rounds: Math.min(3, sizes.rounds),
    cases,
    layout: {
      title: `Allocate and free mixed sizes, ${work}`,
      note:
        "Pair: one is allocated and freed at once, among 5,000 that live. Random: any of them is " +
        "freed. Each operation takes and gives back the heap's lock. Waste: bytes of the heap to " +
        "bytes that live; overhead: the same of live blocks alone.",
      columns: [
        { metric: "pairNs", title: "pair, ns", spread: true },
        { metric: "churnNs", title: "random pair, ns", spread: true },
        { metric: "waste", title: "waste, x" },
        { metric: "overhead", title: "overhead, x" },
      ],
      goals: [
        { work: "allocate and free", case: mixed, metric: "pairNs", most: 150, unit: "ns" },
        { work, case: mixed, metric: "waste", most: 1.3, unit: "x" },
      ],
    },
  };
}

function keeping({ sizes, folder }: Setting): Group[] {
  return [1_000, sizes.objectCount].map((count) => {
    const keep = (name: string, way: string): Case => {
      const parameters = { file: path.join(folder, `objects-${way}`), count, way };
      return { name, driver: "keep-objects", parameters, peer: way === "json" };
    };
    const against = "JSON";
    return {
      rounds: Math.min(3, sizes.rounds),
      cases: [keep(against, "json"), keep("heap", "heap")],
      layout: {
        title: `Keep ${count.toLocaleString("en")} objects in a file`,
        note: "Change: one number of one object, so that the next process sees it.",
        columns: [
          { metric: "buildMs", title: "build, ms" },
          { metric: "openMs", title: "open, ms" },
          { metric: "lookupUs", title: "look one up, us" },
          { metric: "changeMs", title: "change one, ms" },
          { metric: "mib", title: "file, MiB" },
        ],
        ratios: [
          { title: "open, x faster", metric: "openMs", against, inverse: true },
          { title: "change, x faster", metric: "changeMs", against, inverse: true },
        ],
      },
    };
  });
}
