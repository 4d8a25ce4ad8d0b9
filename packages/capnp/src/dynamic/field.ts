// A field of a struct, with the functions that read and write it.

import { CapnpRangeError, CapnpTypeError } from "../errors.js";
import { wrongMember } from "../struct.js";
import type { Access } from "./access.js";
import type { Annotations } from "./annotations.js";
import type {
  DynamicBuilderValue,
  DynamicStructBuilder,
  DynamicStructReader,
  DynamicValue,
} from "./dynamic-struct.js";
import type { StructSchema } from "./struct-schema.js";
import { type Type, typeName } from "./type.js";

/** What a field is made of. */
export interface FieldParts {
  readonly struct: StructSchema;
  readonly name: string;
  readonly index: number;
  readonly codeOrder: number;
  readonly discriminant: number | undefined;
  readonly isGroup: boolean;
  readonly annotations: Annotations;
  readonly type: Type;
  readonly access: Access;
  readonly slot: Slot | undefined;
}

/** Where a field lies, in units of its own size: in the data section, or among the pointers. */
export interface Slot {
  readonly offset: number;
  /** Of an enum, the number that is its default. */
  readonly enumDefault: number;
}

/**
 * A field. Whoever reads or writes the same field of many structs keeps it: no name is looked up.
 *
 * ```ts
 * const name = schemas.struct("Person").field("name");
 * name.set(person, "Ada");
 * console.log(name.get(person.asReader())); // prints Ada
 * ```
 */
export class Field {
  /** The struct, or the group, that has the field. */
  readonly struct: StructSchema;
  readonly name: string;
  /** Its place among the fields of the struct: their order is that of their numbers. */
  readonly index: number;
  /** Its place in the schema's file. */
  readonly codeOrder: number;
  /** What the discriminant is when the union holds this member; undefined outside of unions. */
  readonly discriminant: number | undefined;
  readonly isGroup: boolean;
  readonly annotations: Annotations;
  /** The type; that of a group is a struct at the same place. */
  readonly type: Type;
  /** @internal */ readonly access: Access;
  /** @internal Undefined for groups. */ readonly slot: Slot | undefined;

  /** @internal */
  constructor(parts: FieldParts) {
    this.struct = parts.struct;
    this.name = parts.name;
    this.index = parts.index;
    this.codeOrder = parts.codeOrder;
    this.discriminant = parts.discriminant;
    this.isGroup = parts.isGroup;
    this.annotations = parts.annotations;
    this.type = parts.type;
    this.access = parts.access;
    this.slot = parts.slot;
  }

  /** The type as the schema language writes it. */
  get typeName(): string {
    return this.isGroup ? "a group" : typeName(this.type);
  }

  /** See {@link DynamicStructReader.get}. */
  get(struct: DynamicStructReader): DynamicValue {
    this.#checkHeld(struct);
    return this.access.read(struct);
  }

  /** See {@link DynamicStructBuilder.get}. */
  build(struct: DynamicStructBuilder): DynamicBuilderValue {
    const reader = struct.asReader();
    this.#checkHeld(reader);
    const { build } = this.access;
    return (build === undefined ? this.access.read(reader) : build(struct)) as DynamicBuilderValue;
  }

  /** See {@link DynamicStructBuilder.set}. */
  set(struct: DynamicStructBuilder, value: unknown): void {
    try {
      this.access.write(struct, value);
    } catch (error) {
      throw this.#named(error);
    }
    this.hold(struct);
  }

  /**
   * Sets a Text to the UTF-8 from `start` to `end` of `bytes`: what comes from a file need not
   * become a string on its way into a message.
   * @throws CapnpRangeError where it is not UTF-8, CapnpTypeError for a field that is no Text
   */
  setUtf8(struct: DynamicStructBuilder, bytes: Uint8Array, start: number, end: number): void {
    const { writeUtf8 } = this.access;
    if (writeUtf8 === undefined) {
      throw new CapnpTypeError(`${this.struct.name}.${this.name} is ${this.typeName}, not Text`);
    }
    try {
      writeUtf8(struct, bytes, start, end);
    } catch (error) {
      throw this.#named(error);
    }
    this.hold(struct);
  }

  /**
   * Drops the last elements of a list whose length was an upper bound when it was made; they must
   * not have been set.
   * @throws CapnpRangeError where it is shorter already, CapnpTypeError for what is no list
   */
  shortenList(struct: DynamicStructBuilder, length: number): void {
    const { shorten } = this.access;
    if (shorten === undefined) {
      throw new CapnpTypeError(`${this.struct.name}.${this.name} is ${this.typeName}, no list`);
    }
    shorten(struct, length);
  }

  /** Makes a new struct, list or bytes; clears a group. Undefined for fields of other types. */
  init(struct: DynamicStructBuilder, length: number): unknown {
    const made = this.access.init?.(struct, length);
    this.hold(struct);
    return made;
  }

  /** See {@link DynamicStructReader.has}. */
  has(struct: DynamicStructReader): boolean {
    return this.isHeld(struct) && this.access.has(struct);
  }

  /** See {@link DynamicStructBuilder.clear}. */
  clear(struct: DynamicStructBuilder): void {
    if (this.isHeldIn(struct)) this.access.clear(struct);
  }

  /** Makes the field what it is in a new struct; the union holds this member. */
  clearAndHold(struct: DynamicStructBuilder): void {
    this.access.clear(struct);
    this.hold(struct);
  }

  /** Whether the union holds this member; true outside of unions. */
  isHeld(struct: DynamicStructReader): boolean {
    return this.discriminant === undefined || this.struct.which(struct) === this.discriminant;
  }

  /** Like {@link isHeld}, of a struct that is built. */
  isHeldIn(struct: DynamicStructBuilder): boolean {
    if (this.discriminant === undefined) return true;
    const which = struct.$view.getUint16(struct.$at + this.struct.discriminantAt, true);
    return which === this.discriminant;
  }

  /** Lets the union hold this member. */
  hold(struct: DynamicStructBuilder): void {
    if (this.discriminant === undefined) return;
    struct.$view.setUint16(struct.$at + this.struct.discriminantAt, this.discriminant, true);
  }

  #checkHeld(struct: DynamicStructReader): void {
    if (this.isHeld(struct)) return;
    throw wrongMember(this.struct.name, this.name, this.struct.which(struct));
  }

  /** An error that says of which field it is. */
  #named(error: unknown): unknown {
    const path = `${this.struct.name}.${this.name}`;
    if (error instanceof CapnpTypeError) return new CapnpTypeError(`${path}: ${error.message}`);
    if (error instanceof CapnpRangeError) return new CapnpRangeError(`${path}: ${error.message}`);
    return error;
  }
}
