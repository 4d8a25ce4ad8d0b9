// Messages to JSON, as the codec of Cap'n Proto's C++ library writes them.

import { AnyPointerReader } from "../../any-pointer.js";
import { CapnpTypeError } from "../../errors.js";
import type { List } from "../../lists/list.js";
import { utf8ByteLength } from "../../utf8.js";
import type { DynamicStructReader, DynamicValue } from "../dynamic-struct.js";
import { float64Text } from "../number-text.js";
import { type Type, typeName } from "../type.js";
import { toBase64, toHex } from "./bytes.js";
import type { JsonPlans, JsonSettings } from "./codec.js";
import type { DataEncoding, JsonField, JsonStruct } from "./plan.js";

/** A piece of JSON, and whether it was broken into lines. */
export interface Piece {
  readonly text: string;
  readonly isBroken: boolean;
}

// Where one element is longer, each stands on a line of its own.
const longestInline = 50;

/** Writes one value, and what is in it. */
export class JsonEncoder {
  readonly #plans: JsonPlans;
  readonly #settings: JsonSettings;
  readonly #pretty: boolean;

  constructor(plans: JsonPlans, settings: JsonSettings, options: { readonly pretty: boolean }) {
    this.#plans = plans;
    this.#settings = settings;
    this.#pretty = options.pretty;
  }

  /** `isNamed` is whether the value stands behind a name, on the same line. */
  struct(
    struct: DynamicStructReader,
    indent: number,
    isNamed: boolean,
    plan: JsonStruct = this.#plans.struct(struct.schema),
  ): Piece {
    const items: Piece[] = [];
    // What stands alone is not moved in.
    const inner = indent + (this.#pretty && this.#count(struct, plan) > 1 ? 1 : 0);
    this.#fields(items, struct, plan, inner);
    return this.#delimit("{", items, "}", indent, isNamed);
  }

  /** How many names the object of a struct has. */
  #count(struct: DynamicStructReader, plan: JsonStruct): number {
    let count = 0;
    for (const each of this.#held(struct, plan)) {
      const { flattened, field } = each;
      if (flattened === undefined) count++;
      else count += this.#count(field.access.read(struct) as DynamicStructReader, flattened);
    }
    return count + (this.#tagged(struct, plan) === undefined ? 0 : 1);
  }

  #fields(items: Piece[], struct: DynamicStructReader, plan: JsonStruct, indent: number): void {
    const tagged = this.#tagged(struct, plan);
    let isTold = tagged === undefined;
    const tell = (): void => {
      const name = JSON.stringify(tagged?.memberName);
      items.push(this.#named(plan.discriminator ?? "", plain(name)));
      isTold = true;
    };
    for (const each of this.#held(struct, plan)) {
      if (!isTold && each.field.discriminant !== undefined) tell();
      this.#field(items, struct, each, indent);
    }
    if (!isTold) tell();
  }

  /** The fields that are written: those outside of unions first, as C++ has it. */
  #held(struct: DynamicStructReader, plan: JsonStruct): JsonField[] {
    const held = plan.fields.filter(({ field }) => field.access.has(struct));
    const member = memberOf(struct, plan);
    if (member === undefined) return held;
    const { field } = member;
    const isToldByName = plan.discriminator !== undefined && field.type.kind === "void";
    // The first member of a new struct: nothing that could be told apart from its absence.
    const isNullStruct = field.type.kind === "struct" && !field.access.has(struct);
    if (!isToldByName && !isNullStruct) held.push(member);
    return held;
  }

