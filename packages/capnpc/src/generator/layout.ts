// How large what a field holds is.

import type { Type } from "./model.js";

const sizes = {
  void: 0,
  bool: 1,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  float32: 32,
  float64: 64,
  enum: 16,
} as const;

/** The bits it takes of the data section, or that it takes a pointer. */
export function slotBits(type: Type): number | "pointer" {
  return type.kind in sizes ? sizes[type.kind as keyof typeof sizes] : "pointer";
}
