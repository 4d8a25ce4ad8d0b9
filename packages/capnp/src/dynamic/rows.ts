// Many structs of one schema, each a row of values: fields are looked up once, not per row.

import { CapnpRangeError } from "../errors.js";
import type { DynamicStructBuilder, DynamicStructReader, DynamicValue } from "./dynamic-struct.js";
import type { Field } from "./field.js";
import type { StructSchema } from "./struct-schema.js";

/** A column: the field that holds it, and the groups and structs on the way to it. */
interface Column {
  readonly path: readonly Field[];
  readonly field: Field;
}

/**
 * Writes rows. A value of undefined leaves the field as it is: in a new struct, its default.
 *
 * ```ts
 * const people = message.initRoot(schemas.struct("People")).initStructList("people", rows.length);
 * const writer = schemas.struct("Person").rowWriter(["id", "name"]);
 * for (const [index, row] of rows.entries()) writer.write(people.get(index), row);
 * ```
 */
export class RowWriter {
  readonly struct: StructSchema;
  readonly #columns: readonly Column[];

  constructor(struct: StructSchema, columns: readonly string[]) {
    this.struct = struct;
    this.#columns = columns.map((column) => resolve(struct, column));
  }

  /** Writes one row: `values` in the order of the columns. */
  write(struct: DynamicStructBuilder, values: ArrayLike<unknown>): void {
    const columns = this.#columns;
    for (let index = 0; index < columns.length; index++) {
      const value = values[index];
      if (value === undefined) continue;
      const { path, field } = columns[index] as Column;
      field.set(path.length === 0 ? struct : descend(struct, path), value);
    }
  }
}

/** Reads rows. */
export class RowReader {
  readonly struct: StructSchema;
  readonly #columns: readonly Column[];

  constructor(struct: StructSchema, columns: readonly string[]) {
    this.struct = struct;
    this.#columns = columns.map((column) => resolve(struct, column));
  }

  /**
   * The values of one row, in the order of the columns, in `row` when one is given. A member that
   * its union does not hold is undefined.
   */
  read(struct: DynamicStructReader, row: DynamicValue[] = []): DynamicValue[] {
    const columns = this.#columns;
    for (let index = 0; index < columns.length; index++) {
      const { path, field } = columns[index] as Column;
      const holder = path.length === 0 ? struct : follow(struct, path);
      row[index] =
        holder?.schema === field.struct && field.isHeld(holder)
          ? field.access.read(holder)
          : undefined;
    }
    return row;
  }
}

export function rowReader(struct: StructSchema, columns: readonly string[]): RowReader {
  return new RowReader(struct, columns);
}

function resolve(struct: StructSchema, column: string): Column {
  const names = column.split(".");
  const path: Field[] = [];
  let current = struct;
  for (const name of names.slice(0, -1)) {
    const field = current.field(name);
    if (field.type.kind !== "struct") {
      throw new CapnpRangeError(
        `the column ${column} leads through ${current.name}.${name}, which is no struct or group`,
      );
    }
    path.push(field);
    current = field.type.schema;
  }
  return { path, field: current.field(names.at(-1) ?? "") };
}

function descend(struct: DynamicStructBuilder, path: readonly Field[]): DynamicStructBuilder {
  let current = struct;
  for (const field of path) {
    // A union that holds another member, or none yet, holds this one from now on.
    if (!field.isHeldIn(current)) current = field.init(current, 0) as DynamicStructBuilder;
    else current = field.access.build?.(current) as DynamicStructBuilder;
  }
  return current;
}

function follow(
  struct: DynamicStructReader,
  path: readonly Field[],
): DynamicStructReader | undefined {
  let current = struct;
  for (const field of path) {
    if (!field.isHeld(current)) return undefined;
    current = field.access.read(current) as DynamicStructReader;
  }
  return current;
}
