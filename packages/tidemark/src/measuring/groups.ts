// What `tidemark bench` measures, group by group, and in how much time.

import path from "node:path";
import { Mapping } from "@tidemark/core";
import { copying } from "./copying.js";
import { recordByteLength } from "./numbers.js";
import { readingAtRandom, readingInOrder } from "./reading.js";
import { timePieces, type Way } from "./task.js";
import { batchLength } from "./transfers.js";
import { checkNumbers, makeFile, writingAtRandom, writingInOrder } from "./writing.js";

export interface Group {
  readonly title: string;
  /** Bytes of a piece in GiB/s, or accesses of a piece in nanoseconds. */
  readonly unit: "GiB/s" | "ns";
  readonly cases: readonly Result[];
  readonly note?: string;
}

export interface Result {
  readonly name: string;
  readonly peer: boolean;
  /** The median of the rounds; null when it could not be measured. */
  readonly value: number | null;
  /** Why it could not. */
  readonly skipped?: string;
  /** What it did was right, each time. */
  readonly verified: boolean;
}

export interface Scope {
  readonly folder: string;
  readonly byteLength: number;
  /** How long one round of a case may take at most. */
  readonly limitMs: number;
  readonly rounds: number;
  /** No further rounds from this moment on, of `performance.now()`. */
  readonly deadline: number;
  readonly onCase: (name: string) => void;
}

/** Measures everything; a warm-up before has the code compiled. */
export async function measureAll(scope: Scope): Promise<Group[]> {
  const { folder, byteLength } = scope;
  const file = path.join(folder, "numbers");
  const other = path.join(folder, "other");
  scope.onCase("making a file");
  makeFile(file, byteLength);
  const size = `${byteLength / 2 ** 20} MiB`;
  const groups: Group[] = [
    await inOrder(scope, `read ${size} in order`, readingInOrder(file)),
    await readCold(scope, file, size),
    await atRandom(scope, `read ${recordByteLength} bytes at random`, readingAtRandom(file)),
    await inOrder(scope, `write ${size} of a new file`, writingInOrder(other, byteLength)),
    await inOrder(scope, `copy ${size}`, copying(file, other)),
  ];
  checkNumbers(file, byteLength);
  // Last, since it changes the file.
  const writing = writingAtRandom(file);
  groups.push(await atRandom(scope, `write ${recordByteLength} bytes at random`, writing));
  return groups;
}

function inOrder(scope: Scope, title: string, ways: readonly Way[]): Promise<Group> {
  return measure(scope, { title, unit: "GiB/s", ways }, (pieceMs, pieces) => {
    return (scope.byteLength / pieces / 2 ** 30 / pieceMs) * 1e3;
  });
}

function atRandom(scope: Scope, title: string, ways: readonly Way[]): Promise<Group> {
  return measure(scope, { title, unit: "ns", ways }, (pieceMs) => (pieceMs * 1e6) / batchLength);
}

/** Each once, after its pages were dropped: as cold as it gets without root. */
async function readCold(scope: Scope, file: string, size: string): Promise<Group> {
  let kept = 0;
  const ways = readingInOrder(file).filter(({ name }) => !name.includes("prefetched"));
  const cold = ways.map((way): Way => {
    return {
      ...way,
      start: () => {
        kept = Math.max(kept, dropPages(file));
        return way.start();
      },
    };
  });
  const longer = { ...scope, rounds: 1, limitMs: 4 * scope.limitMs };
  const group = await inOrder(longer, `read ${size} in order, cold`, cold);
  const share = Math.round(kept * 100);
  const note =
    share > 50
      ? `not cold: the system kept ${share} % of it in memory`
      : `${share} % of it were in memory; what the device itself keeps is not known`;
  return { ...group, note };
}

/** Has the pages of a file leave memory; gives the share that stayed. */
function dropPages(file: string): number {
  using mapping = Mapping.openFile(file);
  try {
    // Only pages that are in the mapping are dropped.
    mapping.prefetch();
    mapping.advise(undefined, "page-out");
  } catch {
    // Where the system cannot: the share tells.
  }
  const { residentCount, pageCount } = mapping.residency();
  return residentCount / pageCount;
}

interface Work {
  readonly title: string;
  readonly unit: Group["unit"];
  readonly ways: readonly Way[];
}

async function measure(
  scope: Scope,
  { title, unit, ways }: Work,
  figure: (pieceMs: number, pieces: number) => number,
): Promise<Group> {
  const values = ways.map((): number[] => []);
  const skipped: (string | undefined)[] = [];
  // In turn, so that what changes on the machine meanwhile meets all of them.
  for (let round = 0; round < scope.rounds; round++) {
    if (round > 0 && performance.now() > scope.deadline) break;
    for (const [index, way] of ways.entries()) {
      scope.onCase(`${title}: ${way.name}`);
      const task = way.start();
      if (typeof task === "string") {
        skipped[index] = task;
        continue;
      }
      values[index]?.push(figure(await timePieces(task, scope.limitMs), task.pieces));
    }
  }
  const cases = ways.map(({ name, peer = false }, index): Result => {
    const reason = skipped[index];
    return reason === undefined
      ? { name, peer, value: median(values[index] ?? []), verified: true }
      : { name, peer, value: null, skipped: reason, verified: false };
  });
  return { title, unit, cases };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
