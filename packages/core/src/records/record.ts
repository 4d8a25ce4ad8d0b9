// Describes records, and finds them in memory.

import { inspect } from "node:util";
import { type Bytes, checkBytes, checkFlag, checkOptions, shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { Mapping } from "../mapping/mapping.js";
import { makeRecordClass } from "./accessors.js";
import {
  FieldType,
  type InputOf,
  type LayoutRow,
  Located,
  type LocatedClass,
  memoryOf,
  placeOf,
  type ValueOf,
} from "./field.js";
import { hasHeader, headerByteLength, mostRecords, readHeader, writeHeader } from "./header.js";
import { checkRecordName, RecordLayout } from "./layout.js";
import {
  byteLengthOf,
  checkMemory,
  type Memory,
  misalignment,
  placeIn,
  type RecordMemory,
} from "./memory.js";
import { type CursorClass, makeCursorClass, RecordArray } from "./record-array.js";

/** What a record is described by: a type for each name. */
// biome-ignore lint/suspicious/noExplicitAny: any values at all.
export type Fields = Readonly<Record<string, FieldType<any, any>>>;

/** A record in memory: a property for each field. */
export type RecordObject<F extends Fields> = {
  -readonly [K in keyof F as InputOf<F[K]> extends ValueOf<F[K]> ? K : never]: ValueOf<F[K]>;
} & {
  readonly [K in keyof F as InputOf<F[K]> extends ValueOf<F[K]> ? never : K]: ValueOf<F[K]>;
};

/** Values for a record: a plain object, lists for arrays; or a record of the same type. */
export type RecordInput<F extends Fields> =
  | { readonly [K in keyof F]: InputOf<F[K]> }
  | RecordObject<F>;

/** The object of a type of record: `RecordOf<typeof Point>`. */
export type RecordOf<T> = ValueOf<T>;

/** Options of {@link record}. */
export interface RecordOptions {
  /** An identifier; shown in errors and tables, and part of the layout. Default `"record"`. */
  readonly name?: string;
  /** The version of the description, from 0 on, that a header keeps. Default 1. */
  readonly version?: number;
  /** Leaves out all padding, as C's `__attribute__((packed))`. Default false. */
  readonly packed?: boolean;
  /**
   * Aligns the whole to at least so many bytes, as C's `alignas`: a power of two. 64 keeps counters
   * of different threads out of one another's cache line. Default: as its fields need.
   */
  readonly alignment?: number;
}

/** Where a file of records begins. */
export interface RecordFileOptions {
  /** Where its header is. Default 0. */
  readonly byteOffset?: Bytes;
}

/**
 * Describes a record: gives a type with which such records are found in memory, and which can be a
 * field of other records.
 *
 * @param fields a type for each name, in the order in which they lie.
 * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError} for a bad description.
 *
 * @example
 * ```ts
 * const GlobalId = record({ magic: bytes(4), updatedAt: float64, value: int64 });
 * using mapping = Mapping.anonymous(4096);
 * const id = GlobalId.at(mapping, 0);
 * id.updatedAt = Date.now();
 * id.value += 1n;
 * console.log(GlobalId.layout);
 * ```
 */
export function record<const F extends Fields>(fields: F, options?: RecordOptions): RecordType<F> {
  return new RecordType(fields, options);
}

/** A type of record; see {@link record}. */
export class RecordType<F extends Fields> extends FieldType<RecordObject<F>, RecordInput<F>> {
  /** Offsets, sizes, padding; as a string, or shown by `console.log`, a table. */
  readonly layout: RecordLayout;
  readonly version: number;
  override readonly requiredAlignment: number;
  /** @internal */
  override readonly located: LocatedClass<RecordObject<F>>;
  /** @internal */
  readonly cursorClass: CursorClass<RecordObject<F>>;

  /** @internal Use {@link record}. */
  constructor(fields: F, options?: RecordOptions) {
    const asked = checkOptions("options", options, ["name", "version", "packed", "alignment"]);
    if (typeof fields !== "object" || fields === null) {
      throw new ArgumentTypeError(`fields must be an object of types, got ${shown(fields)}`);
    }
    const layout = new RecordLayout(fields, {
      name: checkRecordName(asked.name),
      packed: checkFlag("options.packed", asked.packed, false),
      alignment: checkAlignment(asked.alignment),
    });
    super(layout);
    this.layout = layout;
    const { version = 1 } = asked;
    this.version = checkVersion(version);
    const required = layout.fields.map(({ type }) => type.requiredAlignment);
    this.requiredAlignment = Math.max(1, ...required);
    this.located = makeRecordClass(layout, this.#baseClass());
    this.cursorClass = makeCursorClass(layout.byteLength);
  }

  #baseClass(): LocatedClass<object> {
    const type = this;
    return class extends Located {
      [inspect.custom](): unknown {
        return type.toPlain(this as unknown as RecordObject<F>);
      }
    };
  }

  /**
   * The record at `byteOffset` of a mapping (or of any bytes), which must be a multiple of the
   * record's alignment. Nothing is read or written.
   *
   * @throws {@link ArgumentRangeError} when it does not lie inside, or is not aligned;
   * {@link ClosedError}.
   */
  at(memory: RecordMemory, byteOffset: Bytes = 0): RecordObject<F> {
    const source = checkMemory(memory);
    const place = placeIn(source, this.#checkPlace(source, byteOffset, this.byteLength));
    return new this.located(place.memory, place.at);
  }

  /**
   * The records from `byteOffset` on, one after the other: `length` of them, or as many as there is
   * room for.
   *
   * @throws {@link ArgumentRangeError} when they do not lie inside; {@link ClosedError}.
   */
  array(
    memory: RecordMemory,
    options?: { readonly byteOffset?: Bytes; readonly length?: number },
  ): RecordArray<RecordObject<F>> {
    const source = checkMemory(memory);
    const asked = checkOptions("options", options, ["byteOffset", "length"]);
    const { byteOffset: askedOffset = 0 } = asked;
    const byteOffset = this.#checkPlace(source, askedOffset, 0);
    const most = Math.floor((byteLengthOf(source) - byteOffset) / this.byteLength);
    const length = asked.length === undefined ? most : checkCount(asked.length, most);
    return new RecordArray(this, { source, byteOffset, length });
  }

  /**
   * Writes a header for `length` records (default 1) of this layout, and gives them. The records'
   * memory stays as it is.
   *
   * @throws {@link ArgumentRangeError} when there is no room, or a header is there already and
   * `overwrite` is not set; {@link ClosedError}.
   */
  create(
    memory: RecordMemory,
    options?: RecordFileOptions & { readonly length?: number; readonly overwrite?: boolean },
  ): RecordArray<RecordObject<F>> {
    const source = checkWritable(memory);
    const asked = checkOptions("options", options, ["byteOffset", "length", "overwrite"]);
    const overwrite = checkFlag("options.overwrite", asked.overwrite, false);
    const { byteOffset: askedOffset = 0, length: askedLength = 1 } = asked;
    const size = headerByteLength(this.layout);
    const byteOffset = this.#checkPlace(source, askedOffset, size);
    const start = byteOffset + size;
    const room = byteLengthOf(source) - byteOffset;
    const length = checkCount(askedLength, mostRecords(this.layout, room));
    if (!overwrite && hasHeader(source, byteOffset)) {
      throw new ArgumentRangeError(
        `the memory at byte ${byteOffset} has a header of records already: ` +
          "use open(), or overwrite: true",
      );
    }
    writeHeader(this.layout, { source, byteOffset }, { version: this.version, count: length });
    return new RecordArray(this, { source, byteOffset: start, length });
  }

  /**
   * The records behind a header that {@link RecordType.create} wrote.
   *
   * @throws {@link RecordLayoutError} when there is none, or of another layout or version: it shows
   * both; {@link ClosedError}.
   */
  open(memory: RecordMemory, options?: RecordFileOptions): RecordArray<RecordObject<F>> {
    const source = checkMemory(memory);
    const asked = checkOptions("options", options, ["byteOffset"]);
    const { byteOffset: askedOffset = 0 } = asked;
    const byteOffset = this.#checkPlace(source, askedOffset, 0);
    const { count } = readHeader(this.layout, { source, byteOffset }, this.version);
    const start = byteOffset + headerByteLength(this.layout);
    return new RecordArray(this, { source, byteOffset: start, length: count });
  }

  /** Writes some fields of a record, or all. What comes before one that is refused is written. */
  assign(target: RecordObject<F>, values: Partial<RecordInput<F>>): void {
    const place = this.#placeOf(target);
    if (typeof values !== "object" || values === null) this.refuse(values);
    for (const name of Object.keys(values)) {
      if (this.layout.fields.some((field) => field.name === name)) continue;
      throw new ArgumentTypeError(`${this.name} has no field ${JSON.stringify(name)}`);
    }
    for (const { name, type, byteOffset } of this.layout.fields) {
      if (!(name in values)) continue;
      const value = (values as Record<string, unknown>)[name];
      try {
        type.write(place[memoryOf], place[placeOf] + byteOffset, value);
      } catch (cause) {
        throw place[memoryOf].failure(cause);
      }
    }
  }

  /** A record's values, without its memory: a plain object, with lists for arrays. */
  override toPlain(source: RecordObject<F>): { [K in keyof F]: unknown } {
    const values = this.layout.fields.map(({ name, type }) => {
      return [name, type.toPlain((source as Record<string, unknown>)[name])];
    });
    return Object.fromEntries(values);
  }

  /** Where a field lies, in bytes from the record's first. */
  offsetOf(name: keyof F & string): number {
    const found = this.layout.fields.find((field) => field.name === name);
    if (found !== undefined) return found.byteOffset;
    throw new ArgumentRangeError(`${this.name} has no field ${shown(name)}`);
  }

  /** The record at `at`, as an object over the memory itself. */
  override read(memory: Memory, at: number): RecordObject<F> {
    return new this.located(memory, at);
  }

  override write(memory: Memory, at: number, value: RecordInput<F>): void {
    if (typeof value !== "object" || value === null) this.refuse(value);
    if (value instanceof this.located) {
      memory.getUint8(at);
      const start = value[placeOf];
      const source = value[memoryOf].bytes.subarray(start, start + this.byteLength);
      memory.bytes.set(source, at);
      return;
    }
    for (const { name, type, byteOffset } of this.layout.fields) {
      if (name in value) {
        type.write(memory, at + byteOffset, (value as Record<string, unknown>)[name]);
        continue;
      }
      throw new ArgumentTypeError(`a value for ${this.name} must have a field ${name}`);
    }
  }

  override rows(name: string, byteOffset: number): readonly LayoutRow[] {
    return this.layout.rows.map((row) => ({
      ...row,
      name: row.name === "" ? "" : `${name}.${row.name}`,
      byteOffset: byteOffset + row.byteOffset,
    }));
  }

  #placeOf(target: unknown): Located {
    if (target instanceof this.located) return target;
    throw new ArgumentTypeError(`target must be a record of ${this.name}, got ${shown(target)}`);
  }

  #checkPlace(source: RecordMemory, value: Bytes, room: number): number {
    const { alignment } = this.layout;
    const byteLength = byteLengthOf(source);
    if (this.requiredAlignment > 1) this.#checkMisalignment(source);
    const fits =
      typeof value === "number" &&
      value >= 0 &&
      value <= byteLength - room &&
      value % alignment === 0;
    if (fits) return value;
    const byteOffset = checkBytes("byteOffset", value, {
      most: Math.max(0, byteLength - room),
      multipleOf: alignment,
      hint: `${this.name} needs ${room} bytes of ${byteLength}, aligned to ${alignment}`,
    });
    if (byteLength < room) {
      throw new ArgumentRangeError(`${this.name} needs ${room} bytes, there are ${byteLength}`);
    }
    return byteOffset;
  }

  #checkMisalignment(source: RecordMemory): void {
    if (misalignment(source, this.requiredAlignment) === 0) return;
    throw new ArgumentRangeError(
      `the memory must begin at a multiple of ${this.requiredAlignment} bytes ` +
        "for atomic operations: map the file from such an offset",
    );
  }
}

function checkCount(value: unknown, most: number): number {
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`options.length must be a number, got ${shown(value)}`);
  }
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new ArgumentRangeError(
    `options.length must be a whole number from 0 to ${most}, ` +
      `for which there is room, got ${shown(value)}`,
  );
}

function checkWritable(memory: unknown): RecordMemory {
  const source = checkMemory(memory);
  if (!(source instanceof Mapping) || source.access !== "read") return source;
  throw new ArgumentRangeError('the mapping must be writable, it was opened with access "read"');
}

function checkAlignment(value: number = 1): number {
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`options.alignment must be a number, got ${shown(value)}`);
  }
  if (value >= 1 && value <= 4096 && Number.isInteger(Math.log2(value))) return value;
  throw new ArgumentRangeError(
    `options.alignment must be a power of two from 1 to 4096, got ${shown(value)}`,
  );
}

function checkVersion(value: unknown): number {
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`options.version must be a number, got ${shown(value)}`);
  }
  if (value >>> 0 === value) return value;
  throw new ArgumentRangeError(
    `options.version must be a whole number from 0 to 2 ** 32 - 1, got ${shown(value)}`,
  );
}
