// Which struct is a row, and which list of the root holds them.

import type { Field, SchemaSet, StructSchema, Type } from "@tidemark/capnp/dynamic";
import { CommandFailure } from "../command/failure.js";
import { suggest } from "./suggestion.js";

/** Where rows belong. */
export type RowPlace =
  | { readonly kind: "root"; readonly root: StructSchema; readonly row: StructSchema }
  | {
      /** A list of rows, or a list of lists of them. */
      readonly kind: "list" | "lists";
      readonly root: StructSchema;
      readonly row: StructSchema;
      /** Groups and structs on the way to the list's field. */
      readonly path: readonly Field[];
      readonly field: Field;
    };

/**
 * Finds the place of rows.
 *
 * @param list The field's name, with dots through groups and structs; undefined takes the one list
 * that there is; false says that the root itself is the row.
 * @throws {@link CommandFailure}
 */
export function rowPlaceOf(
  schemas: SchemaSet,
  rootName: string,
  list: string | false | undefined,
): RowPlace {
  const root = rootOf(schemas, rootName);
  if (typeof list === "string") return namedPlace(root, list);
  const places = list === false ? [] : root.fields.flatMap((field) => placeOf(root, [], field));
  if (places.length > 1) {
    const names = places.map((place) => (place.kind === "root" ? "" : place.field.name)).join(", ");
    throw new CommandFailure(
      `${root.name} has several lists of structs: say which holds the rows by --list (${names}), ` +
        "or by --no-list that the root is the row itself",
      2,
    );
  }
  return places[0] ?? { kind: "root", root, row: root };
}

function rootOf(schemas: SchemaSet, name: string): StructSchema {
  try {
    return schemas.struct(name);
  } catch (error) {
    const names = schemas.structNames;
    const what = error instanceof Error && names.includes(name) ? `: ${error.message}` : "";
    throw new CommandFailure(
      `the schema has no struct ${name}${what === "" ? `: ${suggest(name, names)}` : what}`,
      2,
    );
  }
}

function namedPlace(root: StructSchema, list: string): RowPlace {
  const names = list.split(".");
  const path: Field[] = [];
  let struct = root;
  for (const [index, name] of names.entries()) {
    const field = struct.findField(name);
    if (field === undefined) {
      const known = struct.fields.map((each) => each.name);
      throw new CommandFailure(`${struct.name} has no field ${name}: ${suggest(name, known)}`, 2);
    }
    if (index === names.length - 1) {
      const [place] = placeOf(root, path, field);
      if (place !== undefined) return place;
      throw new CommandFailure(
        `${struct.name}.${name} is ${field.typeName}: rows go into a list of structs`,
        2,
      );
    }
    if (field.type.kind !== "struct") {
      throw new CommandFailure(
        `${struct.name}.${name} is ${field.typeName}, which has no field ${names[index + 1]}`,
        2,
      );
    }
    path.push(field);
    struct = field.type.schema;
  }
  throw new CommandFailure("--list needs the name of a field", 2);
}

/** The place that a field is, if rows can go there. */
function placeOf(root: StructSchema, path: readonly Field[], field: Field): RowPlace[] {
  const element = elementOf(field.type);
  if (element?.kind === "struct") {
    return [{ kind: "list", root, row: element.schema, path, field }];
  }
  const inner = element === undefined ? undefined : elementOf(element);
  if (inner?.kind === "struct") return [{ kind: "lists", root, row: inner.schema, path, field }];
  return [];
}

function elementOf(type: Type): Type | undefined {
  return type.kind === "list" ? type.element : undefined;
}
