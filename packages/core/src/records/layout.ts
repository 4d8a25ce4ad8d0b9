// Where the fields of a record lie: C's rules, or packed. A layout is known by its table.

import { inspect } from "node:util";
import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { checkFieldType, type FieldType, type LayoutRow } from "./field.js";
import { windowStride } from "./memory.js";

/** One field in its place. */
export interface PlacedField {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: which values it has is the record's to say.
  readonly type: FieldType<any>;
  /** From the record's first byte. */
  readonly byteOffset: number;
}

/** How to place fields, checked. */
export interface LayoutOptions {
  readonly name: string;
  readonly packed: boolean;
  /** The least alignment of the whole. */
  readonly alignment: number;
}

/** Offsets, sizes and padding of a record. As a string, or shown by `console.log`: a table. */
export class RecordLayout {
  readonly name: string;
  readonly byteLength: number;
  readonly alignment: number;
  readonly packed: boolean;
  readonly fields: readonly PlacedField[];
  /** With parts of fields, and padding. */
  readonly rows: readonly LayoutRow[];
  readonly #text: string;
  #hash: bigint | undefined;

  constructor(fields: Readonly<Record<string, unknown>>, options: LayoutOptions) {
    const placed: PlacedField[] = [];
    let end = 0;
    let alignment = options.alignment;
    for (const [name, value] of Object.entries(fields)) {
      checkFieldName(name);
      const type = checkFieldType(`fields.${name}`, value);
      const unit = options.packed ? type.requiredAlignment : type.alignment;
      const byteOffset = options.packed ? end : Math.ceil(end / unit) * unit;
      if (byteOffset % type.requiredAlignment !== 0) {
        throw new ArgumentRangeError(
          `fields.${name} is ${type.name}, whose place must be a multiple of ` +
            `${type.requiredAlignment}, but packed it lies at byte ${byteOffset}: ` +
            "put it first, or leave packed out",
        );
      }
      placed.push({ name, type, byteOffset });
      end = byteOffset + type.byteLength;
      alignment = Math.max(alignment, unit);
    }
    if (placed.length === 0) throw new ArgumentRangeError("fields must have at least one field");
    const byteLength = Math.ceil(end / alignment) * alignment;
    if (byteLength > windowStride) {
      throw new ArgumentRangeError(
        `a record can have at most ${windowStride} bytes, these fields need ${byteLength}`,
      );
    }
    this.name = options.name;
    this.byteLength = byteLength;
    this.alignment = alignment;
    this.packed = options.packed;
    this.fields = placed;
    this.rows = rowsOf(placed, byteLength);
    this.#text = tableOf(this);
  }

  /** FNV-1a, 64 bits, of the table in UTF-8. */
  get hash(): bigint {
    this.#hash ??= hashOf(Buffer.from(this.#text));
    return this.#hash;
  }

  /** The layout as a table: of each field its offset, bytes, name and type. */
  toString(): string {
    return this.#text;
  }
}

Object.defineProperty(RecordLayout.prototype, inspect.custom, {
  value(this: RecordLayout): string {
    return this.toString();
  },
});

export function hashOf(bytes: Uint8Array): bigint {
  // http://www.isthe.com/chongo/tech/comp/fnv/
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Names that an object's prototype has a use for itself. */
const takenNames = new Set(["constructor", "__proto__"]);

function checkFieldName(name: string): void {
  if (identifier.test(name) && !takenNames.has(name)) return;
  throw new ArgumentRangeError(
    `a field's name must be an identifier, and not constructor or __proto__, got ${shown(name)}`,
  );
}

/** Checks the name of a record; it is shown, and names the class of its objects. */
export function checkRecordName(name: unknown): string {
  if (name === undefined) return "record";
  if (typeof name !== "string") {
    throw new ArgumentTypeError(`options.name must be a string, got ${shown(name)}`);
  }
  if (identifier.test(name) && name.length <= 100) return name;
  throw new ArgumentRangeError(`options.name must be an identifier, got ${shown(name)}`);
}

function rowsOf(fields: readonly PlacedField[], byteLength: number): LayoutRow[] {
  const rows: LayoutRow[] = [];
  let end = 0;
  const pad = (next: number): void => {
    if (next === end) return;
    rows.push({ name: "", type: "padding", byteOffset: end, byteLength: next - end });
  };
  for (const { name, type, byteOffset } of fields) {
    pad(byteOffset);
    rows.push({ name, type: type.name, byteOffset, byteLength: type.byteLength });
    rows.push(...type.rows(name, byteOffset));
    end = byteOffset + type.byteLength;
  }
  pad(byteLength);
  return rows;
}

function tableOf(layout: RecordLayout): string {
  const cells = [
    ["offset", "bytes", "field", "type"],
    ...layout.rows.map(({ byteOffset, byteLength, name, type }) => {
      return [String(byteOffset), String(byteLength), name, name === "" ? `(${type})` : type];
    }),
  ];
  const width = (column: number): number => {
    return Math.max(...cells.map((row) => row[column]?.length ?? 0));
  };
  const widths = [width(0), width(1), width(2)];
  const lines = cells.map(([offset = "", bytes = "", name = "", type = ""]) => {
    const [first = 0, second = 0, third = 0] = widths;
    return `${offset.padStart(first)}  ${bytes.padStart(second)}  ${name.padEnd(third)}  ${type}`;
  });
  const packed = layout.packed ? ", packed" : "";
  const head = `${layout.name}: ${layout.byteLength} bytes, alignment ${layout.alignment}${packed}`;
  return [head, ...lines].join("\n");
}
