// Fields behind pointers, and groups.

import {
  AnyPointerBuilder,
  AnyPointerReader,
  readCapability,
  setAnyPointer,
  writeCapability,
} from "../any-pointer.js";
import { getStruct, initStruct } from "../build-struct.js";
import type { PointerDefault } from "../defaults.js";
import { erase } from "../erase.js";
import { CapnpTypeError } from "../errors.js";
import { readData, readText } from "../read-blob.js";
import { isNull, readStruct } from "../read-struct.js";
import { shortenList } from "../shorten-list.js";
import type { StructReader } from "../struct.js";
import { wordByteLength } from "../wire.js";
import { initData, writeData, writeText } from "../write-blob.js";
import { writeUtf8 } from "../write-utf8.js";
import type { Access } from "./access.js";
import { writeAnyPointer, writeList, writeStruct } from "./assign.js";
import { DynamicStructBuilder, DynamicStructReader } from "./dynamic-struct.js";
import type { StructSchema } from "./struct-schema.js";
import { listTypeOf, type Type } from "./type.js";

function hasPointer(index: number): (struct: StructReader) => boolean {
  return (struct) => !isNull(struct.$segment, struct.$pointer(index));
}

function erasePointer(offset: number): (struct: DynamicStructBuilder) => void {
  return (struct) => erase(struct.$segment, struct.$pointersAt + offset);
}

const isNothing = (value: unknown): value is undefined | null =>
  value === undefined || value === null;

export function textAccess(index: number, fallback: string): Access {
  const offset = index * wordByteLength;
  const clear = erasePointer(offset);
  return {
    read: (struct) => readText(struct.$segment, struct.$pointer(index), fallback),
    write: (struct, value) => {
      if (isNothing(value)) clear(struct);
      else writeText(struct.$segment, struct.$pointersAt + offset, value as string);
    },
    writeUtf8: (struct, bytes, start, end) =>
      writeUtf8(struct.$segment, struct.$pointersAt + offset, bytes, start, end),
    has: hasPointer(index),
    clear,
    build: undefined,
    init: undefined,
  };
}

export function dataAccess(index: number, fallback: PointerDefault | undefined): Access {
  const offset = index * wordByteLength;
  const clear = erasePointer(offset);
  return {
    read: (struct) => readData(struct.$segment, struct.$pointer(index), fallback),
    write: (struct, value) => {
      if (isNothing(value)) clear(struct);
      else writeData(struct.$segment, struct.$pointersAt + offset, value as Uint8Array);
    },
    has: hasPointer(index),
    clear,
    build: undefined,
    init: (struct, length) => initData(struct.$segment, struct.$pointersAt + offset, length),
  };
}

export function structAccess(
  index: number,
  fallback: PointerDefault | undefined,
  schema: StructSchema,
): Access {
  const offset = index * wordByteLength;
  const clear = erasePointer(offset);
  const { dataByteLength, pointerCount } = schema;
  return {
    read: (struct) =>
      new DynamicStructReader(
        schema,
        readStruct(struct.$segment, struct.$pointer(index), struct.$nesting, fallback),
      ),
    write: (struct, value) => {
      if (isNothing(value)) clear(struct);
      else writeStruct(struct.$segment, struct.$pointersAt + offset, schema, value);
    },
    has: hasPointer(index),
    clear,
    build: (struct) => {
      const at = struct.$pointersAt + offset;
      const place = getStruct(struct.$segment, at, dataByteLength, pointerCount, fallback);
      return new DynamicStructBuilder(schema, place);
    },
    init: (struct) => {
      const at = struct.$pointersAt + offset;
      const place = initStruct(struct.$segment, at, dataByteLength, pointerCount);
      return new DynamicStructBuilder(schema, place);
    },
  };
}

export function listAccess(
  index: number,
  fallback: PointerDefault | undefined,
  element: Type,
): Access {
  const offset = index * wordByteLength;
  const clear = erasePointer(offset);
  const type = listTypeOf(element);
  return {
    read: (struct) => type.read(struct.$segment, struct.$pointer(index), struct.$nesting, fallback),
    write: (struct, value) => {
      if (isNothing(value)) clear(struct);
      else writeList(struct.$segment, struct.$pointersAt + offset, element, value);
    },
    has: hasPointer(index),
    clear,
    shorten: (struct, length) => shortenList(struct.$segment, struct.$pointersAt + offset, length),
    build: (struct) => type.build(struct.$segment, struct.$pointersAt + offset, fallback),
    init: (struct, length) => type.init(struct.$segment, struct.$pointersAt + offset, length),
  };
}

export function capabilityAccess(index: number): Access {
  const offset = index * wordByteLength;
  return {
    read: (struct) => readCapability(struct.$segment, struct.$pointer(index)),
    write: (struct, value) => {
      if (!isNothing(value) && typeof value !== "number") {
        throw new CapnpTypeError(`a capability must be its index, got ${typeof value}`);
      }
      writeCapability(struct.$segment, struct.$pointersAt + offset, value ?? undefined);
    },
    has: hasPointer(index),
    clear: erasePointer(offset),
    build: undefined,
    init: undefined,
  };
}

export function anyPointerAccess(index: number): Access {
  const offset = index * wordByteLength;
  const clear = erasePointer(offset);
  return {
    read: (struct) =>
      new AnyPointerReader(struct.$segment, struct.$pointer(index), struct.$nesting),
    write: (struct, value) => {
      const at = struct.$pointersAt + offset;
      if (isNothing(value)) clear(struct);
      else if (value instanceof AnyPointerReader || value instanceof AnyPointerBuilder) {
        setAnyPointer(struct.$segment, at, value);
      } else writeAnyPointer(struct.$segment, at, value);
    },
    has: hasPointer(index),
    clear,
    build: (struct) => new AnyPointerBuilder(struct.$segment, struct.$pointersAt + offset),
    init: undefined,
  };
}

/** A group lies in its struct: it is a struct at the same place, with other fields. */
export function groupAccess(schema: StructSchema): Access {
  const build = (struct: DynamicStructBuilder): DynamicStructBuilder =>
    new DynamicStructBuilder(schema, struct);
  const clear = (struct: DynamicStructBuilder): void => schema.clearFields(build(struct));
  return {
    read: (struct) => new DynamicStructReader(schema, struct),
    write: (struct, value) => {
      if (isNothing(value)) clear(struct);
      else schema.copyInto(build(struct), value);
    },
    has: () => true,
    clear,
    build,
    init: (struct) => {
      clear(struct);
      return build(struct);
    },
  };
}
