// Structs that are read and built by the names of their fields, without generated code.

import type { AnyPointerBuilder, AnyPointerReader } from "../any-pointer.js";
import { CapnpTypeError } from "../errors.js";
import type { List } from "../lists/list.js";
import { StructListBuilder, StructListReader } from "../lists/struct-lists.js";
import type { StructBuilderPlace, StructPlace } from "../places.js";
import { StructBuilder, StructReader } from "../struct.js";
import { assignFields } from "./assign.js";
import { structToObject } from "./plain-object.js";
import type { StructSchema } from "./struct-schema.js";
import type { DynamicListBuilder } from "./type.js";

/**
 * What a field holds. Void is `undefined`, 64-bit integers are bigints, enums are names (numbers
 * where this version of the schema has no name), Data is a view of the message, a capability its
 * index or undefined.
 */
export type DynamicValue =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | DynamicStructReader
  | List<unknown>
  | AnyPointerReader;

/** What a builder's field holds: what a pointer leads to can be built on. */
export type DynamicBuilderValue =
  | Exclude<DynamicValue, DynamicStructReader | AnyPointerReader>
  | DynamicStructBuilder
  | DynamicListBuilder
  | AnyPointerBuilder;

/**
 * A struct that is read.
 *
 * ```ts
 * const person = MessageReader.fromFlat(bytes).getRoot(schemas.struct("Person"));
 * console.log(person.get("name"), person.getNumber("id")); // prints Ada 1815
 * ```
 */
export class DynamicStructReader extends StructReader {
  readonly schema: StructSchema;

  constructor(schema: StructSchema, place: StructPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
    this.schema = schema;
  }

  /**
   * The value of a field; its default where the message holds none.
   * @throws CapnpRangeError when there is no such field
   * @throws CapnpError `ERR_TIDEMARK_CAPNP_UNION_MEMBER` for a member that the union does not hold
   * @throws MalformedMessageError
   */
  get(name: string): DynamicValue {
    return this.schema.field(name).get(this);
  }

  /** A number, or a 64-bit integer where it is safe as a number. */
  getNumber(name: string): number {
    const value = this.get(name);
    if (typeof value === "number") return value;
    if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
    throw this.#wrong(name, "a number");
  }

  /**
   * The text of a field, or the name that an enum holds. @throws CapnpTypeError for another type.
   */
  getText(name: string): string {
    const value = this.get(name);
    if (typeof value === "string") return value;
    throw this.#wrong(name, "a text or an enum's name");
  }

  /** The struct or group of a field. @throws CapnpTypeError for another type. */
  getStruct(name: string): DynamicStructReader {
    const value = this.get(name);
    if (value instanceof DynamicStructReader) return value;
    throw this.#wrong(name, "a struct or group");
  }

  /** A list, whose elements the caller knows. */
  getList<T = unknown>(name: string): List<T> {
    const value = this.get(name);
    if (typeof value === "object" && "toArray" in value) return value as List<T>;
    throw this.#wrong(name, "a list");
  }

  /** A list of structs, whose cursor walks without garbage. */
  getStructList(name: string): StructListReader<DynamicStructReader> {
    const value = this.get(name);
    if (value instanceof StructListReader) return value;
    throw this.#wrong(name, "a list of structs");
  }

  /**
   * Whether a pointer field is set. True for what is no pointer; false for a member that the union
   * does not hold.
   */
  has(name: string): boolean {
    return this.schema.field(name).has(this);
  }

  /**
   * The member that the struct's own union holds. Undefined where there is no union, or where the
   * message is of a newer schema, which has more members.
   */
  which(): string | undefined {
    return this.schema.memberOf(this)?.name;
  }

  /** All that is set, as plain objects and arrays; what is read is counted as ever. */
  toObject(): Record<string, unknown> {
    return structToObject(this);
  }

  #wrong(name: string, expected: string): CapnpTypeError {
    const type = this.schema.field(name).typeName;
    return new CapnpTypeError(
      `${this.schema.name}.${name} is of type ${type}, which does not read as ${expected}`,
    );
  }
}

/**
 * A struct that is built.
 *
 * ```ts
 * const person = message.initRoot(schemas.struct("Person"));
 * person.set("name", "Ada");
 * person.assign({ id: 1815n, phones: [{ number: "555-1212", kind: "work" }] });
 * ```
 */