  /** The member that a discriminator tells of, where there is one. */
  #tagged(struct: DynamicStructReader, plan: JsonStruct): JsonField | undefined {
    return plan.discriminator === undefined ? undefined : memberOf(struct, plan);
  }

  #field(items: Piece[], struct: DynamicStructReader, each: JsonField, indent: number): void {
    const value = each.field.access.read(struct);
    if (each.flattened !== undefined) {
      this.#fields(items, value as DynamicStructReader, each.flattened, indent);
      return;
    }
    const piece = this.value(value, each.field.type, indent, true, each);
    items.push(this.#named(each.name, piece));
  }

  #named(name: string, piece: Piece): Piece {
    const separator = this.#pretty ? ": " : ":";
    return { text: JSON.stringify(name) + separator + piece.text, isBroken: piece.isBroken };
  }

  value(
    value: DynamicValue,
    type: Type,
    indent: number,
    isNamed: boolean,
    field?: JsonField,
  ): Piece {
    switch (type.kind) {
      case "void":
        return plain("null");
      case "bool":
      case "int8":
      case "int16":
      case "int32":
      case "uint8":
      case "uint16":
      case "uint32":
        return plain(String(value));
      case "int64":
      case "uint64":
        return plain(this.#settings.integers64 === "string" ? `"${value}"` : String(value));
      case "float32":
      case "float64":
        return plain(floatJson(value as number));
      case "text":
        return plain(JSON.stringify(value));
      case "data":
        return this.#data(value as Uint8Array, field?.encoding, indent, isNamed);
      case "enum":
        return plain(JSON.stringify(this.#plans.enum(type.schema).nameOf(value as string)));
      case "struct":
        return this.struct(value as DynamicStructReader, indent, isNamed, field?.group);
      case "list":
        return this.#list(value as List<unknown>, type.element, indent, isNamed, field);
      default:
        return anyJson(value, type, field);
    }
  }

  #list(
    list: List<unknown>,
    element: Type,
    indent: number,
    isNamed: boolean,
    field?: JsonField,
  ): Piece {
    const items: Piece[] = [];
    const inner = indent + (list.length > 1 ? 1 : 0);
    for (let index = 0; index < list.length; index++) {
      const value = list.get(index) as DynamicValue;
      items.push(this.value(value, element, inner, false, field));
    }
    return this.#delimit("[", items, "]", indent, isNamed);
  }

  #data(
    bytes: Uint8Array,
    encoding: DataEncoding = this.#settings.data,
    indent: number,
    isNamed: boolean,
  ): Piece {
    if (encoding === "base64") return plain(`"${toBase64(bytes)}"`);
    if (encoding === "hex") return plain(`"${toHex(bytes)}"`);
    const items = Array.from(bytes, (byte) => plain(String(byte)));
    return this.#delimit("[", items, "]", indent, isNamed);
  }

  #delimit(
    open: string,
    items: readonly Piece[],
    close: string,
    indent: number,
    isNamed: boolean,
  ): Piece {
    if (!this.#pretty) return plain(open + items.map(({ text }) => text).join(",") + close);
    const isBroken = items.length > 1 && items.some(isLong);
    if (!isBroken) return plain(open + items.map(({ text }) => text).join(", ") + close);
    const lineBreak = `\n${"  ".repeat(indent + 1)}`;
    const start = isNamed ? lineBreak : " ";
    const lines = items.map(({ text }) => text).join(`,${lineBreak}`);
    return { text: `${open}${start}${lines} ${close}`, isBroken };
  }
}

function memberOf(struct: DynamicStructReader, plan: JsonStruct): JsonField | undefined {
  const member = plan.schema.memberOf(struct);
  return member === undefined ? undefined : plan.members[member.discriminant ?? 0];
}

function plain(text: string): Piece {
  return { text, isBroken: false };
}

function isLong(piece: Piece): boolean {
  return (
    piece.isBroken ||
    piece.text.length > longestInline ||
    utf8ByteLength(piece.text) > longestInline
  );
}

/** JSON has no name for what is no finite number. */
export function floatJson(value: number): string {
  if (Number.isFinite(value)) return float64Text(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

/** What JSON cannot say. */
export function anyJson(value: DynamicValue, type: Type, field: JsonField | undefined): Piece {
  const isNull = value === undefined || (value instanceof AnyPointerReader && value.isNull());
  if (isNull) return plain("null");
  const place = field === undefined ? "" : ` in ${field.field.struct.name}.${field.field.name}`;
  throw new CapnpTypeError(`an ${typeName(type)}${place} cannot be written as JSON`);
}
