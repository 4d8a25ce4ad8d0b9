// What a pointer may lead to, as a value that generic code can pass around.

import type { PointerDefault } from "./defaults.js";
import type { Segment } from "./segment.js";

/** A type that pointers lead to, with its reader `R` and its builder `B`. */
export interface PointerType<R, B> {
  /** Follows a pointer; a null one gives the default. */
  read(segment: Segment, pointerAt: number, nesting: number, otherwise?: PointerDefault): R;
  /** What a pointer leads to, to be built on; a null one gets the default. */
  build(segment: Segment, pointerAt: number, otherwise?: PointerDefault): B;
}

/** The reader of a type. */
export type ReaderOf<T> = T extends PointerType<infer R, unknown> ? R : never;

/** The builder of a type. */
export type BuilderOf<T> = T extends PointerType<unknown, infer B> ? B : never;
