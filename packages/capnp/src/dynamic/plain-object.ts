// A struct as plain objects and arrays, for programs that want to see or compare it.

import { AnyPointerReader } from "../any-pointer.js";
import { List } from "../lists/list.js";
import { DynamicStructReader, type DynamicValue } from "./dynamic-struct.js";

/** All that is set. Bytes are copied; pointers of any kind stay readers. */
export function structToObject(struct: DynamicStructReader): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of struct.schema.heldFields(struct)) {
    // No assignment: a field may be called __proto__ in a schema that is not of the language.
    Object.defineProperty(object, field.name, {
      value: toPlain(field.access.read(struct)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

function toPlain(value: DynamicValue): unknown {
  if (typeof value !== "object" || value instanceof AnyPointerReader) return value;
  if (value instanceof DynamicStructReader) return structToObject(value);
  if (value instanceof List) return value.toArray().map((each) => toPlain(each as DynamicValue));
  return Uint8Array.from(value);
}
