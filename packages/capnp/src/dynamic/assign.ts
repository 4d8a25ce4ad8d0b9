// Puts what a program has at hand into a message: plain objects, arrays, readers of other messages.

import { AnyPointerBuilder, AnyPointerReader, setAnyPointer } from "../any-pointer.js";
import { setList, setStruct } from "../copy.js";
import { CapnpTypeError } from "../errors.js";
import { List } from "../lists/list.js";
import type { Segment } from "../segment.js";
import { StructBuilder, StructReader } from "../struct.js";
import { type ElementSize, elementDataBits, elementSize, elementSizeNames } from "../wire.js";
import { writeData, writeText } from "../write-blob.js";
import { bigint } from "./data-access.js";
import type { DynamicStructBuilder } from "./dynamic-struct.js";
import type { StructSchema } from "./struct-schema.js";
import { type DynamicListBuilder, dataBits, listTypeOf, type Type, typeName } from "./type.js";

/** Sets what an object has fields for, in the order of its keys. */
export function assignFields(struct: DynamicStructBuilder, values: unknown): void {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new CapnpTypeError(
      `a ${struct.schema.name} must be an object with its fields, got ${describe(values)}`,
    );
  }
  for (const [name, value] of Object.entries(values)) struct.schema.field(name).set(struct, value);
}

/** Lets a pointer lead to a struct: a copy of one, or one of an object's values. */
export function writeStruct(
  segment: Segment,
  pointerAt: number,
  schema: StructSchema,
  value: unknown,
): void {
  if (value instanceof StructReader || value instanceof StructBuilder) {
    schema.checkSame(value);
    setStruct(segment, pointerAt, value);
    return;
  }
  assignFields(schema.init(segment, pointerAt), value);
}

/** Lets a pointer lead to a list: a copy of one, or one of an array's values. */
export function writeList(
  segment: Segment,
  pointerAt: number,
  element: Type,
  value: unknown,
): void {
  if (value instanceof List) {
    checkElements(value, element);
    setList(segment, pointerAt, value);
    return;
  }
  if (!isArrayLike(value)) {
    throw new CapnpTypeError(`a list must be an array or a list, got ${describe(value)}`);
  }
  const list = listTypeOf(element).init(segment, pointerAt, value.length);
  for (let index = 0; index < value.length; index++) {
    setElement(list, index, element, value[index]);
  }
}

/** Refuses a list whose elements are not what the schema says. */
function checkElements(list: List<unknown>, element: Type): void {
  const expected = elementSizeOf(element);
  if (list.$size === expected || list.$length === 0) return;
  throw new CapnpTypeError(
    `a List(${typeName(element)}) has elements of ${elementSizeNames[expected]}, ` +
      `got a list of ${elementSizeNames[list.$size]}`,
  );
}

function elementSizeOf(element: Type): ElementSize {
  if (element.kind === "struct") return elementSize.composite;
  if (element.kind === "enum") return elementSize.twoBytes;
  const bits = dataBits[element.kind];
  if (bits === undefined) return elementSize.pointer;
  return elementDataBits.indexOf(bits) as ElementSize;
}

function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Sets one element of a new list. */
export function setElement(
  list: DynamicListBuilder,
  index: number,
  element: Type,
  value: unknown,
): void {
  switch (element.kind) {
    case "void":
      break;
    case "bool":
      if (typeof value !== "boolean") {
        throw new CapnpTypeError(`a Bool must be true or false, got ${describe(value)}`);
      }
      list.set(index, value);
      break;
    case "int64":
    case "uint64":
      list.set(index, bigint(value));
      break;
    case "struct":
      setStructElement(list, index, element.schema, value);
      break;
    case "list":
    case "anyPointer":
    case "anyStruct":
    case "anyList":
    case "capability":
    case "interface":
      setPointerElement(list, index, element, value);
      break;
    default:
      if (typeof value === "bigint") {
        throw new CapnpTypeError(`a ${typeName(element)} must be a number, got bigint`);
      }
      list.set(index, value);
  }
}

function setStructElement(
  list: DynamicListBuilder,
  index: number,
  schema: StructSchema,
  value: unknown,
): void {
  if (value instanceof StructReader || value instanceof StructBuilder) {
    schema.checkSame(value);
    list.set(index, value);
  } else assignFields(list.get(index) as DynamicStructBuilder, value);
}

function setPointerElement(
  list: DynamicListBuilder,
  index: number,
  element: Type,
  value: unknown,
): void {
  const { $segment, $at, $step, $dataByteLength } = list;
  const pointerAt = $at + index * $step + $dataByteLength;
  if (value === undefined || value === null) return;
  if (element.kind === "list") {
    writeList($segment, pointerAt, element.element, value);
    return;
  }
  const pointer = new AnyPointerBuilder($segment, pointerAt);
  if (element.kind === "interface" || element.kind === "capability") {
    pointer.setCapability(value as number);
  } else {
    writeAnyPointer($segment, pointerAt, value);
  }
}

/** Lets a pointer of any kind lead to a copy of what has a kind of its own. */
export function writeAnyPointer(segment: Segment, pointerAt: number, value: unknown): void {
  if (value instanceof AnyPointerReader || value instanceof AnyPointerBuilder) {
    setAnyPointer(segment, pointerAt, value);
  } else if (value instanceof StructReader || value instanceof StructBuilder) {
    setStruct(segment, pointerAt, value);
  } else if (value instanceof List) setList(segment, pointerAt, value);
  else if (typeof value === "string") writeText(segment, pointerAt, value);
  else if (value instanceof Uint8Array) writeData(segment, pointerAt, value);
  else {
    throw new CapnpTypeError(
      `an AnyPointer must be a struct, list or pointer of a message, a string or bytes, ` +
        `got ${describe(value)}`,
    );
  }
}

export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value;
}
