// @tidemark/core/heap: memory of changing size inside a mapping, and lists in it.

export { type Allocation, Heap, type HeapUsage } from "./heap.js";
export type { AllocateOptions } from "./heap-arguments.js";
export type { HeapProblem } from "./heap-check.js";
export { HeapCorruptError, HeapFullError, HeapOffsetError } from "./heap-errors.js";
export { List, type ListVisitor } from "./list.js";
