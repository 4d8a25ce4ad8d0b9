// How a struct stands in JSON: which name each field has, and what is written in the place of what,
// as the annotations of `capnp/compat/json.capnp` say.

import { type Annotations, annotationValue } from "../annotations.js";
import { DynamicStructReader } from "../dynamic-struct.js";
import type { EnumSchema } from "../enum-schema.js";
import type { Field } from "../field.js";
import { schemaError } from "../request.js";
import type { StructSchema } from "../struct-schema.js";

/** The ids of the annotations. */
const annotation = {
  name: 0xfa5b1fd61c2e7c3dn,
  flatten: 0x82d3e852af0336bfn,
  discriminator: 0xcfa794e8d19a0162n,
  base64: 0xd7d879450a253e4bn,
  hex: 0xf061e22f0ae5c7b5n,
} as const;

/** How bytes stand in JSON. */
export type DataEncoding = "array" | "base64" | "hex";

/** A field as it stands in JSON. */
export interface JsonField {
  readonly field: Field;
  /** With the prefix of all that is flattened around it. */
  readonly name: string;
  /** The name by which a discriminator tells the member. */
  readonly memberName: string;
  /** Undefined where the codec's own choice holds. */
  readonly encoding: DataEncoding | undefined;
  /** The fields of a flattened struct or group stand in the place of this one. */
  readonly flattened: JsonStruct | undefined;
  /** A group stands in JSON as its field says; undefined for all other fields. */
  readonly group: JsonStruct | undefined;
}

/** A struct as it stands in JSON. */
export interface JsonStruct {
  readonly schema: StructSchema;
  /** Those outside of unions, in their order. */
  readonly fields: readonly JsonField[];
  /** By discriminants. */
  readonly members: readonly (JsonField | undefined)[];
  /** The name of what tells the union's member; undefined where the member's own name does. */
  readonly discriminator: string | undefined;
  /** Whether any of the names below is a discriminator's. */
  readonly hasDiscriminators: boolean;
  /** What may stand in an object that becomes this struct, by name. */
  readonly entries: ReadonlyMap<string, JsonEntry>;
}

/** What a name in an object means. */
export interface JsonEntry {
  /** The flattened structs and groups on the way to it. */
  readonly path: readonly JsonField[];
  readonly struct: JsonStruct;
  /** The field; undefined for a discriminator, and for what several members have as their name. */
  readonly member: JsonField | undefined;
  readonly isDiscriminator: boolean;
}

// Flattened structs that hold themselves would never end: no schema of people comes near these.
const deepest = 16;
const mostFields = 10_000;

/** How many fields a plan may still get. */
interface Budget {
  fields: number;
}

/** How a struct stands in JSON by itself. */
export function planStruct(schema: StructSchema): JsonStruct {
  return plan(schema, { annotations: schema.annotations }, "", 0, { fields: mostFields });
}

/** What says how a struct stands in JSON: its own declaration, or the field that is its group. */
interface Declaration {
  readonly annotations: Annotations;
  /** What a discriminator without a name is called; without this, too, there is none. */
  readonly name?: string;
}

