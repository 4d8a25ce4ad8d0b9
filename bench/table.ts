// What a table of results holds: plain data, kept as JSON, from which text and Markdown are made.

import type { Sample } from "./sample.js";

/** A metric of the drivers, as a table shows it. */
export interface Column {
  readonly metric: string;
  /** With the unit, such as "fill, GiB/s". */
  readonly title: string;
  /** Shows the least and the greatest sample, too. */
  readonly spread?: boolean;
}

/** One case's metric divided by another's. */
export interface Ratio {
  readonly metric: string;
  readonly against: string;
  /** Set for times: the quotient the other way round, so that more is faster. */
  readonly inverse?: boolean;
}

/** A column of ratios. */
export interface RatioColumn extends Ratio {
  readonly title: string;
}

/** What a case should reach: a ratio when `against` is given, else a plain figure. */
export interface Goal {
  readonly work: string;
  readonly case: string;
  readonly metric: string;
  readonly against?: string;
  readonly inverse?: boolean;
  readonly least?: number;
  readonly most?: number;
  /** "x" for ratios, or that of the metric. */
  readonly unit: string;
}

/** How a table looks and what is asked of it. */
export interface Layout {
  readonly title: string;
  /** What a reader needs in order to understand the rows. */
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly ratios?: readonly RatioColumn[];
  readonly goals?: readonly Goal[];
}

/** A case with all its samples, in the order of the rounds. */
export interface Row {
  readonly name: string;
  /** Set for what Tidemark is compared with. */
  readonly peer?: boolean;
  readonly samples: readonly Sample[];
}

export interface Table extends Layout {
  /** Where the files were: "ext4", "tmpfs". */
  readonly fileSystem: string;
  readonly rows: readonly Row[];
}

/** All tables of one suite. */
export interface SuiteResult {
  readonly suite: string;
  readonly tables: readonly Table[];
  /** How long all of it took. */
  readonly seconds?: number;
  /** What went wrong: the tables that are not there. */
  readonly failures?: readonly string[];
}
