// How a field of the data section is read and written: the expressions of its accessors.

import type { FileScope } from "./file-scope.js";
import { slotBits } from "./layout.js";
import type { SlotBody, Type, Value } from "./model.js";
import { capitalized } from "./names.js";

/** A field's accessors as expressions over `this`. */
export interface DataCode {
  /** What the getter returns. */
  readonly type: string;
  /** The bytes that the data section must have for it. */
  readonly end: number;
  /** The value in a data section that has it. */
  readonly read: string;
  /** The value of a struct of an older schema. */
  readonly otherwise: string;
  /** What refuses a `value` that is not of the type; nothing where storing does that. */
  readonly check: string;
  /** What stores `value`. */
  readonly write: string;
  /** Between the value and what the getter returns. */
  readonly cast: string;
  /** The same as numbers, for integers of 64 bits. */
  readonly number?: { readonly read: string; readonly otherwise: string; readonly write: string };
}

/** Of a field that is neither Void nor a pointer. `getter` is its name. */
export function dataCode(scope: FileScope, slot: SlotBody, getter: string): DataCode {
  const { type, offset, defaultValue } = slot;
  const bits = slotBits(type) as number;
  const byteOffset = Math.floor((offset * bits) / 8);
  const at = byteOffset === 0 ? "this.$at" : `this.$at + ${byteOffset}`;
  const place = { at, end: byteOffset + Math.ceil(bits / 8) };
  switch (type.kind) {
    case "bool":
      return boolCode(scope, place, 1 << (offset % 8), isTrue(defaultValue));
    case "int64":
    case "uint64":
      return wideCode(scope, place, type.kind, bigOf(defaultValue), getter);
    case "float32":
    case "float64":
      return floatCode(scope, place, type.kind, numberOf(defaultValue));
    default:
      return integerCode(scope, place, type, numberOf(defaultValue));
  }
}

interface Place {
  readonly at: string;
  readonly end: number;
}

function boolCode(scope: FileScope, place: Place, mask: number, otherwise: boolean): DataCode {
  const setBit = scope.runtime("setBit");
  return {
    type: "boolean",
    end: place.end,
    read: `(this.$view.getUint8(${place.at}) & ${mask}) ${otherwise ? "===" : "!=="} 0`,
    otherwise: String(otherwise),
    check: "",
    write: `${setBit}(this.$view, ${place.at}, ${mask}, ${otherwise ? "!" : ""}value)`,
    cast: "",
  };
}

function integerCode(scope: FileScope, place: Place, type: Type, otherwise: number): DataCode {
  const kind = type.kind === "enum" ? "uint16" : type.kind;
  const method = capitalized(kind);
  const rest = kind.endsWith("8") ? "" : ", true";
  const stored = `this.$view.get${method}(${place.at}${rest})`;
  const mixed = otherwise === 0 ? stored : `${stored} ^ ${otherwise}`;
  const mixedValue = otherwise === 0 ? "value" : `value ^ ${otherwise}`;
  return {
    type: type.kind === "enum" ? scope.enumType(type.id) : "number",
    end: place.end,
    read: kind === "uint32" && otherwise !== 0 ? `(${mixed}) >>> 0` : mixed,
    otherwise: String(otherwise),
    check: `if (${wrapped(kind)} !== value) ${scope.runtime(kind)}(value);`,
    write: `this.$view.set${method}(${place.at}, ${mixedValue}${rest})`,
    cast: type.kind === "enum" ? ` as ${scope.enumType(type.id)}` : "",
  };
}

/**
 * What is left of `value` in an integer type. Written out in each setter: with a call it would be
 * longer than what V8 takes to compile it into the code that uses it.
 */
function wrapped(kind: string): string {
  if (kind === "int32") return "(value | 0)";
  if (kind === "uint32") return "value >>> 0";
  const bits = kind.endsWith("8") ? 24 : 16;
  return `(value << ${bits}) ${kind.startsWith("u") ? ">>>" : ">>"} ${bits}`;
}

function wideCode(
  scope: FileScope,
  place: Place,
  kind: "int64" | "uint64",
  otherwise: bigint,
  getter: string,
): DataCode {
  const method = kind === "int64" ? "BigInt64" : "BigUint64";
  const plain = otherwise === 0n;
  const suffix = plain ? "" : ` ^ ${otherwise}n`;
  const name = capitalized(kind);
  return {
    type: "bigint",
    end: place.end,
    read: `this.$view.get${method}(${place.at}, true)${suffix}`,
    otherwise: `${otherwise}n`,
    check: "",
    write: `this.$view.set${method}(${place.at}, ${scope.runtime(kind)}(value)${suffix}, true)`,
    cast: "",
    number: plain
      ? {
          read: `${scope.runtime(`read${name}`)}(this.$view, ${place.at})`,
          otherwise: "0",
          write: `${scope.runtime(`write${name}`)}(this.$view, ${place.at}, value)`,
        }
      : {
          read: `${scope.runtime("safeNumber")}(this.${getter})`,
          otherwise: "",
          write: `this.${getter} = BigInt(value)`,
        },
  };
}

function floatCode(
  scope: FileScope,
  place: Place,
  kind: "float32" | "float64",
  otherwise: number,
): DataCode {
  const name = capitalized(kind);
  const masks = floatMasks(kind, otherwise);
  const plain = Object.is(otherwise, 0);
  const placed = `this.$view, ${place.at}`;
  return {
    type: "number",
    end: place.end,
    read: plain
      ? `this.$view.get${name}(${place.at}, true)`
      : `${scope.runtime(`read${name}`)}(${placed}, ${masks})`,
    otherwise: floatLiteral(otherwise),
    check: plain ? `if (typeof value !== "number") ${scope.runtime("float")}(value);` : "",
    write: plain
      ? `this.$view.set${name}(${place.at}, value, true)`
      : `${scope.runtime(`write${name}`)}(${placed}, value, ${masks})`,
    cast: "",
  };
}

/** The bits of a default, the lower half first. */
function floatMasks(kind: "float32" | "float64", value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  if (kind === "float32") {
    view.setFloat32(0, value, true);
    return hexNumber(view.getUint32(0, true));
  }
  view.setFloat64(0, value, true);
  return `${hexNumber(view.getUint32(0, true))}, ${hexNumber(view.getUint32(4, true))}`;
}

function hexNumber(value: number): string {
  return value === 0 ? "0" : `0x${value.toString(16)}`;
}

export function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return "Number.NaN";
  if (Math.abs(value) !== Number.POSITIVE_INFINITY) return Object.is(value, -0) ? "-0" : `${value}`;
  return value > 0 ? "Number.POSITIVE_INFINITY" : "Number.NEGATIVE_INFINITY";
}

function isTrue(value: Value): boolean {
  return value.kind === "bool" && value.value;
}

function numberOf(value: Value): number {
  return value.kind === "number" || value.kind === "enum" ? value.value : 0;
}

function bigOf(value: Value): bigint {
  return value.kind === "bigint" ? value.value : 0n;
}
