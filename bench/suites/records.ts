// Records in mapped memory, against typed arrays used by hand.

import type { Case, Plan, Suite } from "../suite.js";

export const records: Suite = ({ sizes, inMemory }): Plan => {
  // No file is involved: once is enough.
  if (inMemory) return { groups: [] };
  const loop = (name: string, way: string): Case => {
    const peer = way === "typed-arrays" || way === "data-view";
    return { name, driver: "record-loop", parameters: { count: sizes.recordCount, way }, peer };
  };
  const against = "typed arrays by hand";
  const goal = { case: "cursor", against, most: 1.2, unit: "x" };
  const count = `${sizes.recordCount / 1e6} million records`;
  return {
    groups: [
      {
        rounds: sizes.rounds,
        cases: [
          loop(against, "typed-arrays"),
          loop("a DataView by hand", "data-view"),
          loop("cursor", "cursor"),
          loop("for … of", "for-of"),
        ],
        layout: {
          title: `A loop over ${count} of 24 bytes, three fields each`,
          note: "Anonymous memory, all in place. Garbage: bytes of the heap, and collections.",
          columns: [
            { metric: "sumNs", title: "read, ns/record", spread: true },
            { metric: "fillNs", title: "write, ns/record", spread: true },
            { metric: "garbageBytes", title: "garbage, bytes/record" },
            { metric: "collections", title: "collections" },
          ],
          ratios: [
            { title: "read, to by hand", metric: "sumNs", against },
            { title: "write, to by hand", metric: "fillNs", against },
          ],
          goals: [
            { ...goal, work: `read ${count}`, metric: "sumNs" },
            { ...goal, work: `write ${count}`, metric: "fillNs" },
          ],
        },
      },
    ],
  };
};
