// Lists of enums whose elements are names.

import { Uint16List, type Uint16ListBuilder } from "../lists/integer-lists.js";
import { List } from "../lists/list.js";
import { ListType } from "../lists/list-type.js";
import type { ListPlace } from "../places.js";
import { elementSize } from "../wire.js";
import type { EnumSchema } from "./enum-schema.js";

/** A list of enums that is read: its elements are names, or numbers where the enum has none. */
export class EnumNameListReader extends List<string | number> {
  /** @internal */ readonly $numbers: Uint16ListBuilder;
  readonly #schema: EnumSchema;

  constructor(schema: EnumSchema, place: ListPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$size = place.$size;
    this.$length = place.$length;
    this.$step = place.$step;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
    this.$numbers = new Uint16List.Builder(this);
    this.#schema = schema;
  }

  override get(index: number): string | number {
    return this.#schema.nameOf(this.$numbers.get(index));
  }

  protected numberOf(value: unknown): number {
    return this.#schema.numberOf(value);
  }
}

/** A list of enums that is built, of names or numbers. */
export class EnumNameListBuilder extends EnumNameListReader {
  /** @throws CapnpRangeError past the end, or for a name that the enum does not have */
  set(index: number, value: string | number): void {
    this.$numbers.set(index, this.numberOf(value));
  }
}

type EnumListType = ListType<EnumNameListReader, EnumNameListBuilder>;

const made = new WeakMap<EnumSchema, EnumListType>();

/** The type of a list of an enum's values. */
export function enumListOf(schema: EnumSchema): EnumListType {
  let type = made.get(schema);
  if (type === undefined) {
    type = new ListType(
      elementSize.twoBytes,
      EnumNameListReader.bind(undefined, schema),
      EnumNameListBuilder.bind(undefined, schema),
    );
    made.set(schema, type);
  }
  return type;
}
