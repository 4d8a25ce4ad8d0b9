// What a schema says about its declarations beside their types.

import type { DynamicValue } from "./dynamic-struct.js";

/** One annotation on a declaration. */
export interface Annotation {
  /** The id of the annotation's own declaration. */
  readonly id: bigint;
  readonly value: DynamicValue;
}

/** All annotations on one declaration. */
export type Annotations = readonly Annotation[];

/** The value of an annotation, or undefined where there is none. One of Void gives null. */
export function annotationValue(annotations: Annotations, id: bigint): DynamicValue | null {
  const found = annotations.find((annotation) => annotation.id === id);
  if (found === undefined) return undefined;
  return found.value === undefined ? null : found.value;
}
