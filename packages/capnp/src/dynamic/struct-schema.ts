// A struct, as the schema says it, with its type parameters bound.

import { CapnpRangeError, CapnpTypeError } from "../errors.js";
import type { StructBuilder, StructReader } from "../struct.js";
import { StructType } from "../struct.js";
import type { Annotations } from "./annotations.js";
import { assignFields } from "./assign.js";
import { DynamicStructBuilder, DynamicStructReader } from "./dynamic-struct.js";
import type { Field } from "./field.js";
import { type RowReader, RowWriter, rowReader } from "./rows.js";

/** What a struct's schema is made of. */
export interface StructSchemaParts {
  readonly id: bigint;
  readonly name: string;
  readonly key: string;
  readonly annotations: Annotations;
  readonly isGroup: boolean;
  readonly dataByteLength: number;
  readonly pointerCount: number;
  /** Members of the union; 0 where there is none. */
  readonly memberCount: number;
  /** Byte offset of the discriminant. */
  readonly discriminantAt: number;
  /** Asked for once, when the fields are: schemas may lead to one another. */
  fields(struct: StructSchema): readonly Field[];
}

/** A struct type, to be given to `getRoot`, `initRoot` and to lists as generated ones are. */
export class StructSchema extends StructType<DynamicStructReader, DynamicStructBuilder> {
  readonly annotations: Annotations;
  readonly isGroup: boolean;
  readonly memberCount: number;
  /** @internal */ readonly discriminantAt: number;
  /** @internal Tells bound types apart. */ readonly key: string;
  readonly #makeFields: (struct: StructSchema) => readonly Field[];
  #fields: readonly Field[] | undefined;
  #byName: ReadonlyMap<string, Field> | undefined;
  #members: readonly (Field | undefined)[] | undefined;

  /** @internal */
  constructor(parts: StructSchemaParts) {
    // A struct of any schema is an object of the same two classes, which knows its schema.
    const classes = {
      Reader: DynamicStructReader as never,
      Builder: DynamicStructBuilder as never,
    };
    super({ ...parts, ...classes });
    Object.assign(this, {
      Reader: DynamicStructReader.bind(undefined, this),
      Builder: DynamicStructBuilder.bind(undefined, this),
    });
    this.annotations = parts.annotations;
    this.isGroup = parts.isGroup;
    this.memberCount = parts.memberCount;
    this.discriminantAt = parts.discriminantAt;
    this.key = parts.key;
    this.#makeFields = parts.fields;
  }

  /** In the order of their numbers; members of the union are among them. */
  get fields(): readonly Field[] {
    this.#fields ??= this.#makeFields(this);
    return this.#fields;
  }

  /** @throws CapnpRangeError when there is none of that name, with the names there are */
  field(name: string): Field {
    const found = this.findField(name);
    if (found !== undefined) return found;
    const names = this.fields.map((field) => field.name).join(", ");
    throw new CapnpRangeError(`${this.name} has no field "${name}": it has ${names || "none"}`);
  }

  /** Undefined when there is none of that name. */
  findField(name: string): Field | undefined {
    this.#byName ??= new Map(this.fields.map((field) => [field.name, field]));
    return this.#byName.get(name);
  }

  /** The members of the union by their discriminants. */
  get members(): readonly (Field | undefined)[] {
    if (this.#members === undefined) {
      const members: Field[] = [];
      for (const field of this.fields) {
        if (field.discriminant !== undefined) members[field.discriminant] = field;
      }
      this.#members = members;
    }
    return this.#members;
  }

  /** The discriminant of a struct: 0 where there is no union. */
  which(struct: StructReader): number {
    const { discriminantAt } = this;
    return this.memberCount > 0 && struct.$dataByteLength >= discriminantAt + 2
      ? struct.$view.getUint16(struct.$at + discriminantAt, true)
      : 0;
  }

  /** The member that a struct's union holds, where this schema knows it. */
  memberOf(struct: StructReader): Field | undefined {
    return this.memberCount > 0 ? this.members[this.which(struct)] : undefined;
  }

  /**
   * The fields that a struct holds, in their order: all outside of unions whose pointer is not
   * null, and the member that the union holds, unless it is the first one and null.
   */
  heldFields(struct: DynamicStructReader): Field[] {
    const member = this.memberOf(struct);
    return this.fields.filter((field) => {
      if (field.discriminant === undefined) return field.access.has(struct);
      return field === member && (field.discriminant !== 0 || field.access.has(struct));
    });
  }

  /** Makes all fields what they are in a new struct. */
  clearFields(struct: DynamicStructBuilder): void {
    for (const field of this.fields) {
      if (field.discriminant === undefined) field.access.clear(struct);
    }
    const member = this.memberOf(struct.asReader());
    const first = this.memberCount > 0 ? this.members[0] : undefined;
    // What is held first: its memory may be the pointer of the other.
    member?.access.clear(struct);
    first?.access.clear(struct);
    first?.hold(struct);
  }

  /** Sets the fields of a group to those of an object, or of the same group elsewhere. */
  copyInto(group: DynamicStructBuilder, value: unknown): void {
    if (value instanceof DynamicStructBuilder || value instanceof DynamicStructReader) {
      this.checkSame(value);
      const source = value instanceof DynamicStructBuilder ? value.asReader() : value;
      if (source.$segment === group.$segment && source.$at === group.$at) return;
      this.clearFields(group);
      for (const field of this.heldFields(source)) field.set(group, field.get(source));
    } else assignFields(group, value);
  }

  /** Refuses a struct of another type. */
  checkSame(value: StructReader | StructBuilder): void {
    const isDynamic = value instanceof DynamicStructReader || value instanceof DynamicStructBuilder;
    if (!isDynamic || value.schema.id === this.id) return;
    throw new CapnpTypeError(`a ${this.name} is expected, got a ${value.schema.name}`);
  }

  /**
   * Prepares the writing of many structs, as of rows: each of `columns` is a field, or one of a
   * group or struct in it, as in `address.city`.
   */
  rowWriter(columns: readonly string[]): RowWriter {
    return new RowWriter(this, columns);
  }

  /** Prepares the reading of the same fields of many structs. */
  rowReader(columns: readonly string[]): RowReader {
    return rowReader(this, columns);
  }
}
