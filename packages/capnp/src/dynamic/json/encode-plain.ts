// Messages to JSON on one line, for structs whose schemas rename nothing but fields: as rows by the
// million are. What is known of a struct beforehand is worked out once.

import type { List } from "../../lists/list.js";
import type { Access } from "../access.js";
import type { DynamicStructReader, DynamicValue } from "../dynamic-struct.js";
import type { Type } from "../type.js";
import { toBase64, toHex } from "./bytes.js";
import type { JsonPlans, JsonSettings } from "./codec.js";
import { anyJson, floatJson } from "./encode.js";
import type { DataEncoding, JsonField, JsonStruct } from "./plan.js";

type Tell = (value: DynamicValue) => string;

/** A field, with all that does not change from struct to struct. */
interface PlainField {
  readonly access: Access;
  /** Its name in quotes, and a colon. */
  readonly key: string;
  /** Made when it is first needed: structs may hold themselves. */
  tell: Tell | undefined;
  readonly field: JsonField;
}

interface PlainStruct {
  readonly fields: readonly PlainField[];
  readonly members: readonly (PlainField | undefined)[];
}

/** Undefined in the place of structs that are not that simple. */
export class PlainEncoder {
  readonly #plans: JsonPlans;
  readonly #settings: JsonSettings;
  readonly #structs = new Map<JsonStruct, PlainStruct | undefined>();
  readonly #otherwise: (struct: DynamicStructReader, plan: JsonStruct) => string;

  /** @param otherwise writes the structs that are not that simple */
  constructor(
    plans: JsonPlans,
    settings: JsonSettings,
    otherwise: (struct: DynamicStructReader, plan: JsonStruct) => string,
  ) {
    this.#plans = plans;
    this.#settings = settings;
    this.#otherwise = otherwise;
  }

  struct(
    struct: DynamicStructReader,
    plan: JsonStruct = this.#plans.struct(struct.schema),
  ): string {
    const plain = this.#structs.has(plan) ? this.#structs.get(plan) : this.#make(plan);
    if (plain === undefined) return this.#otherwise(struct, plan);
    let text = "";
    for (const field of plain.fields) {
      if (!field.access.has(struct)) continue;
      text += `${text === "" ? "{" : ","}${field.key}${this.#value(field, struct)}`;
    }
    if (plain.members.length > 0) {
      const member = plain.members[plan.schema.which(struct)];
      // The first member of a new struct: nothing that could be told apart from its absence.
      const isNullStruct = member?.field.field.type.kind === "struct" && !member.access.has(struct);
      if (member !== undefined && !isNullStruct) {
        text += `${text === "" ? "{" : ","}${member.key}${this.#value(member, struct)}`;
      }
    }
    return text === "" ? "{}" : `${text}}`;
  }

  #value(field: PlainField, struct: DynamicStructReader): string {
    field.tell ??= this.#teller(field.field.field.type, field.field);
    return field.tell(field.access.read(struct));
  }

  #make(plan: JsonStruct): PlainStruct | undefined {
    const all = [...plan.fields, ...plan.members];
    const isPlain =
      plan.discriminator === undefined && all.every((each) => each?.flattened === undefined);
    const made = isPlain
      ? { fields: plan.fields.map(plainField), members: plan.members.map(plainMember) }
      : undefined;
    this.#structs.set(plan, made);
    return made;
  }

  #teller(type: Type, field: JsonField): Tell {
    switch (type.kind) {
      case "void":
        return () => "null";
      case "int64":
      case "uint64":
        return this.#settings.integers64 === "string" ? (value) => `"${value}"` : String;
      case "float32":
      case "float64":
        return (value) => floatJson(value as number);
      case "text":
        return (value) => quoted(value as string);
      case "data":
        return dataTeller(field.encoding ?? this.#settings.data);
      case "enum":
        return this.#enumTeller(this.#plans.enum(type.schema));
      case "struct":
        return (value) => this.struct(value as DynamicStructReader, field.group);
      case "list":
        return this.#listTeller(type.element, field);
      case "anyPointer":
      case "anyStruct":
      case "anyList":
      case "capability":
      case "interface":
        return (value) => anyJson(value, type, field).text;
      default:
        return String;
    }
  }

  #enumTeller(names: { nameOf(value: string | number): string | number }): Tell {
    const told = new Map<DynamicValue, string>();
    return (value) => {
      let text = told.get(value);
      if (text === undefined) {
        text = JSON.stringify(names.nameOf(value as string | number));
        told.set(value, text);
      }
      return text;
    };
  }

  #listTeller(element: Type, field: JsonField): Tell {
    const tell = this.#teller(element, field);
    return (value) => {
      const list = value as List<DynamicValue>;
      let text = "[";
      for (let index = 0; index < list.length; index++) {
        text += index === 0 ? tell(list.get(index)) : `,${tell(list.get(index))}`;
      }
      return `${text}]`;
    };
  }
}

function plainField(field: JsonField): PlainField {
  const key = `${JSON.stringify(field.name)}:`;
  return { access: field.field.access, key, tell: undefined, field };
}

function plainMember(member: JsonField | undefined): PlainField | undefined {
  return member === undefined ? undefined : plainField(member);
}

// Nothing in it needs an escape, and it is so short that looking costs less than asking.
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]{0,64}$/;

function quoted(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

function dataTeller(encoding: DataEncoding): Tell {
  if (encoding === "base64") return (value) => `"${toBase64(value as Uint8Array)}"`;
  if (encoding === "hex") return (value) => `"${toHex(value as Uint8Array)}"`;
  return (value) => `[${(value as Uint8Array).join(",")}]`;
}
