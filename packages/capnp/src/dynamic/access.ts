// How the fields of structs are read and written: functions made once for each field, so that an
// access follows no schema. What a field's default is, is bound to them.

import type { DynamicStructBuilder, DynamicStructReader, DynamicValue } from "./dynamic-struct.js";

/** The functions of one field. None looks at the discriminant of a union. */
export interface Access {
  read(struct: DynamicStructReader): DynamicValue;
  /** @throws CapnpTypeError, CapnpRangeError for a value that is not one of the field's type */
  write(struct: DynamicStructBuilder, value: unknown): void;
  /** Whether there is a pointer that is not null; true for what is no pointer. */
  has(struct: DynamicStructReader): boolean;
  /** Makes the field what it is in a new struct. */
  clear(struct: DynamicStructBuilder): void;
  /** What a pointer leads to, to be built on. Undefined for what is no struct, list or group. */
  readonly build: ((struct: DynamicStructBuilder) => unknown) | undefined;
  /** Sets a Text to UTF-8 that is at hand; there for Text alone. */
  readonly writeUtf8?: WriteUtf8;
  /** Lets a list have fewer elements; there for lists alone. */
  readonly shorten?: (struct: DynamicStructBuilder, length: number) => void;
  /** Makes a new struct or list, or bytes. */
  readonly init: ((struct: DynamicStructBuilder, length: number) => unknown) | undefined;
}

/** Writes the bytes from `start` to `end`. */
export type WriteUtf8 = (
  struct: DynamicStructBuilder,
  bytes: Uint8Array,
  start: number,
  end: number,
) => void;
