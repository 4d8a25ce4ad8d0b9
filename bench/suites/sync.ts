// Locks, numbers and waiting in shared memory, against C with the same memory.

import { asPeer, cCompiler, compiled } from "../native.js";
import type { Case, Group, Plan, Setting, Suite } from "../suite.js";
import { channelGroups } from "./channels.js";

/** Where the file is does not matter: shared memory is page cache anywhere. So it runs once. */
export const sync: Suite = (setting): Plan => {
  if (!setting.inMemory) return { groups: [] };
  return {
    groups: [alone(setting), together(setting), waiting(setting), ...channelGroups(setting)],
  };
};

/** How much one run of a driver does: a tenth of it in a quick run. */
function counts({ sizes }: Setting): { readonly calls: number; readonly trips: number } {
  const quick = sizes.rounds < 5 ? 0.1 : 1;
  return { calls: 5_000_000 * quick, trips: 20_000 * quick };
}

function alone(setting: Setting): Group {
  const { calls } = counts(setting);
  const program = compiled("futex");
  const one = (name: string, what: string, part = 1): Case => {
    return { name, driver: "sync-alone", parameters: { what, count: calls * part } };
  };
  const inC = (name: string, method: string): Case => {
    const parameters = { what: method, count: calls, program, method };
    return { name, driver: "sync-alone", parameters, ...asPeer(program, cCompiler) };
  };
  return {
    rounds: setting.sizes.rounds,
    cases: [
      one("Mutex, lockSync and unlock", "mutex-sync"),
      one("Mutex, await lock and unlock", "mutex-async", 0.2),
      inC("C: robust mutex", "lock"),
      one("Sequence, next", "sequence"),
      inC("C: atomic addition", "count"),
      one("RwLock, readLockSync and unlock", "read-lock", 0.1),
      one("RwLock, writeLockSync and unlock", "write-lock", 0.1),
      one("Semaphore, acquireSync and release", "semaphore", 0.1),
    ],
    layout: {
      title: "Take and give back what nobody else uses",
      columns: [{ metric: "callNs", title: "ns", spread: true }],
      goals: [
        {
          work: "lock and unlock, uncontended",
          case: "Mutex, lockSync and unlock",
          metric: "callNs",
          most: 50,
          unit: "ns",
        },
        { work: "next number", case: "Sequence, next", metric: "callNs", most: 30, unit: "ns" },
      ],
    },
  };
}

function together(setting: Setting): Group {
  const { calls } = counts(setting);
  const { folder } = setting;
  const both = (name: string, what: string, count: number): Case => {
    return { name, driver: "sync-together", parameters: { what, folder, count } };
  };
  return {
    rounds: setting.sizes.rounds,
    cases: [
      both("Sequence, next", "sequence", calls),
      both("Mutex, add one under it", "mutex", calls / 10),
    ],
    layout: {
      title: "Two processes use the same one at once",
      columns: [{ metric: "rate", title: "millions/s, both", spread: true }],
      goals: [
        {
          work: "numbers for two processes",
          case: "Sequence, next",
          metric: "rate",
          least: 4,
          unit: "million/s",
        },
      ],
    },
  };
}

function waiting(setting: Setting): Group {
  const { trips } = counts(setting);
  const { folder } = setting;
  const program = compiled("futex");
  const trip = (name: string, way: string): Case => {
    return { name, driver: "sync-waiting", parameters: { way, folder, count: trips, program } };
  };
  const against = "C: futex";
  return {
    rounds: setting.sizes.rounds,
    cases: [
      { ...trip(against, "c"), ...asPeer(program, cCompiler) },
      trip("waitWhileSync and wake", "word-sync"),
      trip("await waitWhile, and wake", "word-async"),
      trip("Semaphores, acquireSync and release", "semaphore-sync"),
    ],
    layout: {
      title: "Two processes wait for each other in turn",
      note: "Asleep, there and back.",
      columns: [{ metric: "roundTripUs", title: "round trip, us", spread: true }],
      ratios: [{ title: "x C", metric: "roundTripUs", against }],
      goals: [
        {
          work: "waiting round trip",
          case: "waitWhileSync and wake",
          metric: "roundTripUs",
          against,
          most: 1.3,
          unit: "x",
        },
      ],
    },
  };
}
