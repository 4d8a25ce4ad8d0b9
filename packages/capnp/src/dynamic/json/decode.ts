// JSON to messages.

import { CapnpRangeError, CapnpTypeError } from "../../errors.js";
import { describe, setElement } from "../assign.js";
import type { DynamicStructBuilder } from "../dynamic-struct.js";
import type { Field } from "../field.js";
import { type DynamicListBuilder, type Type, typeName } from "../type.js";
import { fromBase64, fromHex } from "./bytes.js";
import type { JsonPlans, JsonSettings } from "./codec.js";
import type { DataEncoding, JsonEntry, JsonField, JsonStruct } from "./plan.js";
import type { JsonValue } from "./scan.js";

/** What JSON says that a message cannot hold; `path` grows on the way out. */
export class Refusal extends Error {
  readonly path: (string | number)[] = [];
}

const noneHeld: ReadonlyMap<JsonStruct, JsonField> = new Map();

// As deep as readers follow pointers by default.
const deepest = 64;

type JsonObject = { readonly [name: string]: JsonValue };

/** Puts parsed JSON into messages. */
export class JsonDecoder {
  readonly #plans: JsonPlans;
  readonly #settings: JsonSettings;
  #depth = 0;

  constructor(plans: JsonPlans, settings: JsonSettings) {
    this.#plans = plans;
    this.#settings = settings;
  }

  /** @throws Refusal */
  struct(
    struct: DynamicStructBuilder,
    value: JsonValue,
    plan: JsonStruct = this.#plans.struct(struct.schema),
  ): void {
    if (!isObject(value)) throw refuse(`${struct.schema.name} must be an object`, value);
    if (this.#depth === deepest) throw new Refusal(`structs are nested deeper than ${deepest}`);
    this.#depth++;
    try {
      this.#fields(struct, value, plan);
    } finally {
      this.#depth--;
    }
  }

  #fields(struct: DynamicStructBuilder, value: JsonObject, plan: JsonStruct): void {
    const held = plan.hasDiscriminators ? this.#holdMembers(struct, value, plan) : noneHeld;
    for (const name in value) {
      const entry = plan.entries.get(name);
      if (entry?.isDiscriminator === true) continue;
      try {
        if (entry !== undefined) this.#entry(struct, entry, value[name] ?? null, held);
        else if (this.#settings.unknownFields === "error") {
          throw new Refusal(`${struct.schema.name} has no such field`);
        }
      } catch (error) {
        throw located(error, name);
      }
    }
  }

  /** Lets every union hold what its discriminator says: before what it holds is read. */
  #holdMembers(
    struct: DynamicStructBuilder,
    value: JsonObject,
    plan: JsonStruct,
  ): ReadonlyMap<JsonStruct, JsonField> {
    const held = new Map<JsonStruct, JsonField>();
    for (const name in value) {
      const entry = plan.entries.get(name);
      if (entry?.isDiscriminator !== true) continue;
      try {
        this.#holdMember(struct, entry, value[name] ?? null, held);
      } catch (error) {
        throw located(error, name);
      }
    }
    return held;
  }

  /** Lets a union hold what its discriminator says. */
  #holdMember(
    struct: DynamicStructBuilder,
    entry: JsonEntry,
    value: JsonValue,
    held: Map<JsonStruct, JsonField>,
  ): void {
    const member = entry.struct.members.find((each) => each?.memberName === value);
    if (member === undefined) {
      const names = entry.struct.members.map((each) => each?.memberName).join(", ");
      throw refuse(`the member of a union must be one of ${names}`, value);
    }
    held.set(entry.struct, member);
    const holder = descend(struct, entry.path);
    if (!member.field.isHeldIn(holder)) member.field.clearAndHold(holder);
  }

  #entry(
    struct: DynamicStructBuilder,
    entry: JsonEntry,
    value: JsonValue,
    held: ReadonlyMap<JsonStruct, JsonField>,
  ): void {
    const said = held.get(entry.struct);
    const member = entry.member ?? said;
    if (member === undefined) {
      throw new Refusal(`${entry.struct.discriminator} must say which member of the union it is`);
    }
    const isOther =
      said !== undefined && member.field.discriminant !== undefined && member !== said;
    if (isOther) throw new Refusal(`the union is said to hold ${said.memberName}`);
    this.#field(descend(struct, entry.path), member, value);
  }

  #field(struct: DynamicStructBuilder, each: JsonField, value: JsonValue): void {
    const { field } = each;
    const { type } = field;
    if (value === null && canBeNull(field)) {
      field.clearAndHold(struct);
    } else if (type.kind === "struct") {
      if (!isObject(value)) throw refuse(`${typeName(type)} must be an object`, value);
      this.struct(field.init(struct, 0) as DynamicStructBuilder, value, each.group);
    } else if (type.kind === "list") {
      const elements = arrayOf(value, type);
      const list = field.init(struct, elements.length) as DynamicListBuilder;
      this.#list(list, type.element, elements, each);
    } else field.set(struct, this.#scalar(value, type, each));
  }

  #list(
    list: DynamicListBuilder,
    element: Type,
    values: readonly JsonValue[],
    field: JsonField,
  ): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? null;
      try {
        if (element.kind === "struct") this.struct(list.get(index) as DynamicStructBuilder, value);
        else if (element.kind === "list") {
          const inner = arrayOf(value, element);
          const made = list.init?.(index, inner.length) as DynamicListBuilder;
          this.#list(made, element.element, inner, field);
        } else setElement(list, index, element, this.#scalar(value, element, field));
      } catch (error) {
        throw located(error, index);
      }
    }
  }

  #scalar(value: JsonValue, type: Type, field: JsonField): unknown {
    switch (type.kind) {
      case "void":
        if (value === null) return undefined;
        throw refuse("Void must be null", value);
      case "bool":
        if (typeof value === "boolean") return value;
        throw refuse("Bool must be true or false", value);
      case "text":
        if (typeof value === "string") return value;
        throw refuse("Text must be a string", value);
      case "data":
        return bytesOf(value, field.encoding ?? this.#settings.data);
      case "float32":
      case "float64":
        return floatOf(value, type);
      case "enum":
        return typeof value === "string"
          ? this.#plans.enum(type.schema).enumerantOf(value)
          : numberOf(value, type);
      case "int64":
      case "uint64":
        return bigintOf(value, type);
      case "interface":
      case "capability":
      case "anyPointer":
      case "anyStruct":
      case "anyList":
        if (value === null) return undefined;
        throw refuse(`${typeName(type)} cannot be told by JSON: it must be null`, value);
      default:
        return numberOf(value, type);
    }
  }
}

