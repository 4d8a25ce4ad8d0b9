// What a pointer leads to, as code: its types for the compiler, and its type for the runtime.

import type { FileScope } from "./file-scope.js";
import type { Type } from "./model.js";
import { capitalized } from "./names.js";

/** The kinds of pointer fields that code differs for. */
export type PointerKind = "text" | "data" | "struct" | "list" | "any" | "capability";

/** Undefined for what lies in the data section. */
export function pointerKind(type: Type): PointerKind | undefined {
  switch (type.kind) {
    case "text":
    case "data":
    case "struct":
    case "list":
      return type.kind;
    case "anyPointer":
    case "anyStruct":
    case "anyList":
    case "parameter":
      return "any";
    case "interface":
    case "capability":
      return "capability";
    default:
      return undefined;
  }
}

export type Side = "reader" | "builder";

/** What a getter returns. */
export function pointerTypeName(scope: FileScope, type: Type, side: Side): string {
  switch (pointerKind(type)) {
    case "text":
      return "string";
    case "data":
      return "Uint8Array";
    case "struct":
      return scope.structType((type as { id: bigint }).id, side);
    case "list":
      return listTypeName(scope, (type as { element: Type }).element, side);
    case "capability":
      return "number | undefined";
    default:
      return scope.runtimeType(side === "reader" ? "AnyPointerReader" : "AnyPointerBuilder");
  }
}

function listTypeName(scope: FileScope, element: Type, side: Side): string {
  const end = side === "reader" ? "Reader" : "Builder";
  switch (element.kind) {
    case "enum":
      return `${scope.runtimeType(`EnumList${end}`)}<${scope.enumType(element.id)}>`;
    case "struct":
      return `${scope.runtimeType(`StructList${end}`)}<${scope.structType(element.id, side)}>`;
    default: {
      const name = valueListName(element);
      if (name !== undefined) return scope.runtimeType(`${name}${end}`);
      const list = scope.runtimeType(`PointerList${end}`);
      // A capability is set through its pointer.
      const isCapability = pointerKind(element) === "capability" && side === "builder";
      const held: Type = isCapability ? { kind: "anyPointer" } : element;
      return `${list}<${pointerTypeName(scope, held, side)}>`;
    }
  }
}

/** Of a list of values: `Int32List`. Undefined for lists of structs, enums, lists and pointers. */
function valueListName(element: Type): string | undefined {
  switch (element.kind) {
    case "enum":
    case "struct":
    case "list":
      return undefined;
    case "text":
    case "data":
      return `${capitalized(element.kind)}List`;
    default:
      return pointerKind(element) === undefined ? `${capitalized(element.kind)}List` : undefined;
  }
}

/** What a setter takes: also what is read, of which it makes a copy. */
export function settableTypeName(scope: FileScope, type: Type): string {
  const kind = pointerKind(type);
  const reader = pointerTypeName(scope, type, "reader");
  const builderIsReader = type.kind === "list" && isValueList(type.element);
  if (kind === "text" || kind === "data" || kind === "capability" || builderIsReader) return reader;
  return `${reader} | ${pointerTypeName(scope, type, "builder")}`;
}

function isValueList(element: Type): boolean {
  return element.kind === "enum" || valueListName(element) !== undefined;
}

/** The runtime's type of a struct or list, as an expression: `Person.list`, `Int32List`. */
export function pointerTypeCode(scope: FileScope, type: Type): string {
  switch (type.kind) {
    case "struct":
      return scope.struct(type.id, "type");
    case "list":
      return listTypeCode(scope, type.element);
    default:
      return pointerKind(type) === "capability"
        ? scope.runtime("Capability")
        : scope.runtime("AnyPointer");
  }
}

function listTypeCode(scope: FileScope, element: Type): string {
  switch (element.kind) {
    case "enum":
      return `${scope.runtime("enumList")}<${scope.enumType(element.id)}>()`;
    case "struct":
      return `${scope.struct(element.id, "type")}.list`;
    default: {
      const name = valueListName(element);
      if (name !== undefined) return scope.runtime(name);
      if (pointerKind(element) === "capability") return scope.runtime("CapabilityList");
      const code = `${scope.runtime("listOf")}(${pointerTypeCode(scope, element)})`;
      // Files may import one another: what is of another file may not be there yet.
      return isOfOtherFile(scope, element) ? code : scope.constant(listName(scope, element), code);
    }
  }
}

/** What a list of lists is called: `Int32ListList`. */
function listName(scope: FileScope, element: Type): string {
  switch (element.kind) {
    case "list":
      return `${listName(scope, element.element)}List`;
    case "struct":
      return `${scope.structType(element.id, "type")}List`;
    case "enum":
      return `${scope.enumType(element.id)}List`;
    default:
      return valueListName(element) ?? "AnyPointerList";
  }
}

function isOfOtherFile(scope: FileScope, type: Type): boolean {
  if (type.kind === "list") return isOfOtherFile(scope, type.element);
  return type.kind === "struct" && !scope.isOwn(type.id);
}

/** The sizes that a struct's builder must have: as numbers within a file. */
export function structSizes(scope: FileScope, id: bigint): string {
  if (scope.isOwn(id)) {
    const { dataWords, pointers } = scope.structBody(id);
    return `${dataWords * 8}, ${pointers}`;
  }
  const name = scope.struct(id, "type");
  return `${name}.dataByteLength, ${name}.pointerCount`;
}
