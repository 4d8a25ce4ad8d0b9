// The types that a schema gives to fields, constants and annotations, brands resolved.

import { AnyPointer, CapabilityList } from "../any-pointer.js";
import { BoolList, VoidList } from "../lists/bit-lists.js";
import { DataList, TextList } from "../lists/blob-lists.js";
import {
  Int8List,
  Int16List,
  Int32List,
  Uint8List,
  Uint16List,
  Uint32List,
} from "../lists/integer-lists.js";
import type { List } from "../lists/list.js";
import { listOf } from "../lists/list-of.js";
import type { AnyListType } from "../lists/list-type.js";
import { Float32List, Float64List, Int64List, Uint64List } from "../lists/wide-lists.js";
import { enumListOf } from "./enum-list.js";
import type { EnumSchema } from "./enum-schema.js";
import type { InterfaceSchema } from "./other-schemas.js";
import type { StructSchema } from "./struct-schema.js";

/** Types that need nothing else to be known. */
export type PlainKind =
  | "void"
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float32"
  | "float64"
  | "text"
  | "data"
  | "anyPointer"
  | "anyStruct"
  | "anyList"
  | "capability";

/** A type of the schema language. Type parameters stand there as what they are bound to. */
export type Type =
  | { readonly kind: PlainKind }
  | { readonly kind: "list"; readonly element: Type }
  | { readonly kind: "enum"; readonly schema: EnumSchema }
  | { readonly kind: "struct"; readonly schema: StructSchema }
  | { readonly kind: "interface"; readonly schema: InterfaceSchema };

const plainNames: Readonly<Record<PlainKind, string>> = {
  void: "Void",
  bool: "Bool",
  int8: "Int8",
  int16: "Int16",
  int32: "Int32",
  int64: "Int64",
  uint8: "UInt8",
  uint16: "UInt16",
  uint32: "UInt32",
  uint64: "UInt64",
  float32: "Float32",
  float64: "Float64",
  text: "Text",
  data: "Data",
  anyPointer: "AnyPointer",
  anyStruct: "AnyStruct",
  anyList: "AnyList",
  capability: "Capability",
};

/** The kinds in the order of the discriminants of `schema.capnp`'s `Type`. */
export const plainKinds: readonly PlainKind[] = Object.keys(plainNames).slice(0, 14) as PlainKind[];

/** The kinds of unconstrained pointers in the order of their discriminants. */
export const anyKinds: readonly PlainKind[] = ["anyPointer", "anyStruct", "anyList", "capability"];

/** The plain types by the names that the schema language gives them. */
export const plainTypes: ReadonlyMap<string, Type> = new Map(
  (Object.keys(plainNames) as PlainKind[]).map((kind) => [plainNames[kind], { kind }]),
);

/** A type as the schema language writes it: `List(Text)`. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case "list":
      return `List(${typeName(type.element)})`;
    case "enum":
    case "struct":
    case "interface":
      return type.schema.name;
    default:
      return plainNames[type.kind];
  }
}

/** What tells types apart: equal for equal types of one schema set. */
export function typeKey(type: Type): string {
  switch (type.kind) {
    case "list":
      return `[${typeKey(type.element)}]`;
    case "enum":
    case "interface":
      return type.schema.id.toString(16);
    case "struct":
      return type.schema.key;
    default:
      return type.kind;
  }
}

/** Whether values of the type stand behind a pointer. */
export function isPointerType(type: Type): boolean {
  return !(type.kind in dataBits) && type.kind !== "enum";
}

/** How many bits values take that lie in a data section. */
export const dataBits: Readonly<Partial<Record<Type["kind"], number>>> = {
  void: 0,
  bool: 1,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  float32: 32,
  float64: 64,
};

/** The list types of elements that need nothing else to be known. */
const plainLists: Readonly<Record<PlainKind, AnyListType<unknown, unknown>>> = {
  void: VoidList,
  bool: BoolList,
  int8: Int8List,
  int16: Int16List,
  int32: Int32List,
  int64: Int64List,
  uint8: Uint8List,
  uint16: Uint16List,
  uint32: Uint32List,
  uint64: Uint64List,
  float32: Float32List,
  float64: Float64List,
  text: TextList,
  data: DataList,
  anyPointer: listOf(AnyPointer),
  anyStruct: listOf(AnyPointer),
  anyList: listOf(AnyPointer),
  capability: CapabilityList,
};

/** What any list builder can do, whatever its elements are. */
export interface DynamicListBuilder extends List<unknown> {
  /** Sets an element: as {@link DynamicStructBuilder.set} does a field. */
  set(index: number, value: unknown): void;
  /** Lists of lists and of data: makes an element. */
  init?(index: number, length: number): unknown;
}

/** A list type whose lists are known to hold something, but not what. */
export type DynamicListType = AnyListType<List<unknown>, DynamicListBuilder>;

/** The type of a list of such elements. */
export function listTypeOf(element: Type): DynamicListType {
  return anyListTypeOf(element) as DynamicListType;
}

function anyListTypeOf(element: Type): AnyListType<unknown, unknown> {
  switch (element.kind) {
    case "list":
      return listOf(listTypeOf(element.element));
    case "struct":
      return element.schema.list;
    case "enum":
      return enumListOf(element.schema);
    case "interface":
      return CapabilityList;
    default:
      return plainLists[element.kind];
  }
}
