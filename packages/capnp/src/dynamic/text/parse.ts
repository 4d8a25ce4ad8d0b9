// Reads the text form: what `capnp encode` takes, and what `capnp decode` prints.

import { CapnpRangeError, CapnpTypeError } from "../../errors.js";
import type { MessageBuilder } from "../../message-builder.js";
import { setElement } from "../assign.js";
import type { DynamicStructBuilder } from "../dynamic-struct.js";
import { ParseError, type Path } from "../parse-error.js";
import type { StructSchema } from "../struct-schema.js";
import { type DynamicListBuilder, type Type, typeName } from "../type.js";
import { type Node, TreeReader } from "./tree.js";

/**
 * Sets the fields of a struct to what the text form of one says.
 *
 * ```ts
 * parseText('(id = 1815, name = "Ada")', message.initRoot(schemas.struct("Person")));
 * ```
 * @throws ParseError `ERR_TIDEMARK_CAPNP_TEXT_FORM`, which says where
 */
export function parseText(text: string, struct: DynamicStructBuilder): void {
  const reader = new TreeReader(checkText(text));
  const node = reader.next();
  const writer = new TreeWriter(text);
  if (node === undefined) throw writer.error("the text holds no value", text.length, []);
  writer.struct(struct, node, []);
  const rest = reader.next();
  if (rest !== undefined) {
    throw writer.error("a second value: parseTexts takes more than one", rest.offset, []);
  }
}

/**
 * Reads the text forms of many structs, one after another, each into a message of its own.
 * @throws ParseError `ERR_TIDEMARK_CAPNP_TEXT_FORM`
 */
export function* parseTexts(
  text: string,
  schema: StructSchema,
  newMessage: () => MessageBuilder,
): Generator<MessageBuilder> {
  const reader = new TreeReader(checkText(text));
  const writer = new TreeWriter(text);
  for (let node = reader.next(); node !== undefined; node = reader.next()) {
    const message = newMessage();
    writer.struct(message.initRoot(schema), node, []);
    yield message;
  }
}

function checkText(text: unknown): string {
  if (typeof text === "string") return text;
  throw new CapnpTypeError(`the text form must be a string, got ${typeof text}`);
}

/** Puts trees into messages. */
class TreeWriter {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  struct(struct: DynamicStructBuilder, node: Node, path: Path): void {
    if (node.kind !== "struct") {
      throw this.error(`${struct.schema.name} is expected: (name = value)`, node.offset, path);
    }
    for (const { name, offset, value } of node.fields) {
      const inner = [...path, name];
      const field = struct.schema.findField(name);
      if (field === undefined) {
        throw this.error(`${struct.schema.name} has no such field`, offset, inner);
      }
      this.#located(value, inner, () => {
        if (field.type.kind === "struct") {
          const made = field.init(struct, 0) as DynamicStructBuilder;
          this.struct(made, value, inner);
        } else if (field.type.kind === "list") {
          const { length } = this.#elements(value, field.type, inner);
          const list = field.init(struct, length) as DynamicListBuilder;
          this.#list(list, field.type, value, inner);
        } else field.set(struct, this.#scalar(value, field.type, inner));
      });
    }
  }

  #list(list: DynamicListBuilder, type: Type, node: Node, path: Path): void {
    const elements = this.#elements(node, type, path);
    if (type.kind !== "list") return;
    const { element } = type;
    for (const [index, value] of elements.entries()) {
      const inner = [...path, index];
      this.#located(value, inner, () => {
        if (element.kind === "struct") {
          this.struct(list.get(index) as DynamicStructBuilder, value, inner);
        } else if (element.kind === "list") {
          const { length } = this.#elements(value, element, inner);
          const made = list.init?.(index, length) as DynamicListBuilder;
          this.#list(made, element, value, inner);
        } else setElement(list, index, element, this.#scalar(value, element, inner));
      });
    }
  }

  #elements(node: Node, type: Type, path: Path): readonly Node[] {
    if (node.kind === "list") return node.elements;
    throw this.error(`${typeName(type)} is expected: [value, value]`, node.offset, path);
  }

  #scalar(node: Node, type: Type, path: Path): unknown {
    const value = scalarOf(node, type);
    if (value !== undefined) return value === nothing ? undefined : value;
    throw this.error(`${typeName(type)} is expected`, node.offset, path);
  }

  /** What setters refuse is an error of the text. */
  #located(node: Node, path: Path, set: () => void): void {
    try {
      set();
    } catch (error) {
      if (!(error instanceof CapnpRangeError) && !(error instanceof CapnpTypeError)) throw error;
      throw this.error(error.message, node.offset, path);
    }
  }

  error(what: string, offset: number, path: Path): ParseError {
    return new ParseError("ERR_TIDEMARK_CAPNP_TEXT_FORM", what, {
      text: this.#text,
      offset,
      path,
    });
  }
}

/** The value of Void. */
const nothing = Symbol("void");

/** Undefined for what is not of the type. */
function scalarOf(node: Node, type: Type): unknown {
  switch (type.kind) {
    case "void":
      return node.kind === "name" && node.name === "void" ? nothing : undefined;
    case "bool":
      if (node.kind !== "name") return undefined;
      return node.name === "true" ? true : node.name === "false" ? false : undefined;
    case "float32":
    case "float64":
      return floatOf(node);
    case "text":
      return node.kind === "text" ? node.text : undefined;
    case "data":
      return node.kind === "text" || node.kind === "data" ? node.bytes : undefined;
    case "enum":
      if (node.kind === "name") return node.name;
      return node.kind === "integer" ? node.number : undefined;
    case "int64":
    case "uint64":
      return node.kind === "integer" ? node.value : undefined;
    case "interface":
    case "capability":
    case "anyPointer":
    case "anyStruct":
    case "anyList":
      return undefined;
    default:
      return node.kind === "integer" ? Number(node.value) : undefined;
  }
}

function floatOf(node: Node): number | undefined {
  if (node.kind === "float") return node.value;
  if (node.kind === "integer") return node.number;
  if (node.kind !== "name") return undefined;
  return node.name === "inf"
    ? Number.POSITIVE_INFINITY
    : node.name === "nan"
      ? Number.NaN
      : undefined;
}
