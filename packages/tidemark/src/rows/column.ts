// A column of CSV: the field that holds it, and the groups and structs on the way to it.

import type { DynamicStructBuilder, Field, JsonCodec, StructSchema } from "@tidemark/capnp/dynamic";
import { type CellWriter, cellWriter } from "./cell-writer.js";
import { ColumnError } from "./row-error.js";
import { suggest } from "./suggestion.js";

/** A column whose cells go into a field. */
export interface Column {
  readonly name: string;
  readonly field: Field;
  /** Groups and structs, from the row's struct on. */
  readonly path: readonly Field[];
  readonly write: CellWriter;
  /** Members of unions that a cell of this column sets. */
  readonly members: readonly UnionMember[];
}

/** One union of a row, shared by all columns that set a member of it. */
export interface RowUnion {
  /** The row that last set it. */
  row: number;
  member: string;
}

export interface UnionMember {
  readonly union: RowUnion;
  /** With the names of what it is in. */
  readonly name: string;
}

/** What columns take their fields from. */
export interface ColumnContext {
  readonly struct: StructSchema;
  readonly json: JsonCodec;
  readonly data: "base64" | "hex";
  /** The unions of a row, by what they are in. */
  readonly unions: Map<string, RowUnion>;
}

/** @throws {@link ColumnError} */
export function columnOf(name: string, context: ColumnContext): Column {
  const names = name.split(".");
  const path: Field[] = [];
  const members: UnionMember[] = [];
  let struct = context.struct;
  for (const [index, each] of names.entries()) {
    const field = fieldOf(struct, each, name);
    if (field.discriminant !== undefined) {
      const holder = names.slice(0, index).join(".");
      members.push({
        union: unionOf(context.unions, `${holder}:${struct.name}`),
        name: names.slice(0, index + 1).join("."),
      });
    }
    if (index === names.length - 1) {
      return { name, field, path, members, write: cellWriter(field, context) };
    }
    if (field.type.kind !== "struct") {
      throw new ColumnError(
        `the column ${name} leads through ${struct.name}.${each}, which is ${field.typeName} ` +
          "and no struct or group",
      );
    }
    path.push(field);
    struct = field.type.schema;
  }
  throw new ColumnError("a column has no name");
}

function fieldOf(struct: StructSchema, name: string, column: string): Field {
  const field = struct.findField(name);
  if (field !== undefined) return field;
  const names = struct.fields.map((each) => each.name);
  const where = column === name ? "" : ` (in the column ${column})`;
  throw new ColumnError(
    `${struct.name} has no field ${JSON.stringify(name)}${where}: ${suggest(name, names)}`,
  );
}

function unionOf(unions: Map<string, RowUnion>, key: string): RowUnion {
  let union = unions.get(key);
  if (union === undefined) {
    union = { row: -1, member: "" };
    unions.set(key, union);
  }
  return union;
}

/** The struct or group that has the column's field: made where it is not there. */
export function holderOf(
  struct: DynamicStructBuilder,
  path: readonly Field[],
): DynamicStructBuilder {
  let holder = struct;
  for (const field of path) {
    // A union that holds another member, or none yet, holds this one from now on.
    const found = field.isHeldIn(holder) ? field.build(holder) : field.init(holder, 0);
    holder = found as DynamicStructBuilder;
  }
  return holder;
}
