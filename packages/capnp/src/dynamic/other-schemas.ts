// Interfaces, constants and annotations, as the schema says them.

import type { Annotations } from "./annotations.js";
import type { DynamicValue } from "./dynamic-struct.js";
import type { StructSchema } from "./struct-schema.js";
import type { Type } from "./type.js";

/** What a schema declares by name. */
interface Declared {
  readonly id: bigint;
  /** The name with those of the scopes around it. */
  readonly name: string;
  readonly annotations: Annotations;
}

/** An interface. Its pointers are kept as they are: there is nothing to call. */
export interface InterfaceSchema extends Declared {
  /** In the order of their numbers. */
  readonly methods: readonly Method[];
  /** The ids of the interfaces that it extends. */
  readonly superclasses: readonly bigint[];
}

/** A method of an interface. */
export interface Method {
  readonly name: string;
  readonly codeOrder: number;
  readonly annotations: Annotations;
  readonly parameters: StructSchema;
  readonly results: StructSchema;
}

/** A constant. */
export interface ConstantSchema extends Declared {
  readonly type: Type;
  readonly value: DynamicValue;
}

/** The declaration of an annotation. */
export interface AnnotationSchema extends Declared {
  readonly type: Type;
}
