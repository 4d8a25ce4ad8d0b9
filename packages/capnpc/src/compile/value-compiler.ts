// Compiles literals and references to constants into values of a type.

import { type Expression, expressionText } from "../syntax/syntax.js";
import { compileEmbedded } from "./embed.js";
import { type ListObject, newStruct, type StructObject } from "./object.js";
import type { RequestField, RequestStruct, SchemaValue } from "./request.js";
import type { Place, Resolver } from "./resolver.js";
import type { SchemaNode } from "./schema-node.js";
import {
  type Brand,
  dataSizes,
  isSameType,
  type NodeType,
  type SchemaType,
  typeText,
} from "./schema-type.js";
import { nameHint } from "./spelling.js";
import { isPointerValue, objectOf, writeScalar, zeroOf } from "./stored-value.js";

/** What values need to know of other declarations. */
export interface Declarations {
  /** The fields and sizes of a struct; undefined if it has failed. */
  structOf(node: SchemaNode): RequestStruct | undefined;
  groupOf(typeId: bigint): RequestStruct | undefined;
  enumerantsOf(node: SchemaNode): readonly string[];
  /** A constant's type and value; undefined after reporting why there is none. */
  constantOf(node: SchemaNode): { type: SchemaType; value: SchemaValue } | undefined;
  readEmbedded(place: Place, path: string): Uint8Array | undefined;
}

const integerRanges = {
  int8: [-0x80n, 0x7fn],
  int16: [-0x8000n, 0x7fffn],
  int32: [-0x8000_0000n, 0x7fff_ffffn],
  int64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  uint8: [0n, 0xffn],
  uint16: [0n, 0xffffn],
  uint32: [0n, 0xffff_ffffn],
  uint64: [0n, 0xffff_ffff_ffff_ffffn],
} as const;

type IntegerKind = keyof typeof integerRanges;

export class ValueCompiler {
  readonly #resolver: Resolver;
  readonly #declarations: Declarations;

  constructor(resolver: Resolver, declarations: Declarations) {
    this.#resolver = resolver;
    this.#declarations = declarations;
  }

  /** The value, or undefined after reporting what is wrong with it. */
  compile(expression: Expression, type: SchemaType, place: Place): SchemaValue | undefined {
    switch (expression.kind) {
      case "relative-name": {
        const named = this.#compileWord(expression.name.value, type);
        return named ?? this.#compileConstant(expression, type, place);
      }
      case "absolute-name":
      case "member":
      case "application":
      case "import":
        return this.#compileConstant(expression, type, place);
      case "embed":
        return this.#compileEmbed(expression, type, place);
      case "integer":
        return this.#compileInteger(expression, type, place);
      case "float":
        if (type.kind !== "float32" && type.kind !== "float64") break;
        return { kind: type.kind, value: expression.value };
      case "text":
        if (type.kind !== "text" && type.kind !== "data") break;
        return { kind: type.kind, value: expression.bytes };
      case "data":
        if (type.kind !== "data") break;
        return { kind: "data", value: expression.bytes };
      case "list":
        if (type.kind !== "list") break;
        return this.#compileList(expression.items, type, place);
      case "tuple":
        if (type.kind !== "struct") break;
        return this.#compileStruct(expression, type, place);
      case "unknown":
        return undefined;
    }
    return this.#mismatch(expression, type, place);
  }

