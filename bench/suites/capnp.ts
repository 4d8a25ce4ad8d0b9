// Cap'n Proto: records built and read in memory, against code by hand, C++ and other packages.

import { asPeer, capnpProgram, cppLibrary } from "../native.js";
import type { Case, Group, Suite } from "../suite.js";
import type { Goal } from "../table.js";

const schemas: readonly Schema[] = [
  { name: "person", title: "person record", count: 400_000, slow: 4_000 },
  { name: "drawing", title: "drawing of 61 small structs", count: 40_000, slow: 400 },
  { name: "letter", title: "letter of 8 long texts", count: 60_000, slow: 2_000 },
];

interface Schema {
  readonly name: string;
  readonly title: string;
  readonly count: number;
  /** How often for the slow ones. */
  readonly slow: number;
}

// The growing file's own table belongs beside these: see docs/performance.md.
export const capnp: Suite = (setting) => {
  // These tables have nothing to do with files: one place is enough.
  if (setting.inMemory) return { groups: [] };
  const { rounds, accessCount } = setting.sizes;
  const scale = accessCount >= 500_000 ? 1 : 0.05;
  const program = capnpProgram();
  return {
    groups: [
      ...schemas.map((schema) => building(schema, rounds, scale, program)),
      ...schemas.map((schema) => reading(schema, rounds, scale, program)),
      traversing(rounds, scale, program),
    ],
  };
};

const malloc = "C++, MallocMessageBuilder";
const byHand = "DataView code by hand";
const ours = "ours, MessageBuilder.reset()";
const otherPackages = ["capnp-ts", "capnp-es"] as const;
const columns = [{ metric: "ns", title: "ns a message", spread: true }];

function building(
  { name: schema, title, count, slow }: Schema,
  rounds: number,
  scale: number,
  program: string | undefined,
): Group {
  const work = (name: string, driver: string, parameters: object, scaled = count): Case => {
    return { name, driver, parameters: { schema, ...parameters, count: scaled * scale } };
  };
  const native = (name: string, how: string): Case => {
    return {
      ...work(name, "capnp-native", { program, work: how }),
      ...asPeer(program, cppLibrary),
    };
  };
  const isPerson = schema === "person";
  const others = isPerson ? otherPackages : [];
  const goal = { work: `build a ${title}`, case: ours, metric: "ns", unit: "x" };
  const goals: Goal[] = [
    { ...goal, against: malloc, most: 1 },
    ...(isPerson ? [{ ...goal, against: byHand, most: 1.3 }] : []),
    ...others.map((against): Goal => ({ ...goal, against, most: 1 / 50 })),
  ];
  return {
    rounds,
    cases: [
      work(ours, "capnp-ours", { work: "build" }),
      work("ours, a new MessageBuilder each", "capnp-ours", { work: "build-anew" }, count / 4),
      ...(isPerson
        ? [{ ...work(byHand, "capnp-ours", { work: "build-by-hand" }), peer: true }]
        : []),
      native(malloc, "build-malloc"),
      native("C++, scratch space", "build-scratch"),
      ...others.map((name) => ({
        ...work(name, "capnp-others", { package: name, work: "build" }, slow),
        peer: true,
      })),
    ],
    layout: {
      title: `Build a ${title}`,
      note:
        "64 records in turn, each a message of its own; all make the same bytes." +
        (isPerson ? " capnp-ts and capnp-es fill an arena that is large enough." : ""),
      columns,
      goals,
    },
  };
}

function reading(
  { name: schema, title, count, slow }: Schema,
  rounds: number,
  scale: number,
  program: string | undefined,
): Group {
  const native = "C++, texts into std::string";
  const goal = { work: `read all of a ${title}`, case: "ours", metric: "ns", unit: "x" };
  const work = (name: string, how: string): Case => {
    const parameters = { schema, work: how, count: count * scale };
    return { name, driver: "capnp-ours", parameters };
  };
  return {
    rounds,
    cases: [
      work("ours", "read"),
      work("ours, messages of one stream", "read-stream"),
      work(byHand, "read-by-hand"),
      {
        name: native,
        driver: "capnp-native",
        parameters: { program, schema, work: "read", count: count * scale },
        ...asPeer(program, cppLibrary),
      },
      ...(schema === "person" ? otherPackages : []).map((name) => ({
        name,
        driver: "capnp-others",
        parameters: { package: name, work: "read", count: slow * scale },
        peer: true,
      })),
    ],
    layout: {
      title: `Read all fields of a ${title}`,
      note:
        "From bytes in the flat framing, each message in memory of its own, a reader for each. " +
        "One stream: all 64 in one array, with readMessages. By hand: no check and no limit.",
      columns,
      goals: [{ ...goal, against: native, most: 2 }],
    },
  };
}

function traversing(rounds: number, scale: number, program: string | undefined): Group {
  const count = 2_000 * scale;
  const goal = { work: "traverse numbers", case: "ours, one cursor", metric: "ns", unit: "x" };
  return {
    rounds,
    cases: [
      {
        name: "ours, one cursor",
        driver: "capnp-ours",
        parameters: { schema: "drawing", work: "traverse", count },
      },
      {
        name: "C++",
        driver: "capnp-native",
        parameters: { program, schema: "drawing", work: "traverse", count },
        ...asPeer(program, cppLibrary),
      },
    ],
    layout: {
      title: "Traverse a list of 10,000 structs of two numbers",
      columns: [{ metric: "ns", title: "ns a struct", spread: true }],
      goals: [{ ...goal, against: "C++", most: 3 }],
    },
  };
}
