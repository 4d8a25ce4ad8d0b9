// Messages to JSON and back, by the conventions of Cap'n Proto's own codec.

import { CapnpRangeError, CapnpTypeError } from "../../errors.js";
import type { DynamicStructBuilder, DynamicStructReader, DynamicValue } from "../dynamic-struct.js";
import type { EnumSchema } from "../enum-schema.js";
import type { Field } from "../field.js";
import { ParseError } from "../parse-error.js";
import type { StructSchema } from "../struct-schema.js";
import type { Type } from "../type.js";
import { JsonDecoder, Refusal } from "./decode.js";
import { JsonEncoder } from "./encode.js";
import { PlainEncoder } from "./encode-plain.js";
import { type DataEncoding, JsonEnum, type JsonStruct, planStruct } from "./plan.js";
import { type JsonValue, locateInJson, scanJson } from "./scan.js";

/** What the conventions leave open. */
export interface JsonOptions {
  /**
   * 64-bit integers as strings, which every program reads exactly, or as numbers: `"string"` when
   * not given. Both are read.
   */
  readonly integers64?: "string" | "number";
  /**
   * Bytes as an array of numbers, or as a text: `"array"` when not given. The annotations of a
   * field come first. An array is always read, a text only where it is said to be base64 or
   * hexadecimal.
   */
  readonly data?: DataEncoding;
  /** What is done about names that the schema does not have: `"ignore"` when not given. */
  readonly unknownFields?: "ignore" | "error";
}

export type JsonSettings = Required<JsonOptions>;

/** What is worked out of the schemas once. */
export class JsonPlans {
  readonly #structs = new WeakMap<StructSchema, JsonStruct>();
  readonly #enums = new WeakMap<EnumSchema, JsonEnum>();

  struct(schema: StructSchema): JsonStruct {
    let plan = this.#structs.get(schema);
    if (plan === undefined) {
      plan = planStruct(schema);
      this.#structs.set(schema, plan);
    }
    return plan;
  }

  enum(schema: EnumSchema): JsonEnum {
    let plan = this.#enums.get(schema);
    if (plan === undefined) {
      plan = new JsonEnum(schema);
      this.#enums.set(schema, plan);
    }
    return plan;
  }
}

/**
 * Reads and writes JSON as `capnp convert` does: 64-bit integers are strings, Data is an array of
 * bytes, enums are names, NaN and the infinities are strings, pointers that are null are left out.
 * The annotations of `json.capnp` are kept to.
 *
 * ```ts
 * const json = new JsonCodec();
 * const person = message.initRoot(schemas.struct("Person"));
 * json.decode('{"id": 1815, "name": "Ada"}', person);
 * console.log(json.encode(person.asReader())); // prints {"id":"1815","name":"Ada"}
 * ```
 */
export class JsonCodec {
  readonly #plans = new JsonPlans();
  readonly #settings: JsonSettings;
  readonly #decoder: JsonDecoder;
  readonly #short: JsonEncoder;
  readonly #plain: PlainEncoder;
  readonly #pretty: JsonEncoder;

  constructor(options: JsonOptions = {}) {
    const { integers64 = "string", data = "array", unknownFields = "ignore" } = options;
    checkChoice("integers64", integers64, ["string", "number"]);
    checkChoice("data", data, ["array", "base64", "hex"]);
    checkChoice("unknownFields", unknownFields, ["ignore", "error"]);
    this.#settings = { integers64, data, unknownFields };
    this.#decoder = new JsonDecoder(this.#plans, this.#settings);
    this.#short = new JsonEncoder(this.#plans, this.#settings, { pretty: false });
    this.#plain = new PlainEncoder(this.#plans, this.#settings, (struct, plan) => {
      return this.#short.struct(struct, 0, false, plan).text;
    });
    this.#pretty = new JsonEncoder(this.#plans, this.#settings, { pretty: true });
  }

  /**
   * A struct as JSON, on one line, or as people read it.
   * @throws CapnpTypeError for pointers of any kind and capabilities, which JSON cannot say
   * @throws MalformedMessageError
   */
  encode(struct: DynamicStructReader, options: { readonly pretty?: boolean } = {}): string {
    if (options.pretty !== true) return this.#plain.struct(struct);
    return this.#pretty.struct(struct, 0, false).text;
  }

  /**
   * What a field holds, as JSON: as it stands behind the field's name in what {@link encode} gives.
   * @throws as {@link encode}; `ERR_TIDEMARK_CAPNP_UNION_MEMBER`
   */
  encodeField(
    field: Field,
    struct: DynamicStructReader,
    options: { readonly pretty?: boolean } = {},
  ): string {
    const encoder = options.pretty === true ? this.#pretty : this.#short;
    const plan = this.#plans.struct(field.struct);
    const all = [...plan.fields, ...plan.members];
    const planned = all.find((each) => each?.field === field);
    return encoder.value(field.get(struct), field.type, 0, false, planned).text;
  }

  /** Any value of a type, as JSON, without what the annotations of a field may say of it. */
  encodeValue(
    value: DynamicValue,
    type: Type,
    options: { readonly pretty?: boolean } = {},
  ): string {
    const encoder = options.pretty === true ? this.#pretty : this.#short;
    return encoder.value(value, type, 0, false).text;
  }

  /**
   * Sets the fields of a struct to what JSON says.
   * @throws ParseError `ERR_TIDEMARK_CAPNP_JSON`, with the path of the field, line and column
   */
  decode(text: string, struct: DynamicStructBuilder): void {
    if (typeof text !== "string") {
      throw new CapnpTypeError(`JSON must be a string, got ${typeof text}`);
    }
    const value = parse(text);
    try {
      this.#decoder.struct(struct, value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { path } = error;
      const offset = locateInJson(text, path);
      throw new ParseError("ERR_TIDEMARK_CAPNP_JSON", error.message, { text, offset, path });
    }
  }
}

// An integer that is too long to be exact as a number has so many digits.
const longDigits = /\d{16}/;

/** JSON.parse is several times faster, but says little of errors, and rounds long integers. */
function parse(text: string): JsonValue {
  if (longDigits.test(text)) return scanJson(text);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    scanJson(text);
    throw error;
  }
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new CapnpRangeError(`${name} must be ${choices.join(" or ")}, got ${String(value)}`);
}
