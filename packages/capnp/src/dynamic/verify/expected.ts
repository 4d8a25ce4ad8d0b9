// What a schema says of pointers and structs, as a walk over a message needs it.

import { type ElementSize, elementSize } from "../../wire.js";
import type { EnumSchema } from "../enum-schema.js";
import type { Field } from "../field.js";
import { schemaError } from "../request.js";
import type { StructSchema } from "../struct-schema.js";
import { dataBits, isPointerType, type Type, typeName } from "../type.js";

/** What a pointer should lead to. */
export interface Expected {
  readonly type: Type;
  /** The field, for whoever is told of a fault: `Person.name`. */
  readonly where: string;
  /** What a list's elements should be. */
  readonly size: ElementSize;
  /** Of a list of what stands behind pointers: what each of these should lead to. */
  readonly elements: readonly [Expected] | undefined;
  /** Of a struct, or a list of them. Looked up when the first one is met. */
  shape: StructShape | undefined;
}

/** A number in a data section that must be one of an enum's. */
export interface EnumPlace {
  readonly where: string;
  readonly byteOffset: number;
  readonly fallback: number;
  readonly schema: EnumSchema;
}

/** A union: which of its members is there, the discriminant says. */
interface UnionPlace {
  readonly where: string;
  readonly byteOffset: number;
  readonly members: readonly (StructPart | undefined)[];
}

/** What a struct, a group or a member of a union has of its own. */
interface StructPart {
  readonly pointers: [slot: number, expected: Expected][];
  readonly enums: EnumPlace[];
  readonly unions: UnionPlace[];
}

export interface StructShape {
  readonly part: StructPart;
  /** What the pointers should lead to, where no union has a say; else to be asked for each. */
  readonly pointers: (Expected | undefined)[];
  /** Whether there is something to be looked at besides the pointers. */
  readonly isChecked: boolean;
}

// Groups in groups: no schema of people comes near this, one that holds itself never ends.
const deepest = 64;
const mostParts = 100_000;

/** The shapes of one schema's structs, made when they are first asked for. */
export class Shapes {
  readonly #shapes = new Map<StructSchema, StructShape>();

  of(schema: StructSchema): StructShape {
    let shape = this.#shapes.get(schema);
    if (shape === undefined) {
      const part = partOf(schema, 0, { left: mostParts });
      const pointers: (Expected | undefined)[] = new Array(schema.pointerCount).fill(undefined);
      for (const [slot, expected] of part.pointers) pointers[slot] = expected;
      shape = { part, pointers, isChecked: part.enums.length + part.unions.length > 0 };
      this.#shapes.set(schema, shape);
    }
    return shape;
  }
}

function partOf(schema: StructSchema, depth: number, budget: { left: number }): StructPart {
  const part = emptyPart();
  if (depth > deepest) throw schemaError(`the groups of ${schema.name} are nested without end`);
  const members: (StructPart | undefined)[] = [];
  for (const field of schema.fields) {
    if (--budget.left < 0) throw schemaError(`${schema.name} has groups without end`);
    if (field.discriminant === undefined) addField(part, field, depth, budget);
    else {
      const member = emptyPart();
      addField(member, field, depth, budget);
      members[field.discriminant] = member;
    }
  }
  if (schema.memberCount > 0) {
    const { name: where, discriminantAt: byteOffset } = schema;
    part.unions.push({ where, byteOffset, members });
  }
  return part;
}

function emptyPart(): StructPart {
  return { pointers: [], enums: [], unions: [] };
}

function addField(part: StructPart, field: Field, depth: number, budget: { left: number }): void {
  const { type, slot } = field;
  const where = `${field.struct.name}.${field.name}`;
  if (slot === undefined) {
    if (type.kind !== "struct") return;
    const group = partOf(type.schema, depth + 1, budget);
    part.pointers.push(...group.pointers);
    part.enums.push(...group.enums);
    part.unions.push(...group.unions);
  } else if (type.kind === "enum") {
    const { offset, enumDefault: fallback } = slot;
    part.enums.push({ where, byteOffset: offset * 2, fallback, schema: type.schema });
  } else if (isPointerType(type)) part.pointers.push([slot.offset, expectedOf(type, where)]);
}

/** What a pointer of a type should lead to. */
export function expectedOf(type: Type, where: string): Expected {
  const element = type.kind === "list" ? type.element : undefined;
  const size = element === undefined ? elementSize.void : sizeOf(element);
  const elements: readonly [Expected] | undefined =
    element !== undefined && size === elementSize.pointer
      ? [expectedOf(element, where)]
      : undefined;
  return { type, where, size, elements, shape: undefined };
}

const sizes = new Map<number, ElementSize>([
  [0, elementSize.void],
  [1, elementSize.bit],
  [8, elementSize.byte],
  [16, elementSize.twoBytes],
  [32, elementSize.fourBytes],
  [64, elementSize.eightBytes],
]);

function sizeOf(element: Type): ElementSize {
  if (element.kind === "struct") return elementSize.composite;
  if (element.kind === "enum") return elementSize.twoBytes;
  return sizes.get(dataBits[element.kind] ?? -1) ?? elementSize.pointer;
}

/** What a pointer should lead to, for people. */
export function expectedName({ type }: Expected): string {
  switch (type.kind) {
    case "text":
      return "a text";
    case "data":
      return "data";
    case "interface":
    case "capability":
      return "a capability";
    case "struct":
      return `a struct ${type.schema.name}`;
    default:
      return `a ${typeName(type)}`;
  }
}
