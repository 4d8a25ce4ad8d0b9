// What is made of the samples: medians, ratios, and whether a goal was met.

import { median } from "./sample.js";
import type { Goal, Ratio, Row, Table } from "./table.js";

export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** A goal and what became of it. */
export interface Outcome {
  readonly goal: Goal;
  readonly got: number;
  readonly met: boolean;
}

/** A metric over all samples of a row; undefined where there is none. */
export function figure(row: Row, metric: string): Figure | undefined {
  const values = row.samples.flatMap(({ metrics }) => metrics[metric] ?? []);
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** The quotient of two rows' medians. */
export function ratioOf(table: Table, row: Row, ratio: Ratio): number | undefined {
  const other = table.rows.find(({ name }) => name === ratio.against);
  const mine = figure(row, ratio.metric)?.median;
  const theirs = other === undefined ? undefined : figure(other, ratio.metric)?.median;
  if (mine === undefined || theirs === undefined) return undefined;
  return ratio.inverse === true ? theirs / mine : mine / theirs;
}

/** What became of a table's goals; those of rows that were skipped are left out. */
export function outcomes(table: Table): Outcome[] {
  return (table.goals ?? []).flatMap((goal) => {
    const row = table.rows.find(({ name }) => name === goal.case);
    if (row === undefined) return [];
    const got = reached(table, row, goal);
    if (got === undefined) return [];
    const met = got >= (goal.least ?? 0) && got <= (goal.most ?? Number.POSITIVE_INFINITY);
    return [{ goal, got, met }];
  });
}

function reached(table: Table, row: Row, goal: Goal): number | undefined {
  const { against, metric, inverse = false } = goal;
  if (against === undefined) return figure(row, metric)?.median;
  return ratioOf(table, row, { metric, against, inverse });
}
