// Puts cells of CSV into fields, by the fields' types: from bytes, most without a string between.

import { CapnpRangeError, CapnpTypeError } from "@tidemark/capnp";
import {
  type DynamicStructBuilder,
  type Field,
  type JsonCodec,
  ParseError,
  type Type,
} from "@tidemark/capnp/dynamic";
import { parseFloating, parseWhole } from "./number-bytes.js";
import { ColumnError, quoted } from "./row-error.js";

/** Writes the cell from `start` to `end`. @throws {@link CellError} */
export type CellWriter = (
  struct: DynamicStructBuilder,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/** A cell that its field does not take. */
export class CellError extends Error {
  /** Bytes from the start of the cell to the trouble. */
  readonly byteOffset: number;

  constructor(message: string, byteOffset = 0) {
    super(message);
    this.byteOffset = byteOffset;
  }
}

/** How cells are read that types alone do not say. */
export interface CellOptions {
  readonly json: JsonCodec;
  readonly data: "base64" | "hex";
}

const wholeRanges: Readonly<Partial<Record<Type["kind"], readonly [bigint, bigint]>>> = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** @throws {@link ColumnError} for a field that no text can say */
export function cellWriter(field: Field, options: CellOptions): CellWriter {
  const { kind } = field.type;
  switch (kind) {
    case "text":
      return textWriter(field);
    case "data":
      return dataWriter(field, options.data);
    case "bool":
      return boolWriter(field);
    case "float32":
    case "float64":
      return floatWriter(field, kind === "float32");
    case "enum":
      return enumWriter(field);
    case "void":
      return voidWriter(field);
    case "struct":
    case "list":
      return jsonWriter(field, options.json);
    default:
      return wholeWriter(field);
  }
}

function textWriter(field: Field): CellWriter {
  return (struct, bytes, start, end) => {
    try {
      field.setUtf8(struct, bytes, start, end);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

function wholeWriter(field: Field): CellWriter {
  const range = wholeRanges[field.type.kind];
  if (range === undefined) {
    const place = `${field.struct.name}.${field.name}`;
    throw new ColumnError(`${place} is ${field.typeName}, which no text can say`);
  }
  const [least, most] = range;
  return (struct, bytes, from, to) => {
    const start = skipBlanks(bytes, from, to);
    const end = skipBlanksBack(bytes, start, to);
    const value = parseWhole(bytes, start, end);
    if (value === undefined || value < least || value > most) {
      throw refuse(field, quoted(bytes, from, to), `a whole number from ${least} to ${most}`);
    }
    field.set(struct, value);
  };
}

function floatWriter(field: Field, isShort: boolean): CellWriter {
  return (struct, bytes, from, to) => {
    const start = skipBlanks(bytes, from, to);
    const end = skipBlanksBack(bytes, start, to);
    const value = parseFloating(bytes, start, end);
    if (value === undefined) throw refuse(field, quoted(bytes, from, to), "a number");
    const stored = isShort ? Math.fround(value) : value;
    // A number that is written in digits, and none of this type.
    const isLost = !Number.isFinite(stored) && /\d/.test(bytes.toString("latin1", start, end));
    if (isLost) throw refuse(field, quoted(bytes, from, to), "a number that is not so large");
    field.set(struct, value);
  };
}

function boolWriter(field: Field): CellWriter {
  return (struct, bytes, start, end) => {
    const text = bytes.toString("latin1", start, end).trim().toLowerCase();
    if (text === "true" || text === "1") field.set(struct, true);
    else if (text === "false" || text === "0") field.set(struct, false);
    else throw refuse(field, quoted(bytes, start, end), "true, false, 1 or 0");
  };
}

function enumWriter(field: Field): CellWriter {
  if (field.type.kind !== "enum") throw new TypeError("no enum");
  const { schema } = field.type;
  const names = schema.enumerants.map(({ name }) => name);
  const shown = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  return (struct, bytes, start, end) => {
    const text = bytes.toString("utf8", start, end).trim();
    const value = /^\d{1,5}$/.test(text) ? Number(text) : text;
    try {
      field.set(struct, schema.numberOf(value));
    } catch (error) {
      if (!(error instanceof CapnpRangeError)) throw error;
      throw refuse(field, quoted(bytes, start, end), `one of ${shown}`);
    }
  };
}

function voidWriter(field: Field): CellWriter {
  return (struct, bytes, start, end) => {
    if (bytes.toString("latin1", start, end).trim() !== "null") {
      throw refuse(field, quoted(bytes, start, end), "null, or an empty cell");
    }
    field.set(struct, undefined);
  };
}

// Loops over single characters take no stack, however long a text is.
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const hexadecimal = /^[0-9a-fA-F]*$/;

function isEncoded(text: string, encoding: "base64" | "hex"): boolean {
  if (encoding === "hex") return text.length % 2 === 0 && hexadecimal.test(text);
  // Padding may be left out; where it is, it is all there.
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const isWhole = padding > 0 ? text.length % 4 === 0 : text.length % 4 !== 1;
  return isWhole && base64.test(text);
}

function dataWriter(field: Field, encoding: "base64" | "hex"): CellWriter {
  const expected = encoding === "hex" ? "bytes in hexadecimal" : "bytes in base64";
  return (struct, bytes, start, end) => {
    const text = bytes.toString("latin1", start, end).trim();
    if (!isEncoded(text, encoding)) throw refuse(field, quoted(bytes, start, end), expected);
    field.set(struct, Buffer.from(text, encoding));
  };
}

/** Structs and lists stand as JSON in their cell. */
function jsonWriter(field: Field, json: JsonCodec): CellWriter {
  const opening = `{${JSON.stringify(field.name)}:`;
  return (struct, bytes, start, end) => {
    const text = bytes.toString("utf8", start, end);
    // Else what is put around it below could end before its own end.
    if (!isJson(text)) throw refuse(field, quoted(bytes, start, end), "JSON");
    try {
      json.decode(`${opening}${text}}`, struct);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const column = Math.max(0, error.column - 1 - opening.length);
      const what = `${field.struct.name}.${field.name} takes JSON: ${withoutPlace(error)}`;
      throw new CellError(what, Buffer.byteLength(text.slice(0, column)));
    }
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What an error of JSON says, without where: that is told otherwise. */
export function withoutPlace({ line, column, path, message }: ParseError): string {
  const place = `line ${line}, column ${column}`;
  const rest = message.startsWith(place) ? message.slice(place.length) : `: ${message}`;
  return path === "" ? rest.replace(/^: /, "") : rest.replace(/^, /, "");
}

function refuse(field: Field, got: string, expected: string): CellError {
  const place = `${field.struct.name}.${field.name}`;
  return new CellError(`${place}, ${field.typeName}, must be ${expected}, got ${got}`);
}

function refusalOf(error: unknown): unknown {
  const isOurs = error instanceof CapnpRangeError || error instanceof CapnpTypeError;
  return isOurs ? new CellError(error.message) : error;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

function skipBlanksBack(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1])) at--;
  return at;
}
