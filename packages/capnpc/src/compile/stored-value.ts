// Values as they are stored in objects.

import { dataObject, type ObjectPointer, textObject } from "./object.js";
import type { SchemaValue } from "./request.js";
import { dataSizes, type SchemaType } from "./schema-type.js";

/** The value of a field that has no default of its own. */
export function zeroOf(type: SchemaType): SchemaValue {
  switch (type.kind) {
    case "void":
    case "interface":
      return { kind: type.kind };
    case "bool":
      return { kind: "bool", value: false };
    case "int64":
    case "uint64":
      return { kind: type.kind, value: 0n };
    case "text":
    case "data":
    case "list":
    case "struct":
      return { kind: type.kind, value: null };
    case "anyPointer":
    case "parameter":
    case "implicit":
      return { kind: "anyPointer", value: null };
    default:
      return { kind: type.kind, value: 0 };
  }
}

/** Whether the value lives behind a pointer. */
export function isPointerValue(value: SchemaValue): boolean {
  return ["text", "data", "list", "struct", "anyPointer", "interface"].includes(value.kind);
}

/** What a pointer to the value leads to. */
export function objectOf(value: SchemaValue): ObjectPointer {
  switch (value.kind) {
    case "text":
      return value.value && textObject(value.value);
    case "data":
      return value.value && dataObject(value.value);
    case "list":
    case "struct":
    case "anyPointer":
      return value.value;
    default:
      return null;
  }
}

/**
 * Writes number `index` of what is as large as the value. Fields are stored as the difference
 * (exclusive or) from their default.
 */
export function writeScalar(
  data: Uint8Array,
  index: number,
  value: SchemaValue,
  defaultValue?: SchemaValue,
): void {
  if (value.kind === "bool") {
    const isSet = value.value !== (defaultValue?.kind === "bool" && defaultValue.value);
    const bit = 1 << (index & 7);
    const byte = data[index >> 3] ?? 0;
    data[index >> 3] = isSet ? byte | bit : byte & ~bit;
    return;
  }
  const bytes = scalarBytes(value);
  if (defaultValue !== undefined) {
    for (const [i, byte] of scalarBytes(defaultValue).entries()) bytes[i] = (bytes[i] ?? 0) ^ byte;
  }
  data.set(bytes, index * bytes.length);
}

function scalarBytes(value: SchemaValue): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  const length = (1 << (dataSizes[value.kind] ?? 0)) >> 3;
  switch (value.kind) {
    case "int64":
    case "uint64":
      view.setBigUint64(0, BigInt.asUintN(64, value.value), true);
      break;
    case "float32":
      view.setFloat32(0, value.value, true);
      break;
    case "float64":
      view.setFloat64(0, value.value, true);
      break;
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "uint32":
    case "enum":
      view.setUint32(0, value.value, true);
      break;
    default:
      return new Uint8Array(0);
  }
  return new Uint8Array(view.buffer, 0, length);
}
