// Makes the fields of a struct of what its schema says, every offset checked.

import {
  Field_Which,
  type FieldReader,
  Node_Which,
  type NodeReader,
  type TypeReader,
  type ValueReader,
} from "../schema/schema.capnp.js";
import type { Access } from "./access.js";
import {
  boolAccess,
  enumAccess,
  float32Access,
  float64Access,
  int8Access,
  int16Access,
  int32Access,
  int64Access,
  uint8Access,
  uint16Access,
  uint32Access,
  uint64Access,
  voidAccess,
} from "./data-access.js";
import { elementsOf } from "./elements.js";
import { Field, type Slot } from "./field.js";
import {
  anyPointerAccess,
  capabilityAccess,
  dataAccess,
  groupAccess,
  listAccess,
  structAccess,
  textAccess,
} from "./pointer-access.js";
import { readAnnotations, readPointerDefault, readTextDefault } from "./read-value.js";
import { schemaError } from "./request.js";
import type { StructSchema } from "./struct-schema.js";
import { dataBits, type Type, typeName } from "./type.js";

/** How the parts of a struct that are declared elsewhere are found. */
export interface FieldSources {
  type(type: TypeReader): Type;
  group(id: bigint): StructSchema;
  annotationType(id: bigint): Type | undefined;
}

/** The discriminant of a field that is in no union. */
const noDiscriminant = 0xffff;

export function makeFields(
  struct: StructSchema,
  node: NodeReader,
  sources: FieldSources,
): readonly Field[] {
  if (node.which() !== Node_Which.struct) throw schemaError(`${struct.name} is no struct`);
  return elementsOf(node.struct.fields).map((field, index) => {
    const { discriminantValue } = field;
    const isMember = discriminantValue !== noDiscriminant;
    if (isMember && discriminantValue >= struct.memberCount) {
      throw schemaError(`${struct.name}.${field.name} is not one of the members of its union`);
    }
    const isGroup = field.which() === Field_Which.group;
    const type: Type = isGroup
      ? { kind: "struct", schema: sources.group(field.group.typeId) }
      : sources.type(field.slot.type);
    return new Field({
      struct,
      name: field.name,
      index,
      codeOrder: field.codeOrder,
      discriminant: isMember ? discriminantValue : undefined,
      isGroup,
      annotations: readAnnotations(field.annotations, sources.annotationType),
      type,
      access:
        isGroup && type.kind === "struct"
          ? groupAccess(type.schema)
          : slotAccess(struct, field, type),
      slot: isGroup ? undefined : slotOf(field, type),
    });
  });
}

function slotOf(field: FieldReader, type: Type): Slot {
  const { offset, defaultValue } = field.slot;
  return { offset, enumDefault: type.kind === "enum" ? defaultValue.enum : 0 };
}

function slotAccess(struct: StructSchema, field: FieldReader, type: Type): Access {
  const { offset, defaultValue } = field.slot;
  const bits = type.kind === "enum" ? 16 : dataBits[type.kind];
  const isInside =
    bits === undefined
      ? offset < struct.pointerCount
      : (offset + 1) * bits <= struct.dataByteLength * 8;
  if (!isInside) {
    throw schemaError(
      `${struct.name}.${field.name}, a ${typeName(type)} at offset ${offset}, is outside of a ` +
        `struct of ${struct.dataByteLength} bytes and ${struct.pointerCount} pointers`,
    );
  }
  return bits === undefined
    ? pointerAccess(offset, type, defaultValue)
    : dataAccessOf(offset, type, defaultValue);
}

function dataAccessOf(offset: number, type: Type, value: ValueReader): Access {
  switch (type.kind) {
    case "bool":
      return boolAccess(offset, value.bool);
    case "int8":
      return int8Access(offset, value.int8);
    case "int16":
      return int16Access(offset * 2, value.int16);
    case "int32":
      return int32Access(offset * 4, value.int32);
    case "int64":
      return int64Access(offset * 8, value.int64);
    case "uint8":
      return uint8Access(offset, value.uint8);
    case "uint16":
      return uint16Access(offset * 2, value.uint16);
    case "uint32":
      return uint32Access(offset * 4, value.uint32);
    case "uint64":
      return uint64Access(offset * 8, value.uint64);
    case "float32":
      return float32Access(offset * 4, value.float32);
    case "float64":
      return float64Access(offset * 8, value.float64);
    case "enum":
      return enumAccess(offset * 2, value.enum, type.schema);
    default:
      return voidAccess();
  }
}

function pointerAccess(offset: number, type: Type, value: ValueReader): Access {
  switch (type.kind) {
    case "text":
      return textAccess(offset, readTextDefault(value));
    case "data":
      return dataAccess(offset, readPointerDefault(value));
    case "struct":
      return structAccess(offset, readPointerDefault(value), type.schema);
    case "list":
      return listAccess(offset, readPointerDefault(value), type.element);
    case "interface":
    case "capability":
      return capabilityAccess(offset);
    default:
      return anyPointerAccess(offset);
  }
}