  #mismatch(expression: Expression, type: SchemaType, place: Place): undefined {
    const text =
      type.kind === "parameter" || type.kind === "implicit"
        ? "The type of this is a generic parameter that is not bound: what it holds is unknown."
        : cannotBeWritten(type)
          ? `There are no literal values of type ${typeText(type)}.`
          : `Expected a value of type ${typeText(type)}, but found ${valueKind(expression)}.`;
    this.#resolver.report(place.node, expression, text);
    return undefined;
  }

  // Words that are values of some types, and of others nothing.
  #compileWord(word: string, type: SchemaType): SchemaValue | undefined {
    switch (type.kind) {
      case "void":
        return word === "void" ? { kind: "void" } : undefined;
      case "bool":
        if (word !== "true" && word !== "false") return undefined;
        return { kind: "bool", value: word === "true" };
      case "float32":
      case "float64":
        if (word === "inf") return { kind: type.kind, value: Number.POSITIVE_INFINITY };
        if (word === "nan") return { kind: type.kind, value: Number.NaN };
        return undefined;
      case "enum": {
        const value = this.#declarations.enumerantsOf(type.node).indexOf(word);
        return value < 0 ? undefined : { kind: "enum", value };
      }
      default:
        return undefined;
    }
  }

  #compileInteger(
    expression: Extract<Expression, { kind: "integer" }>,
    type: SchemaType,
    place: Place,
  ): SchemaValue | undefined {
    const value = expression.negative ? -expression.value : expression.value;
    const found = convertInteger(value, type);
    if (found === undefined) return this.#mismatch(expression, type, place);
    if (found !== "range") return found;
    this.#outOfRange(expression, value, type, place);
    return undefined;
  }

  #outOfRange(expression: Expression, value: bigint, type: SchemaType, place: Place): void {
    const [least, most] = integerRanges[type.kind as IntegerKind];
    const message = `${value} is out of range: ${typeText(type)} holds ${least} to ${most}.`;
    this.#resolver.report(place.node, expression, message);
  }

  #compileConstant(
    expression: Expression,
    type: SchemaType,
    place: Place,
  ): SchemaValue | undefined {
    if (expression.kind === "relative-name" && isWord(expression.name.value)) {
      // `true` where a number is expected: no constant can be meant.
      if (!place.node.members.has(expression.name.value)) {
        return this.#mismatch(expression, type, place);
      }
    }
    const branded = this.#resolveConstant(expression, type, place);
    if (branded === undefined) return undefined;
    const constant = this.#declarations.constantOf(branded);
    if (constant === undefined) return undefined;
    if (expression.kind === "relative-name") {
      const { parent } = branded;
      const qualified = `${parent?.kind === "file" ? "" : (parent?.name ?? "")}.${branded.name}`;
      const message =
        `Write '${qualified}': a constant is named with its scope, ` +
        "so that it is not mistaken for a value of the type.";
      this.#resolver.report(place.node, expression, message);
    }
    return this.#convert(constant, { expression, type, place });
  }

  #resolveConstant(expression: Expression, type: SchemaType, place: Place): SchemaNode | undefined {
    if (type.kind === "enum" && expression.kind === "relative-name") {
      const { value } = expression.name;
      if (!isKnown(place.node, value)) {
        const hint = nameHint(value, this.#declarations.enumerantsOf(type.node));
        const message = `'${value}' is not an enumerant of ${typeText(type)}.${hint}`;
        this.#resolver.report(place.node, expression, message);
        return undefined;
      }
    }
    const branded = this.#resolver.resolve(expression, place);
    if (branded === undefined) return undefined;
    if (branded.kind === "node" && branded.node.kind === "const") return branded.node;
    const message = `'${expressionText(expression)}' is not a constant.`;
    this.#resolver.report(place.node, expression, message);
    return undefined;
  }

  // Numbers become numbers of other types where they fit; all else must be of the same type.
  #convert(
    constant: { readonly type: SchemaType; readonly value: SchemaValue },
    at: { readonly expression: Expression; readonly type: SchemaType; readonly place: Place },
  ): SchemaValue | undefined {
    const { type, expression, place } = at;
    if (isSameType(constant.type, type)) return constant.value;
    const { value } = constant;
    if (value.kind in integerRanges) {
      const number = BigInt((value as { value: number | bigint }).value);
      const found = convertInteger(number, type);
      if (found === "range") {
        this.#outOfRange(expression, number, type, place);
        return undefined;
      }
      if (found !== undefined) return found;
    }
    const isFloat = value.kind === "float32" || value.kind === "float64";
    if (isFloat && (type.kind === "float32" || type.kind === "float64")) {
      return { kind: type.kind, value: value.value };
    }
    const message =
      `Expected a value of type ${typeText(type)}, but '${expressionText(expression)}' ` +
      `is of type ${typeText(constant.type)}.`;
    this.#resolver.report(place.node, expression, message);
    return undefined;
  }

  #compileEmbed(
    expression: Extract<Expression, { kind: "embed" }>,
    type: SchemaType,
    place: Place,
  ): SchemaValue | undefined {
    const bytes = this.#declarations.readEmbedded(place, expression.path);
    if (bytes === undefined) {
      const message = `Cannot embed ${JSON.stringify(expression.path)}: there is no such file.`;
      this.#resolver.report(place.node, expression.pathSpan, message);
      return undefined;
    }
    const found = compileEmbedded(bytes, type, this.#structOf(type));
    if (typeof found !== "string") return found;
    this.#resolver.report(place.node, expression, found);
    return undefined;
  }

  #structOf(type: SchemaType): RequestStruct | undefined {
    return type.kind === "struct" ? this.#declarations.structOf(type.node) : undefined;
  }

  #compileList(
    items: readonly Expression[],
    type: Extract<SchemaType, { kind: "list" }>,
    place: Place,
  ): SchemaValue | undefined {
    const { element } = type;
    const values = items.map((item) => this.compile(item, element, place));
    if (values.includes(undefined)) return undefined;
    const list = this.#listObject(values as SchemaValue[], element);
    return list && { kind: "list", value: list };
  }

  #listObject(values: readonly SchemaValue[], element: SchemaType): ListObject | undefined {
    const lg = dataSizes[element.kind];
    if (element.kind === "struct") {
      const struct = this.#structOf(element);
      if (struct === undefined) return undefined;
      const { dataWordCount: dataWords, pointerCount } = struct;
      const structs = values.map((value) => objectOf(value) as StructObject);
      return { kind: "structs", dataWords, pointerCount, structs };
    }
    if (lg === undefined && element.kind !== "void") {
      return { kind: "pointers", pointers: values.map(objectOf) };
    }
    const bits = lg === undefined ? 0 : 1 << lg;
    const bytes = Math.ceil((values.length * bits) / 8);
    const data = new Uint8Array(bytes);
    for (const [i, value] of values.entries()) writeScalar(data, i, value);
    const elementSize = { 0: 0, 1: 1, 8: 2, 16: 3, 32: 4, 64: 5 }[bits] as 0 | 1 | 2 | 3 | 4 | 5;
    return { kind: "scalars", elementSize, length: values.length, data };
  }

  #compileStruct(
    expression: Extract<Expression, { kind: "tuple" }>,
    type: NodeType,
    place: Place,
  ): SchemaValue | undefined {
    const struct = this.#structOf(type);
    if (struct === undefined) return undefined;
    const object = newStruct(struct.dataWordCount, struct.pointerCount);
    const whole = this.#fillStruct(expression, { object, struct, brand: type.brand, place });
    return whole ? { kind: "struct", value: object } : undefined;
  }

  // True if every field of the literal could be set.
  #fillStruct(
    expression: Extract<Expression, { kind: "tuple" }>,
    into: {
      readonly object: StructObject;
      readonly struct: RequestStruct;
      readonly brand: Brand;
      readonly place: Place;
    },
  ): boolean {
    const { struct, place } = into;
    let whole = true;
    for (const { name, value, ...span } of expression.items) {
      if (name === undefined) {
        const message = "The values of a struct are named: (field = value, …).";
        this.#resolver.report(place.node, span, message);
        whole = false;
        continue;
      }
      const field = struct.fields.find((candidate) => candidate.name === name.value);
      if (field === undefined) {
        const names = struct.fields.map((candidate) => candidate.name);
        const message = `There is no field named '${name.value}'.${nameHint(name.value, names)}`;
        this.#resolver.report(place.node, name, message);
        whole = false;
        continue;
      }
      if (!this.#setField(field, value, into)) whole = false;
    }
    return whole;
  }

  #setField(
    field: RequestField,
    expression: Expression,
    into: {
      readonly object: StructObject;
      readonly struct: RequestStruct;
      readonly brand: Brand;
      readonly place: Place;
    },
  ): boolean {
    const { object, struct, brand, place } = into;
    const { body, discriminantValue } = field;
    if (body.kind === "group") {
      const group = this.#declarations.groupOf(body.typeId);
      if (group === undefined) return false;
      if (expression.kind !== "tuple") {
        const message = `'${field.name}' is a group: its value is written (field = value, …).`;
        this.#resolver.report(place.node, expression, message);
        return false;
      }
      setDiscriminant(object, struct, discriminantValue);
      clearGroup(object, group, this.#declarations);
      return this.#fillStruct(expression, { ...into, struct: group });
    }
    const value = this.compile(expression, this.#resolver.bind(body.type, brand), place);
    if (value === undefined) return false;
    setDiscriminant(object, struct, discriminantValue);
    if (isPointerValue(value)) object.pointers[body.offset] = objectOf(value);
    else writeScalar(object.data, body.offset, value, body.defaultValue);
    return true;
  }
}

const words: ReadonlySet<string> = new Set(["void", "true", "false", "inf", "nan"]);

function isWord(name: string): boolean {
  return words.has(name);
}

function isKnown(node: SchemaNode, name: string): boolean {
  for (let scope: SchemaNode | undefined = node; scope; scope = scope.parent) {
    if (scope.members.has(name)) return true;
  }
  return false;
}

function cannotBeWritten(type: SchemaType): boolean {
  return type.kind === "interface" || type.kind === "anyPointer";
}

function valueKind(expression: Expression): string {
  switch (expression.kind) {
    case "integer":
      return "an integer";
    case "float":
      return "a floating point number";
    case "tuple":
      return "a struct";
    case "list":
      return "a list";
    case "relative-name":
      return `'${expression.name.value}'`;
    default:
      return expression.kind;
  }
}

// The value, "range" if the type cannot hold it, or undefined if the type takes no integers.
function convertInteger(value: bigint, type: SchemaType): SchemaValue | "range" | undefined {
  if (type.kind === "float32" || type.kind === "float64") {
    return { kind: type.kind, value: Number(value) };
  }
  if (!(type.kind in integerRanges)) return undefined;
  const kind = type.kind as IntegerKind;
  const [least, most] = integerRanges[kind];
  if (value < least || value > most) return "range";
  if (kind === "int64" || kind === "uint64") return { kind, value };
  return { kind, value: Number(value) };
}

function setDiscriminant(
  object: StructObject,
  struct: RequestStruct,
  value: number | undefined,
): void {
  if (value === undefined) return;
  const at = object.data.byteOffset + 2 * struct.discriminantOffset;
  new DataView(object.data.buffer).setUint16(at, value, true);
}

// What an earlier mention of the group in the same literal has set.
function clearGroup(object: StructObject, group: RequestStruct, declarations: Declarations): void {
  if (group.discriminantCount > 0) setDiscriminant(object, group, 0);
  for (const { body, discriminantValue } of group.fields) {
    if (discriminantValue !== undefined && discriminantValue !== 0) continue;
    if (body.kind === "group") {
      const inner = declarations.groupOf(body.typeId);
      if (inner !== undefined) clearGroup(object, inner, declarations);
    } else if (isPointerValue(body.defaultValue)) {
      object.pointers[body.offset] = null;
    } else {
      writeScalar(object.data, body.offset, zeroOf(body.type));
    }
  }
}
