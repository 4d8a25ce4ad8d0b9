// Makes list types of other types, once for each.

import type { PointerType } from "../pointer-type.js";
import { type StructBuilder, type StructReader, StructType } from "../struct.js";
import { PointerListType } from "./pointer-lists.js";
import type { StructListType } from "./struct-lists.js";

const made = new WeakMap<object, unknown>();

/** The type of a list of structs, or of lists and other pointers: `listOf(listOf(Person))`. */
export function listOf<R extends StructReader, B extends StructBuilder>(
  element: StructType<R, B>,
): StructListType<R, B>;
export function listOf<R, B>(element: PointerType<R, B>): PointerListType<R, B>;
export function listOf(element: PointerType<unknown, unknown>): unknown {
  if (element instanceof StructType) return element.list;
  let type = made.get(element);
  if (type === undefined) {
    type = new PointerListType(element);
    made.set(element, type);
  }
  return type;
}
