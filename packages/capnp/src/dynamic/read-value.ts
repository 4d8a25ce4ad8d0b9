// The values that a schema holds: of constants, defaults and annotations.

import { AnyPointerReader } from "../any-pointer.js";
import type { PointerDefault } from "../defaults.js";
import { unframe } from "../framing/flat.js";
import type { StructListReader } from "../lists/struct-lists.js";
import { Message } from "../message.js";
import { MessageBuilder } from "../message-builder.js";
import { type AnnotationReader, Value_Which, type ValueReader } from "../schema/schema.capnp.js";
import type { Annotations } from "./annotations.js";
import type { DynamicValue } from "./dynamic-struct.js";
import { elementsOf } from "./elements.js";
import { listTypeOf, type Type } from "./type.js";

/** A value. Where its type is not known, pointers are given as they are. */
export function readValue(value: ValueReader, type: Type | undefined): DynamicValue {
  switch (value.which()) {
    case Value_Which.list:
      return type?.kind === "list" ? value.list.as(listTypeOf(type.element)) : value.list;
    case Value_Which.struct:
      return type?.kind === "struct" ? value.struct.as(type.schema) : value.struct;
    case Value_Which.enum:
      return type?.kind === "enum" ? type.schema.nameOf(value.enum) : value.enum;
    case Value_Which.anyPointer:
      return anyValue(value.anyPointer, type);
    default:
      return plainValue(value);
  }
}

/** What a type parameter is bound to may be anything that pointers lead to. */
function anyValue(pointer: AnyPointerReader, type: Type | undefined): DynamicValue {
  switch (type?.kind) {
    case "list":
      return pointer.as(listTypeOf(type.element));
    case "struct":
      return pointer.as(type.schema);
    case "text":
      return pointer.asText();
    case "data":
      return pointer.asData();
    default:
      return pointer;
  }
}

function plainValue(value: ValueReader): DynamicValue {
  switch (value.which()) {
    case Value_Which.bool:
      return value.bool;
    case Value_Which.int8:
      return value.int8;
    case Value_Which.int16:
      return value.int16;
    case Value_Which.int32:
      return value.int32;
    case Value_Which.int64:
      return value.int64;
    case Value_Which.uint8:
      return value.uint8;
    case Value_Which.uint16:
      return value.uint16;
    case Value_Which.uint32:
      return value.uint32;
    case Value_Which.uint64:
      return value.uint64;
    case Value_Which.float32:
      return value.float32;
    case Value_Which.float64:
      return value.float64;
    case Value_Which.text:
      return value.text;
    case Value_Which.data:
      return value.data;
    default:
      return undefined;
  }
}

/** The default of a pointer field, as a message of its own; undefined where it is null. */
export function readPointerDefault(value: ValueReader): PointerDefault | undefined {
  const pointer = new AnyPointerReader(value.$segment, value.$pointer(0), value.$nesting);
  if (pointer.isNull()) return undefined;
  const message = new MessageBuilder();
  message.root.set(pointer);
  const limits = {
    traversalLimitWords: Number.POSITIVE_INFINITY,
    nestingLimit: Number.POSITIVE_INFINITY,
  };
  return { segment: Message.reading(unframe(message.toFlat()), limits).segment(0) };
}

/** The default of a Text field; where a type parameter is bound to Text, there is none. */
export function readTextDefault(value: ValueReader): string {
  return value.which() === Value_Which.text ? value.text : "";
}

/** The annotations on a declaration. */
export function readAnnotations(
  annotations: StructListReader<AnnotationReader>,
  typeOf: (id: bigint) => Type | undefined,
): Annotations {
  return elementsOf(annotations).map((annotation) => {
    const { id } = annotation;
    // Only when asked for: what annotates a declaration may be declared by means of it.
    let isRead = false;
    let read: DynamicValue;
    return {
      id,
      get value() {
        if (!isRead) read = readValue(annotation.value, typeOf(id));
        isRead = true;
        return read;
      },
    };
  });
}