/** The struct or group that holds what is flattened. */
function descend(struct: DynamicStructBuilder, path: readonly JsonField[]): DynamicStructBuilder {
  let current = struct;
  for (const { field } of path) {
    current = (
      field.isHeldIn(current) ? field.access.build?.(current) : field.init(current, 0)
    ) as DynamicStructBuilder;
  }
  return current;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Null is what a pointer is that is not set. */
function canBeNull({ type, isGroup }: Field): boolean {
  return (
    (type.kind === "struct" && !isGroup) ||
    type.kind === "list" ||
    type.kind === "text" ||
    type.kind === "data"
  );
}

function arrayOf(value: JsonValue, type: Type): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  throw refuse(`${typeName(type)} must be an array`, value);
}

const integerText = /^-?(?:\d{1,100}|0[xX][0-9a-fA-F]{1,100})$/;

function bigintOf(value: JsonValue, type: Type): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "string" && integerText.test(value)) return integerOf(value);
  throw refuse(
    `${typeName(type)} must be an integer, as a number or, where it is large, in a string`,
    value,
  );
}

function integerOf(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

function numberOf(value: JsonValue, type: Type): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" && integerText.test(value)) return Number(integerOf(value));
  throw refuse(`${typeName(type)} must be a whole number`, value);
}

const floatNames: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["nan", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["inf", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

// One way only to match each text: with two, a long one that does not match takes for ever.
const floatText = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

function floatOf(value: JsonValue, type: Type): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  // What JSON.stringify makes of what is no number.
  if (value === null) return Number.NaN;
  if (typeof value === "string") {
    const named = floatNames.get(value);
    if (named !== undefined) return named;
    if (floatText.test(value)) return Number(value);
  }
  throw refuse(`${typeName(type)} must be a number, or "NaN", "Infinity", "-Infinity"`, value);
}

function bytesOf(value: JsonValue, encoding: DataEncoding): Uint8Array {
  if (typeof value === "string" && encoding !== "array") {
    const bytes = encoding === "hex" ? fromHex(value) : fromBase64(value);
    if (bytes !== undefined) return bytes;
    throw refuse(`Data must be ${encoding === "hex" ? "hexadecimal" : "base64"}`, value);
  }
  if (!Array.isArray(value)) throw refuse("Data must be an array of bytes", value);
  for (const byte of value) {
    if (typeof byte !== "number" || (byte & 0xff) !== byte) {
      throw refuse("a byte of Data must be a whole number from 0 to 255", byte);
    }
  }
  return Uint8Array.from(value as number[]);
}

/** An error that knows one step more of its way. */
function located(error: unknown, step: string | number): unknown {
  if (error instanceof Refusal) {
    error.path.unshift(step);
    return error;
  }
  if (error instanceof CapnpRangeError || error instanceof CapnpTypeError) {
    return located(new Refusal(error.message), step);
  }
  return error;
}

function refuse(what: string, value: JsonValue): Refusal {
  const isShort = typeof value !== "object" && String(value).length <= 40;
  const got = value === null ? "null" : isShort ? JSON.stringify(String(value)) : describe(value);
  return new Refusal(`${what}, got ${typeof value === "string" || !isShort ? got : String(value)}`);
}
