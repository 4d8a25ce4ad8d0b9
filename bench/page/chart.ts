// What a chart shows: one metric of a table, its rows as bars, with spreads, ratios and goals.

import { type Figure, figure, outcomes, ratioOf } from "../figures.js";
import type { Column, Goal, Row, Table } from "../table.js";

/** A goal of a row, as a figure of the chart's metric. */
export interface GoalMark {
  readonly value: number;
  readonly met: boolean;
}

export interface Bar {
  readonly name: string;
  readonly peer: boolean;
  /** Undefined for a row that was skipped. */
  readonly figure: Figure | undefined;
  /** To the row that the table compares with. */
  readonly ratio: number | undefined;
  readonly goals: readonly GoalMark[];
}

export interface Chart {
  /** The metric with its unit. */
  readonly title: string;
  readonly moreIsBetter: boolean;
  /** Where the values differ too much for a common scale. */
  readonly logarithmic: boolean;
  readonly bars: readonly Bar[];
}

/** Beyond this quotient of the greatest and the least value, small bars would be dots. */
const widestLinearRange = 40;

/** The charts of a table: of the metrics whose spread it shows, else of the one it is judged by. */
export function chartsOf(table: Table): Chart[] {
  const judged = new Set([...(table.ratios ?? []), ...(table.goals ?? [])].map((x) => x.metric));
  const spread = table.columns.filter((column) => column.spread === true);
  const compared = table.columns.filter(({ metric }) => judged.has(metric));
  const columns = [spread, compared, table.columns.slice(0, 1)].find(({ length }) => length > 0);
  return (columns ?? []).flatMap((column) => chartOf(table, column) ?? []);
}

function chartOf(table: Table, column: Column): Chart | undefined {
  const bars = table.rows.map((row) => barOf(table, row, column.metric));
  const medians = bars.flatMap((bar) => bar.figure?.median ?? []).filter((value) => value > 0);
  if (medians.length === 0) return undefined;
  return {
    title: column.title,
    moreIsBetter: isRate(column.title),
    logarithmic: Math.max(...medians) / Math.min(...medians) > widestLinearRange,
    bars,
  };
}

function barOf(table: Table, row: Row, metric: string): Bar {
  const ratio = table.ratios?.find((each) => each.metric === metric);
  return {
    name: row.name,
    peer: row.peer === true,
    figure: figure(row, metric),
    ratio: ratio === undefined ? undefined : ratioOf(table, row, ratio),
    goals: outcomes(table).flatMap(({ goal, met }) => {
      if (goal.case !== row.name || goal.metric !== metric) return [];
      const value = goalValue(table, goal);
      return value === undefined ? [] : [{ value, met }];
    }),
  };
}

/** What the row's own metric would be if the goal were just met. */
function goalValue(table: Table, goal: Goal): number | undefined {
  const bound = goal.least ?? goal.most;
  if (bound === undefined || goal.against === undefined) return bound;
  const other = table.rows.find(({ name }) => name === goal.against);
  const theirs = other === undefined ? undefined : figure(other, goal.metric)?.median;
  if (theirs === undefined) return undefined;
  return goal.inverse === true ? theirs / bound : theirs * bound;
}

/** Of rates more is better, of times and sizes less. */
function isRate(title: string): boolean {
  return title.includes("/s");
}
