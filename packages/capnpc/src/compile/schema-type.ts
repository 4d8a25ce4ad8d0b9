// Types, as schema.capnp describes them.

import type { SchemaNode } from "./schema-node.js";

export type PrimitiveKind =
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
  | "float64";

export type AnyPointerKind = "anyKind" | "struct" | "list" | "capability";

/** A type that is declared. */
export interface NodeType {
  readonly kind: "enum" | "struct" | "interface";
  readonly node: SchemaNode;
  readonly brand: Brand;
}

export type SchemaType =
  | { readonly kind: PrimitiveKind | "text" | "data" }
  | { readonly kind: "list"; readonly element: SchemaType }
  | NodeType
  | { readonly kind: "anyPointer"; readonly constraint: AnyPointerKind }
  | { readonly kind: "parameter"; readonly scopeId: bigint; readonly index: number }
  | { readonly kind: "implicit"; readonly index: number };

/** The bindings of generic scopes; empty for what is not generic. */
export type Brand = readonly BrandLevel[];

export interface BrandLevel {
  readonly scopeId: bigint;
  /** Undefined: the parameters stand for themselves. A binding undefined: not bound. */
  readonly bindings: readonly (SchemaType | undefined)[] | undefined;
}

/** Sizes in the data section, as the lg of bits; none for void and for pointers. */
export const dataSizes: Readonly<Partial<Record<SchemaType["kind"], number>>> = {
  bool: 0,
  int8: 3,
  uint8: 3,
  int16: 4,
  uint16: 4,
  enum: 4,
  int32: 5,
  uint32: 5,
  float32: 5,
  int64: 6,
  uint64: 6,
  float64: 6,
};

/** Whether a value of the type lives behind a pointer. */
export function isPointerType(type: SchemaType): boolean {
  return type.kind !== "void" && dataSizes[type.kind] === undefined;
}

/** Whether a value is built only when all declarations are known: it is an object of its own. */
export function isObjectType(type: SchemaType): boolean {
  return isPointerType(type) && type.kind !== "text" && type.kind !== "data";
}

/** `type` within a generic whose parameters are bound by `brand`. */
export function bindType(type: SchemaType, brand: Brand): SchemaType {
  switch (type.kind) {
    case "list":
      return { kind: "list", element: bindType(type.element, brand) };
    case "enum":
    case "struct":
    case "interface":
      return { ...type, brand: bindBrand(type.brand, brand) };
    case "parameter": {
      const level = brand.find(({ scopeId }) => scopeId === type.scopeId);
      if (level === undefined) return { kind: "anyPointer", constraint: "anyKind" };
      if (level.bindings === undefined) return type;
      return level.bindings[type.index] ?? { kind: "anyPointer", constraint: "anyKind" };
    }
    default:
      return type;
  }
}

function bindBrand(brand: Brand, outer: Brand): Brand {
  const bound: BrandLevel[] = [];
  for (const level of brand) {
    if (level.bindings === undefined) {
      const found = outer.find(({ scopeId }) => scopeId === level.scopeId);
      if (found !== undefined) bound.push(found);
    } else {
      const bindings = level.bindings.map((type) => type && bindType(type, outer));
      bound.push({ scopeId: level.scopeId, bindings });
    }
  }
  return bound;
}

export function isSameType(a: SchemaType, b: SchemaType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "list" && b.kind === "list") return isSameType(a.element, b.element);
  if ("node" in a && "node" in b) return a.node === b.node && isSameBrand(a.brand, b.brand);
  if (a.kind === "anyPointer" && b.kind === "anyPointer") return a.constraint === b.constraint;
  if (a.kind === "parameter" && b.kind === "parameter") {
    return a.scopeId === b.scopeId && a.index === b.index;
  }
  return true;
}

function isSameBrand(a: Brand, b: Brand): boolean {
  return (
    a.length === b.length &&
    a.every(({ scopeId, bindings }, i) => {
      const other = b[i];
      if (other === undefined || other.scopeId !== scopeId) return false;
      if (bindings === undefined || other.bindings === undefined) {
        return bindings === other.bindings;
      }
      return bindings.every((type, j) => {
        const twin = other.bindings?.[j];
        return type === undefined || twin === undefined ? type === twin : isSameType(type, twin);
      });
    })
  );
}

/** As a schema writes it: for messages. */
export function typeText(type: SchemaType): string {
  switch (type.kind) {
    case "list":
      return `List(${typeText(type.element)})`;
    case "enum":
    case "struct":
    case "interface":
      return type.node.name;
    case "anyPointer":
      return {
        anyKind: "AnyPointer",
        struct: "AnyStruct",
        list: "AnyList",
        capability: "Capability",
      }[type.constraint];
    case "parameter":
    case "implicit":
      return "a type parameter";
    default:
      return type.kind.replace(/^u?./, (start) => start.toUpperCase());
  }
}
