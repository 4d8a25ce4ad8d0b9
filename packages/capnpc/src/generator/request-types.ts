// Reads the types and values of a CodeGeneratorRequest.

import type { AnyPointerReader } from "@tidemark/capnp";
import { MemoryArena, MessageBuilder } from "@tidemark/capnp";
import {
  type AnnotationReader,
  Brand_Binding_Which,
  Brand_Scope_Which,
  type Brand_ScopeReader,
  type BrandReader,
  Type_AnyPointer_Unconstrained_Which,
  Type_AnyPointer_Which,
  Type_Which,
  type TypeReader,
  Value_Which,
  type ValueReader,
} from "@tidemark/capnp/schema";
import type { Annotation, Brand, NumberKind, Type, Value } from "./model.js";
import { SchemaRequestError } from "./request-error.js";

const numberKinds: Readonly<Partial<Record<number, NumberKind>>> = {
  [Type_Which.int8]: "int8",
  [Type_Which.int16]: "int16",
  [Type_Which.int32]: "int32",
  [Type_Which.int64]: "int64",
  [Type_Which.uint8]: "uint8",
  [Type_Which.uint16]: "uint16",
  [Type_Which.uint32]: "uint32",
  [Type_Which.uint64]: "uint64",
  [Type_Which.float32]: "float32",
  [Type_Which.float64]: "float64",
};

export function readType(type: TypeReader): Type {
  const which = type.which();
  switch (which) {
    case Type_Which.void:
      return { kind: "void" };
    case Type_Which.bool:
      return { kind: "bool" };
    case Type_Which.text:
      return { kind: "text" };
    case Type_Which.data:
      return { kind: "data" };
    case Type_Which.list:
      return { kind: "list", element: readType(type.list.elementType) };
    case Type_Which.enum:
      return { kind: "enum", id: type.enum.typeId };
    case Type_Which.struct:
      return { kind: "struct", id: type.struct.typeId, brand: readBrand(type.struct.brand) };
    case Type_Which.interface:
      return {
        kind: "interface",
        id: type.interface.typeId,
        brand: readBrand(type.interface.brand),
      };
    case Type_Which.anyPointer:
      return readAnyPointer(type);
    default: {
      const kind = numberKinds[which];
      if (kind !== undefined) return { kind };
      throw trouble(`a type of an unknown kind, ${which}`);
    }
  }
}

function readAnyPointer({ anyPointer }: TypeReader): Type {
  if (anyPointer.which() === Type_AnyPointer_Which.parameter) {
    const { scopeId, parameterIndex } = anyPointer.parameter;
    return { kind: "parameter", scopeId, index: parameterIndex };
  }
  // A method's own parameters are bound by no one but its callers.
  if (anyPointer.which() !== Type_AnyPointer_Which.unconstrained) return { kind: "anyPointer" };
  switch (anyPointer.unconstrained.which()) {
    case Type_AnyPointer_Unconstrained_Which.struct:
      return { kind: "anyStruct" };
    case Type_AnyPointer_Unconstrained_Which.list:
      return { kind: "anyList" };
    case Type_AnyPointer_Unconstrained_Which.capability:
      return { kind: "capability" };
    default:
      return { kind: "anyPointer" };
  }
}

function readBrand(brand: BrandReader): Brand {
  return new Map(brand.scopes.toArray().map((scope) => [scope.scopeId, readBindings(scope)]));
}

function readBindings(scope: Brand_ScopeReader): "inherit" | (Type | undefined)[] {
  if (scope.which() === Brand_Scope_Which.inherit) return "inherit";
  return scope.bind.toArray().map((binding) => {
    return binding.which() === Brand_Binding_Which.type ? readType(binding.type) : undefined;
  });
}

export function readAnnotations(annotations: Iterable<AnnotationReader>): Annotation[] {
  // An annotation's type is said where it is declared: its value is taken as what it says it is.
  return [...annotations].map(({ id }) => ({ id }));
}

/** A value of a type, which it must be one of. */
export function readValue(value: ValueReader, type: Type): Value {
  const which = value.which();
  if (which !== expectedValue(type)) {
    throw trouble(`a value of kind ${which} where a ${type.kind} is expected`);
  }
  switch (which) {
    case Value_Which.bool:
      return { kind: "bool", value: value.bool };
    case Value_Which.int64:
      return { kind: "bigint", value: value.int64 };
    case Value_Which.uint64:
      return { kind: "bigint", value: value.uint64 };
    case Value_Which.text:
      return { kind: "text", value: value.text };
    case Value_Which.enum:
      return { kind: "enum", value: value.enum };
    case Value_Which.data: {
      const { data } = value;
      const words =
        data.length === 0 ? undefined : wordsOf((message) => message.root.setData(data));
      return { kind: "pointer", words };
    }
    case Value_Which.list:
      return pointerValue(value.list, "list");
    case Value_Which.struct:
      return pointerValue(value.struct, "struct");
    case Value_Which.anyPointer:
      return pointerValue(value.anyPointer, undefined);
    case Value_Which.void:
    case Value_Which.interface:
      return { kind: which === Value_Which.void ? "void" : "interface" };
    default:
      return { kind: "number", value: numberValue(value) };
  }
}

function numberValue(value: ValueReader): number {
  switch (value.which()) {
    case Value_Which.int8:
      return value.int8;
    case Value_Which.int16:
      return value.int16;
    case Value_Which.int32:
      return value.int32;
    case Value_Which.uint8:
      return value.uint8;
    case Value_Which.uint16:
      return value.uint16;
    case Value_Which.uint32:
      return value.uint32;
    case Value_Which.float32:
      return value.float32;
    default:
      return value.float64;
  }
}

/** The kind of value that a type has: the numbers of both are the same where there is a type. */
function expectedValue(type: Type): number {
  switch (type.kind) {
    case "anyPointer":
    case "anyStruct":
    case "anyList":
    case "capability":
    case "parameter":
      return Value_Which.anyPointer;
    default:
      return Value_Which[type.kind];
  }
}

function pointerValue(pointer: AnyPointerReader, content: "struct" | "list" | undefined): Value {
  if (pointer.isNull()) return { kind: "pointer", words: undefined };
  if (content !== undefined && pointer.content !== content) {
    throw trouble(`a value that should be a ${content}, but is a ${pointer.content}`);
  }
  return { kind: "pointer", words: wordsOf((message) => message.root.set(pointer)) };
}

/** A message of one segment, without its table. */
function wordsOf(build: (message: MessageBuilder) => void): Uint8Array {
  let message = new MessageBuilder();
  build(message);
  if (message.segments.length > 1) {
    let words = 1;
    for (const segment of message.segments) words += segment.byteLength / 8;
    message = new MessageBuilder(new MemoryArena({ firstSegmentWords: words }));
    build(message);
  }
  return message.segments[0]?.used() ?? new Uint8Array(8);
}

function trouble(what: string): SchemaRequestError {
  return new SchemaRequestError(`malformed CodeGeneratorRequest: it has ${what}`);
}
