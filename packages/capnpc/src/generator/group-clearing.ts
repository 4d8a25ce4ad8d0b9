// How a group becomes as it is by default: everything that its fields may hold made zero.

import type { FileScope } from "./file-scope.js";
import { slotBits } from "./layout.js";

/** The statements that do it, in a builder's method. Fields in a union may share their places. */
export function groupClearing(scope: FileScope, groupId: bigint): string[] {
  const bits = new Set<number>();
  const pointers = new Set<number>();
  collect(scope, groupId, bits, pointers);
  return [
    ...clearData(scope, bits),
    ...[...pointers].sort(ascending).map((index) => {
      const at = index === 0 ? "this.$pointersAt" : `this.$pointersAt + ${index * 8}`;
      return `${scope.runtime("erase")}(this.$segment, ${at});`;
    }),
  ];
}

function collect(
  scope: FileScope,
  groupId: bigint,
  bits: Set<number>,
  pointers: Set<number>,
): void {
  const body = scope.structBody(groupId);
  if (body.discriminantCount > 0) addBits(bits, body.discriminantOffset * 8, 16);
  for (const { body: field } of body.fields) {
    if (field.kind === "group") {
      collect(scope, field.id, bits, pointers);
      continue;
    }
    const size = slotBits(field.type);
    if (size === "pointer") pointers.add(field.offset);
    else addBits(bits, field.offset * size, size);
  }
}

function addBits(bits: Set<number>, start: number, count: number): void {
  for (let bit = start; bit < start + count; bit++) bits.add(bit);
}

const stores = [
  { bits: 64, store: "setFloat64", rest: ", 0, true" },
  { bits: 32, store: "setInt32", rest: ", 0, true" },
  { bits: 16, store: "setInt16", rest: ", 0, true" },
  { bits: 8, store: "setInt8", rest: ", 0" },
] as const;

/** As few stores as there may be, each at a multiple of its size. */
function clearData(scope: FileScope, bits: Set<number>): string[] {
  const lines: string[] = [];
  for (const bit of [...bits].sort(ascending)) {
    if (!bits.has(bit)) continue;
    const byteOffset = Math.floor(bit / 8);
    const at = byteOffset === 0 ? "this.$at" : `this.$at + ${byteOffset}`;
    const whole = stores.find((store) => bit % store.bits === 0 && hasAll(bits, bit, store.bits));
    if (whole !== undefined) {
      removeBits(bits, bit, whole.bits);
      lines.push(`this.$view.${whole.store}(${at}${whole.rest});`);
      continue;
    }
    let mask = 0;
    for (let other = bit; other < (byteOffset + 1) * 8; other++) {
      if (bits.delete(other)) mask |= 1 << (other % 8);
    }
    lines.push(`${scope.runtime("setBit")}(this.$view, ${at}, ${mask}, false);`);
  }
  return lines;
}

function hasAll(bits: ReadonlySet<number>, start: number, count: number): boolean {
  for (let bit = start; bit < start + count; bit++) if (!bits.has(bit)) return false;
  return true;
}

function removeBits(bits: Set<number>, start: number, count: number): void {
  for (let bit = start; bit < start + count; bit++) bits.delete(bit);
}

function ascending(a: number, b: number): number {
  return a - b;
}
