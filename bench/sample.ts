// What a driver is told and what it tells: the words between the runner and its processes.

/** What the runner passes to a driver, as JSON. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What one run of a driver gives. */
export interface Sample {
  /** By name, in the unit that the table's column says. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Of the data that was read or written: equal for all cases of a table that give one. */
  readonly checksum?: number;
  /** Why this case cannot run here. */
  readonly skipped?: string;
}

export const mebibyte: number = 2 ** 20;
export const gibibyte: number = 2 ** 30;

/** GiB/s, from bytes and milliseconds. */
export function speed(byteLength: number, timeMs: number): number {
  return byteLength / gibibyte / (timeMs / 1e3);
}

export function median(values: readonly number[] | Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
