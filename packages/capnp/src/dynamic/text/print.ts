// The text form: what `capnp decode` prints of a message. In the pretty form, what is short stands
// on one line, and what is long is broken into one line for each field or element.

import { AnyPointerReader } from "../../any-pointer.js";
import { List } from "../../lists/list.js";
import { utf8ByteLength } from "../../utf8.js";
import { DynamicStructReader, type DynamicValue } from "../dynamic-struct.js";
import { float32Text, float64Text } from "../number-text.js";
import type { Type } from "../type.js";
import { quoteBytes, quoteText } from "./quote.js";

/** How a text form is laid out. */
export interface TextFormOptions {
  /** With line breaks and indentation; on one line when not given. */
  readonly pretty?: boolean;
}

/**
 * A struct in the text form, as `capnp decode` prints it (`--short` on one line), without a line
 * break behind it. Capabilities and pointers of any kind are named, not printed.
 *
 * ```ts
 * person.assign({ id: 1815n, name: "Ada" });
 * console.log(formatText(person.asReader())); // prints (id = 1815, name = "Ada")
 * ```
 * @throws MalformedMessageError
 */
export function formatText(struct: DynamicStructReader, options: TextFormOptions = {}): string {
  return new Printer().struct(struct, options.pretty === true ? 1 : 0, "own line");
}

/** A value of any type in the text form: that of a constant, as the schema language writes it. */
export function formatTextValue(
  value: DynamicValue,
  type: Type,
  options: TextFormOptions = {},
): string {
  return new Printer().value(value, type, options.pretty === true ? 1 : 0, "own line");
}

/** Whether what is printed begins on a line of its own, or behind a name. */
type Position = "own line" | "behind name";

// Longer values are not put on one line with others, nor are fields that are longer together.
const longestInline = 24;
const longestRecord = 64;

/** `indent` is 0 in the short form, else how deep the value lies. */
class Printer {
  value(value: DynamicValue, type: Type, indent: number, position: Position): string {
    switch (typeof value) {
      case "undefined":
        return type.kind === "void" ? "void" : "<external capability>";
      case "string":
        return type.kind === "enum" ? value : quoteText(value);
      case "number":
        return numberText(value, type);
      case "object":
        break;
      default:
        return String(value);
    }
    if (value instanceof DynamicStructReader) return this.struct(value, indent, position);
    if (value instanceof List) return this.list(value, type, indent, position);
    if (value instanceof AnyPointerReader) return "<opaque pointer>";
    return value instanceof Uint8Array ? quoteBytes(value) : "<opaque pointer>";
  }

  struct(struct: DynamicStructReader, indent: number, position: Position): string {
    const inner = indent === 0 ? 0 : indent + 1;
    const fields = struct.schema.heldFields(struct).map((field) => {
      const value = this.value(field.access.read(struct), field.type, inner, "behind name");
      return `${field.name} = ${value}`;
    });
    return `(${delimit(fields, indent, position, longestRecord)})`;
  }

  list(list: List<unknown>, type: Type, indent: number, position: Position): string {
    if (type.kind !== "list") return "<opaque pointer>";
    const inner = indent === 0 ? 0 : indent + 1;
    const elements: string[] = [];
    for (let index = 0; index < list.length; index++) {
      const value = list.get(index) as DynamicValue;
      elements.push(this.value(value, type.element, inner, "own line"));
    }
    return `[${delimit(elements, indent, position, Number.POSITIVE_INFINITY)}]`;
  }
}

function delimit(
  items: readonly string[],
  indent: number,
  position: Position,
  longest: number,
): string {
  if (indent === 0 || fitsLine(items, longest)) return items.join(", ");
  const lineBreak = `\n${"  ".repeat(indent)}`;
  const start = position === "own line" ? " " : lineBreak;
  return `${start}${items.join(`,${lineBreak}`)} `;
}

function fitsLine(items: readonly string[], longest: number): boolean {
  let total = 0;
  for (const item of items) {
    if (item.length > longestInline || item.includes("\n")) return false;
    const byteLength = utf8ByteLength(item);
    total += byteLength;
    if (byteLength > longestInline || total > longest) return false;
  }
  return true;
}

function numberText(value: number, type: Type): string {
  if (type.kind === "float32") return float32Text(value);
  if (type.kind === "float64") return float64Text(value);
  // An enum of a newer schema; a capability, which is not part of the message.
  if (type.kind === "enum") return `(${value})`;
  if (type.kind === "interface" || type.kind === "capability") return "<external capability>";
  return String(value);
}
