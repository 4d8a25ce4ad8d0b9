// Rows as CSV or TSV (RFC 4180): what `tidemark build` reads back as it was.

import type {
  DynamicStructReader,
  DynamicValue,
  Field,
  JsonCodec,
  StructSchema,
  Type,
} from "@tidemark/capnp/dynamic";
import { CommandFailure } from "../command/failure.js";
import { suggest } from "./suggestion.js";

/** A column: a field, and the groups and structs on the way to it. */
interface CsvColumn {
  readonly name: string;
  readonly path: readonly Field[];
  readonly field: Field;
  readonly tell: (value: DynamicValue, holder: DynamicStructReader) => string;
  /** Of what the cell is when the union holds the field, and its pointer is null. */
  readonly emptyCell: string;
}

export interface CsvWriterOptions {
  readonly delimiter: "," | "\t";
  /** Names of columns; all that a cell can say when not given. */
  readonly columns: readonly string[] | undefined;
  readonly json: JsonCodec;
  readonly data: "base64" | "hex";
}

/** Writes rows of one struct. */
export class CsvWriter {
  readonly #columns: readonly CsvColumn[];
  readonly #delimiter: string;
  readonly #special: RegExp;

  constructor(struct: StructSchema, options: CsvWriterOptions) {
    const names = options.columns ?? columnNames(struct);
    this.#delimiter = options.delimiter;
    // Blanks at either end would be at the mercy of whoever reads it.
    this.#special = options.delimiter === "," ? /[",\r\n]|^\s|\s$/ : /["\t\r\n]|^\s|\s$/;
    this.#columns = names.map((name) => this.#column(struct, name, options));
  }

  get header(): string {
    return this.#columns.map(({ name }) => this.#quoted(name)).join(this.#delimiter);
  }

  row(struct: DynamicStructReader): string {
    let text = "";
    for (const [index, column] of this.#columns.entries()) {
      if (index > 0) text += this.#delimiter;
      text += this.#cell(struct, column);
    }
    // A line without anything is no row to most who read it.
    return text === "" ? this.#nothing : text;
  }

  get #nothing(): string {
    return this.#columns[0]?.field.type.kind === "text" ? "" : '""';
  }

  #cell(struct: DynamicStructReader, { path, field, tell, emptyCell }: CsvColumn): string {
    let holder = struct;
    for (const each of path) {
      if (!each.has(holder)) return "";
      holder = each.get(holder) as DynamicStructReader;
    }
    if (!field.isHeld(holder)) return "";
    if (!field.has(holder)) return (field.discriminant ?? 0) > 0 ? emptyCell : "";
    return tell(field.get(holder), holder);
  }

  #column(struct: StructSchema, name: string, options: CsvWriterOptions): CsvColumn {
    const path: Field[] = [];
    const names = name.split(".");
    let current = struct;
    for (const [index, each] of names.entries()) {
      const field = current.findField(each);
      if (field === undefined) {
        const known = current.fields.map((other) => other.name);
        throw wrongColumn(
          `${current.name} has no field ${JSON.stringify(each)}: ${suggest(each, known)}`,
        );
      }
      if (index === names.length - 1) {
        return { name, path, field, ...this.#told(field, options) };
      }
      if (field.type.kind !== "struct") {
        throw wrongColumn(`${name} leads through ${each}, which is no struct or group`);
      }
      path.push(field);
      current = field.type.schema;
    }
    throw wrongColumn("a column has no name");
  }

  #told(field: Field, { json, data }: CsvWriterOptions): Pick<CsvColumn, "tell" | "emptyCell"> {
    switch (field.type.kind) {
      case "text":
        return { tell: (value) => this.#text(value as string), emptyCell: '""' };
      case "data": {
        const bytes = (value: Uint8Array): Buffer =>
          Buffer.from(value.buffer, value.byteOffset, value.byteLength);
        const tell = (value: DynamicValue): string =>
          bytes(value as Uint8Array).toString(data) || '""';
        return { tell, emptyCell: '""' };
      }
      case "void":
        return { tell: () => "null", emptyCell: "null" };
      case "float32":
      case "float64":
        return { tell: (value) => floatText(value as number), emptyCell: "" };
      case "enum":
        return { tell: (value) => this.#quoted(String(value)), emptyCell: "" };
      case "struct":
      case "list":
        return {
          tell: (_value, holder) => this.#quoted(json.encodeField(field, holder)),
          emptyCell: field.type.kind === "list" ? "[]" : "{}",
        };
      case "anyPointer":
      case "anyStruct":
      case "anyList":
      case "capability":
      case "interface":
        throw wrongColumn(`${field.name} is ${field.typeName}, which no text can say`);
      default:
        return { tell: String, emptyCell: "" };
    }
  }

  #text(text: string): string {
    return text === "" ? '""' : this.#quoted(text);
  }

  #quoted(text: string): string {
    return this.#special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function wrongColumn(what: string): CommandFailure {
  return new CommandFailure(`--columns: ${what}`, 2);
}

// What stands apart so deep is told as JSON in one cell.
const deepest = 4;

/**
 * A column for each field that a cell can say; those of groups, and of structs that always have
 * something to say, have columns of their own.
 */
export function columnNames(struct: StructSchema): string[] {
  const names: string[] = [];
  addColumns(names, struct, "", [struct]);
  return names;
}

function addColumns(
  names: string[],
  struct: StructSchema,
  prefix: string,
  around: readonly StructSchema[],
): void {
  for (const field of struct.fields) {
    const name = prefix + field.name;
    const { type } = field;
    const isApart =
      type.kind === "struct" &&
      around.length <= deepest &&
      !around.includes(type.schema) &&
      (field.isGroup || alwaysSays(type.schema));
    if (isApart) addColumns(names, type.schema, `${name}.`, [...around, type.schema]);
    else if (isSayable(type)) names.push(name);
  }
}

/** Whether one that is there has a cell that is not empty: else it would not come back. */
function alwaysSays(struct: StructSchema): boolean {
  return struct.fields.some(({ type, discriminant, isGroup }) => {
    const isPointer = /^(text|data|list|struct|any|cap|interface)/.test(type.kind);
    return discriminant === undefined && !isGroup && !isPointer;
  });
}

function isSayable(type: Type): boolean {
  if (type.kind === "list") return isSayable(type.element);
  return !/^(any|cap|interface)/.test(type.kind);
}
