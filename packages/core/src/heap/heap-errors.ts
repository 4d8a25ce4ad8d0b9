// What can be wrong with a heap, or with what it is asked.

import { TidemarkError } from "../errors.js";

/** There is no room for an allocation. Code `ERR_TIDEMARK_HEAP_FULL`. */
export class HeapFullError extends TidemarkError {
  constructor(message: string) {
    super("ERR_TIDEMARK_HEAP_FULL", message);
  }
}

/**
 * An offset that is not one of an allocation: freed already, never allocated, inside another one,
 * or not the program's. Code `ERR_TIDEMARK_HEAP_OFFSET`.
 */
export class HeapOffsetError extends TidemarkError {
  readonly byteOffset: number;

  constructor(byteOffset: number, message: string) {
    super("ERR_TIDEMARK_HEAP_OFFSET", message);
    this.byteOffset = byteOffset;
  }
}

/**
 * The memory is no heap, or its structure was overwritten; `byteOffset` says where. Code
 * `ERR_TIDEMARK_HEAP_CORRUPT`.
 */
export class HeapCorruptError extends TidemarkError {
  readonly byteOffset: number;

  constructor(byteOffset: number, message: string) {
    super("ERR_TIDEMARK_HEAP_CORRUPT", message);
    this.byteOffset = byteOffset;
  }
}