function plan(
  schema: StructSchema,
  declaration: Declaration,
  prefix: string,
  depth: number,
  budget: Budget,
): JsonStruct {
  budget.fields -= schema.fields.length;
  if (depth > deepest || budget.fields < 0) {
    throw schemaError(`${schema.name} is flattened in JSON without end`);
  }
  const options = annotationValue(declaration.annotations, annotation.discriminator);
  const tag = textOf(options, "name");
  const valueName = textOf(options, "valueName");
  const hasOptions = options instanceof DynamicStructReader && schema.memberCount > 0;
  const called = hasOptions ? (tag ?? declaration.name) : undefined;
  const discriminator = called === undefined ? undefined : prefix + called;
  const planned = schema.fields.map((field) => {
    const own = textAnnotation(field.annotations) ?? field.name;
    const isValue = field.discriminant !== undefined && valueName !== undefined;
    return planField(field, own, prefix + (isValue ? valueName : own), prefix, depth, budget);
  });
  const members: JsonField[] = [];
  for (const each of planned) {
    if (each.field.discriminant !== undefined) members[each.field.discriminant] = each;
  }
  const entries = new Map<string, JsonEntry>();
  const flattened = planned.map((each) => each.flattened);
  const struct: JsonStruct = {
    schema,
    fields: planned.filter(({ field }) => field.discriminant === undefined),
    members,
    discriminator,
    hasDiscriminators:
      discriminator !== undefined || flattened.some((each) => each?.hasDiscriminators === true),
    entries,
  };
  if (discriminator !== undefined) {
    entries.set(discriminator, { path: [], struct, member: undefined, isDiscriminator: true });
  }
  for (const each of planned) addEntries(entries, struct, each, valueName !== undefined);
  return struct;
}

function planField(
  field: Field,
  memberName: string,
  name: string,
  prefix: string,
  depth: number,
  budget: Budget,
): JsonField {
  const { annotations } = field;
  const flatten = annotationValue(annotations, annotation.flatten);
  const isBase64 = annotationValue(annotations, annotation.base64) !== undefined;
  const isHex = annotationValue(annotations, annotation.hex) !== undefined;
  let flattened: JsonStruct | undefined;
  let group: JsonStruct | undefined;
  if (field.type.kind === "struct") {
    const { schema } = field.type;
    const declaration = { annotations: [...annotations, ...schema.annotations] };
    if (flatten !== undefined) {
      const inner = prefix + (textOf(flatten, "prefix") ?? "");
      flattened = plan(schema, { ...declaration, name: memberName }, inner, depth + 1, budget);
    } else if (field.isGroup) group = plan(schema, declaration, "", depth, budget);
  }
  return {
    field,
    name,
    memberName,
    encoding: isBase64 ? "base64" : isHex ? "hex" : undefined,
    flattened,
    group,
  };
}

function addEntries(
  entries: Map<string, JsonEntry>,
  struct: JsonStruct,
  each: JsonField,
  isShared: boolean,
): void {
  if (each.flattened !== undefined) {
    for (const [name, entry] of each.flattened.entries) {
      entries.set(name, { ...entry, path: [each, ...entry.path] });
    }
    return;
  }
  const isMember = each.field.discriminant !== undefined;
  const member = isMember && isShared ? undefined : each;
  entries.set(each.name, { path: [], struct, member, isDiscriminator: false });
}

function textAnnotation(annotations: Annotations): string | undefined {
  const value = annotationValue(annotations, annotation.name);
  return typeof value === "string" ? value : undefined;
}

/** A text of an annotation's struct; undefined where it is not set. */
function textOf(value: unknown, name: string): string | undefined {
  if (!(value instanceof DynamicStructReader) || !value.has(name)) return undefined;
  return value.getText(name);
}

/** The names that an enum's values have in JSON. */
export class JsonEnum {
  readonly #schema: EnumSchema;
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, string>;

  constructor(schema: EnumSchema) {
    this.#schema = schema;
    const names = schema.enumerants.map(({ name, annotations }): [string, string] => [
      name,
      textAnnotation(annotations) ?? name,
    ]);
    this.#names = new Map(names);
    this.#values = new Map(names.map(([name, inJson]) => [inJson, name]));
  }

  /** In JSON: a name, or a number where the enum has no name for it. */
  nameOf(value: string | number): string | number {
    return typeof value === "string" ? (this.#names.get(value) ?? value) : value;
  }

  /** The enum's own name; what is not known is given back. */
  enumerantOf(inJson: string): string {
    return this.#values.get(inJson) ?? inJson;
  }

  /** All names, for errors. */
  get names(): string {
    return this.#schema.enumerants.map(({ name }) => this.#names.get(name)).join(", ");
  }
}
