// Rows of CSV: a header of field names, then cells.

import type { DynamicStructBuilder } from "@tidemark/capnp/dynamic";
import { CellError } from "./cell-writer.js";
import { type Column, type ColumnContext, columnOf, holderOf } from "./column.js";
import { CsvCells, unescapeCell } from "./csv-cells.js";
import type { RecordReader } from "./record-reader.js";
import { ColumnError, RowError } from "./row-error.js";

/** What is said about the form of CSV. */
export interface CsvOptions {
  /** One byte. */
  readonly delimiter: number;
  readonly hasHeader: boolean;
  /** The columns' names, instead of those of the header. */
  readonly columns: readonly string[] | undefined;
  /** A cell that is this counts as empty. */
  readonly nullText: string | undefined;
  /** Columns that are no fields are left out. */
  readonly ignoreUnknown: boolean;
}

/** Puts records into structs. */
export class CsvRows {
  readonly #options: CsvOptions;
  readonly #context: ColumnContext;
  readonly #cells: CsvCells;
  readonly #null: Buffer | undefined;
  /** Undefined for one that is left out. */
  #columns: readonly (Column | undefined)[] = [];
  #row = 0;

  constructor(options: CsvOptions, context: ColumnContext) {
    this.#options = options;
    this.#context = context;
    this.#cells = new CsvCells(options.delimiter);
    this.#null = options.nullText === undefined ? undefined : Buffer.from(options.nullText);
  }

  /** Reads the header, or takes the columns as they were given. @throws {@link RowError} */
  begin(reader: RecordReader): void {
    const { hasHeader, columns } = this.#options;
    if (!hasHeader) {
      this.#take(columns ?? [], () => 0);
      return;
    }
    if (!reader.next()) throw new RowError("there is no header", 0);
    const { bytes } = reader;
    const cells = this.#cells;
    if (reader.isTooLong) throw new RowError("the header is too long to be one", reader.start);
    cells.split(bytes, reader.start, reader.end);
    const names = Array.from({ length: cells.count }, (_, index) => {
      const [start = 0, end = 0] = [cells.starts[index], cells.ends[index]];
      const cell = cells.isEscaped[index] ? unescapeCell(bytes, start, end) : undefined;
      return (cell?.toString() ?? bytes.toString("utf8", start, end)).trim();
    });
    if (columns !== undefined && columns.length !== names.length) {
      const what = `the header has ${names.length} cells, --columns names ${columns.length}`;
      throw new RowError(what, reader.start);
    }
    this.#take(columns ?? names, (index) => cells.starts[index] ?? 0);
  }

  #take(names: readonly string[], placeOf: (index: number) => number): void {
    const seen = new Set<string>();
    this.#columns = names.map((name, index) => {
      try {
        if (seen.has(name)) throw new ColumnError(`the column ${name} is there twice`);
        seen.add(name);
        return this.#columnOf(name);
      } catch (error) {
        if (!(error instanceof ColumnError)) throw error;
        throw new RowError(error.message, placeOf(index));
      }
    });
  }

  #columnOf(name: string): Column | undefined {
    try {
      return columnOf(name, this.#context);
    } catch (error) {
      if (error instanceof ColumnError && this.#options.ignoreUnknown) return undefined;
      throw error;
    }
  }

  /** @throws {@link RowError}: then some of it may be in the struct */
  write(struct: DynamicStructBuilder, bytes: Buffer, start: number, end: number): void {
    const cells = this.#cells;
    cells.split(bytes, start, end);
    const columns = this.#columns;
    const { count } = cells;
    if (count !== columns.length) throw wrongCount(cells, columns.length, end);
    this.#row++;
    for (let index = 0; index < count; index++) {
      const column = columns[index];
      const from = cells.starts[index] as number;
      const to = cells.ends[index] as number;
      const isQuoted = cells.isQuoted[index] as boolean;
      if (column === undefined || this.#isEmpty(column, bytes, from, to, isQuoted)) continue;
      try {
        this.#writeCell(column, struct, bytes, from, to, cells.isEscaped[index] as boolean);
      } catch (error) {
        if (!(error instanceof CellError)) throw error;
        throw new RowError(error.message, (isQuoted ? from - 1 : from) + error.byteOffset);
      }
    }
  }

  /** An empty cell is what a new struct has; in quotes it is a text without characters. */
  #isEmpty(column: Column, bytes: Buffer, from: number, to: number, isQuoted: boolean): boolean {
    if (from === to) {
      const { kind } = column.field.type;
      return !isQuoted || (kind !== "text" && kind !== "data");
    }
    const none = this.#null;
    if (none === undefined || to - from !== none.length) return false;
    return bytes.compare(none, 0, none.length, from, to) === 0;
  }

  #writeCell(
    column: Column,
    struct: DynamicStructBuilder,
    bytes: Buffer,
    from: number,
    to: number,
    isEscaped: boolean,
  ): void {
    for (const { union, name } of column.members) {
      if (union.row === this.#row && union.member !== name) {
        throw new CellError(`the union holds ${union.member}: then ${name} must be empty`);
      }
      union.row = this.#row;
      union.member = name;
    }
    const holder = column.path.length === 0 ? struct : holderOf(struct, column.path);
    if (isEscaped) {
      const cell = unescapeCell(bytes, from, to);
      column.write(holder, cell, 0, cell.length);
    } else column.write(holder, bytes, from, to);
  }
}

function wrongCount(cells: CsvCells, expected: number, end: number): RowError {
  const what = `the row has ${cells.count} cells, but there are ${expected} columns`;
  // Where the first one too many is, or where the next one should be.
  const extra = cells.count > expected ? cells.starts[expected] : undefined;
  return new RowError(what, extra === undefined ? end : extra - (cells.isQuoted[expected] ? 1 : 0));
}
