// What a suite is: for each place where files can be, tables and the cases that fill them.

import type { Parameters } from "./sample.js";
import type { Layout } from "./table.js";

/** One driver with its parameters: one row of a table. */
export interface Case {
  readonly name: string;
  /** A file of drivers/, without its ending. */
  readonly driver: string;
  readonly parameters: Parameters;
  /** Set for what Tidemark is compared with. */
  readonly peer?: boolean;
  /** Why it cannot run here: its row says so. */
  readonly missing?: string | undefined;
}

export interface Group {
  readonly layout: Layout;
  readonly cases: readonly Case[];
  readonly rounds: number;
}

/** Where a suite is to run, and at what size. */
export interface Setting {
  /** An empty folder of its own. */
  readonly folder: string;
  readonly fileSystem: string;
  /** Whether files there are kept in memory alone. */
  readonly inMemory: boolean;
  readonly sizes: Sizes;
}

/** How much is done in one run of a driver. */
export interface Sizes {
  readonly rounds: number;
  readonly fillByteLength: number;
  readonly accessByteLength: number;
  /** Random accesses of a mapping in one pass. */
  readonly accessCount: number;
  /** Random writes through a descriptor, which are slow. */
  readonly writeCount: number;
  readonly reserveCount: number;
  readonly faultCount: number;
  readonly mappingCount: number;
  readonly trackedByteLength: number;
  /** Pages that are touched for the first time. */
  readonly touchCount: number;
  /** Scattered pages of one commit. */
  readonly commitCount: number;
  readonly recordCount: number;
  /** Allocations and frees. */
  readonly heapOperations: number;
  readonly objectCount: number;
  /** Messages that a channel carries in one run. */
  readonly messageCount: number;
  readonly roundTripCount: number;
  /** Rows of 64 bytes, and people, in databases and beside them: whole MiB of rows. */
  readonly rowCount: number;
  /** Commits of one row each, each until the device has it. */
  readonly durableCount: number;
}

export interface Plan {
  /** Drivers to run once, before all tables: they make the files to be read. */
  readonly preparation?: readonly Case[];
  readonly groups: readonly Group[];
}

export type Suite = (setting: Setting) => Plan;

export const fullSizes: Sizes = {
  rounds: 5,
  fillByteLength: 2 ** 31,
  accessByteLength: 2 ** 30,
  accessCount: 500_000,
  writeCount: 50_000,
  reserveCount: 500,
  faultCount: 20_000,
  mappingCount: 10_000,
  trackedByteLength: 2 ** 32,
  touchCount: 20_000,
  commitCount: 1_000,
  recordCount: 10_000_000,
  heapOperations: 10_000_000,
  objectCount: 100_000,
  messageCount: 5_000_000,
  roundTripCount: 20_000,
  rowCount: 2 ** 20,
  durableCount: 300,
};

/** To see that everything works; the figures mean little. */
export const quickSizes: Sizes = {
  rounds: 2,
  fillByteLength: 2 ** 26,
  accessByteLength: 2 ** 26,
  accessCount: 100_000,
  writeCount: 5_000,
  reserveCount: 200,
  faultCount: 2_000,
  mappingCount: 10_000,
  trackedByteLength: 2 ** 28,
  touchCount: 5_000,
  commitCount: 1_000,
  recordCount: 1_000_000,
  heapOperations: 400_000,
  objectCount: 10_000,
  messageCount: 2_000_000,
  roundTripCount: 3_000,
  rowCount: 2 ** 16,
  durableCount: 30,
};
