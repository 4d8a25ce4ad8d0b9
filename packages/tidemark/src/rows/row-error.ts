// What is wrong with one row of the input, and where.

/** A row that does not fit. */
export class RowError extends Error {
  /** Where in the bytes that hold the row. */
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.name = "RowError";
    this.index = index;
  }
}

/** A column that no field can be found for, or none that takes text: says why. */
export class ColumnError extends Error {}

/** A piece of the input for a message: in quotes, and not all of it where it is long. */
export function quoted(bytes: Buffer, start: number, end: number): string {
  const most = 60;
  const text = bytes.toString("utf8", start, Math.min(end, start + most));
  return end - start > most ? `${JSON.stringify(text)}…` : JSON.stringify(text);
}