export class DynamicStructBuilder extends StructBuilder {
  readonly schema: StructSchema;

  constructor(schema: StructSchema, place: StructBuilderPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$segment.view;
    this.$at = place.$at;
    this.$pointersAt = place.$pointersAt;
    this.$pointerCount = place.$pointerCount;
    this.schema = schema;
  }

  /** The same struct, to be read. */
  asReader(): DynamicStructReader {
    return new DynamicStructReader(this.schema, this.$reading());
  }

  /**
   * The value of a field. Structs, lists and groups are builders: what was not there is made.
   * @throws as {@link DynamicStructReader.get}
   */
  get(name: string): DynamicBuilderValue {
    return this.schema.field(name).build(this);
  }

  /** The struct or group of a field, to be built on. @throws CapnpTypeError for another type. */
  getStruct(name: string): DynamicStructBuilder {
    const value = this.get(name);
    if (value instanceof DynamicStructBuilder) return value;
    throw this.#wrong(name, "a struct or group");
  }

  /** The list of a field, to be built on. @throws CapnpTypeError for another type. */
  getList(name: string): DynamicListBuilder {
    const value = this.get(name);
    if (typeof value === "object" && "toArray" in value) return value as DynamicListBuilder;
    throw this.#wrong(name, "a list");
  }

  /**
   * Sets a field. A member of a union becomes the one that it holds. Structs are taken as readers,
   * builders or plain objects, lists as lists or arrays, 64-bit integers also as safe numbers,
   * enums by name or number; undefined makes a pointer null.
   * @throws CapnpTypeError, CapnpRangeError which say what the field takes
   */
  set(name: string, value: unknown): void {
    this.schema.field(name).set(this, value);
  }

  /** Sets what an object has fields for, in the order of its keys. */
  assign(values: Readonly<Record<string, unknown>>): this {
    assignFields(this, values);
    return this;
  }

  /** Makes a field a new struct, or clears a group, and gives it. */
  initStruct(name: string): DynamicStructBuilder {
    const value = this.schema.field(name).init(this, 0);
    if (value instanceof DynamicStructBuilder) return value;
    throw this.#wrong(name, "a struct or group");
  }

  /** Makes a field a new list of so many elements. */
  initList(name: string, length: number): DynamicListBuilder {
    const field = this.schema.field(name);
    if (field.type.kind !== "list") throw this.#wrong(name, "a list");
    return field.init(this, length) as DynamicListBuilder;
  }

  /** A list of structs, to be built on. */
  getStructList(name: string): StructListBuilder<DynamicStructBuilder> {
    const value: unknown = this.get(name);
    if (value instanceof StructListBuilder) return value;
    throw this.#wrong(name, "a list of structs");
  }

  /** Makes a field a new list of so many structs. */
  initStructList(name: string, length: number): StructListBuilder<DynamicStructBuilder> {
    const { type } = this.schema.field(name);
    if (type.kind !== "list" || type.element.kind !== "struct") {
      throw this.#wrong(name, "a list of structs");
    }
    const list: unknown = this.initList(name, length);
    return list as StructListBuilder<DynamicStructBuilder>;
  }

  /** Makes a Data field so many bytes of zero, and gives them, to be filled. */
  initData(name: string, byteLength: number): Uint8Array {
    const field = this.schema.field(name);
    if (field.type.kind !== "data") throw this.#wrong(name, "Data");
    return field.init(this, byteLength) as Uint8Array;
  }

  /** See {@link DynamicStructReader.has}. */
  has(name: string): boolean {
    return this.schema.field(name).has(this.asReader());
  }

  /** See {@link DynamicStructReader.which}. */
  which(): string | undefined {
    return this.schema.memberOf(this.asReader())?.name;
  }

  /** Makes a field what it is in a new struct. The union holds what it held. */
  clear(name: string): void {
    this.schema.field(name).clear(this);
  }

  #wrong(name: string, expected: string): CapnpTypeError {
    const type = this.schema.field(name).typeName;
    return new CapnpTypeError(
      `${this.schema.name}.${name} is of type ${type}, which cannot be built as ${expected}`,
    );
  }
}
