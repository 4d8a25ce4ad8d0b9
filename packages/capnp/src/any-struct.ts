// AnyStruct: a struct whose type the program knows, not the schema.

import { AnyPointer, type AnyPointerBuilder, type AnyPointerReader } from "./any-pointer.js";
import { PointerListBuilder, PointerListReader } from "./lists/pointer-lists.js";
import { type ListPlace, listPlace, type StructBuilderPlace, type StructPlace } from "./places.js";
import { emptyList } from "./read-list.js";
import { StructBuilder, StructReader, StructType } from "./struct.js";
import { elementSize, wordByteLength } from "./wire.js";

/** A struct of unknown type that is read: its two sections. */
export class AnyStructReader extends StructReader {
  constructor(place: StructPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  /** The data section, where it is. */
  get data(): Uint8Array {
    return this.$segment.part(this.$at, this.$dataByteLength);
  }

  /** Its pointers, as a list. */
  get pointers(): PointerListReader<AnyPointerReader> {
    return new PointerListReader(pointerSection(this, this.$dataByteLength), AnyPointer);
  }

  /** The same struct as one of a type. */
  as<R extends StructReader>(type: StructType<R, StructBuilder>): R {
    return new type.Reader(this);
  }
}

/** A struct of unknown type that is built. */
export class AnyStructBuilder extends StructBuilder {
  constructor(place: StructBuilderPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$segment.view;
    this.$at = place.$at;
    this.$pointersAt = place.$pointersAt;
    this.$pointerCount = place.$pointerCount;
  }

  /** The same struct, to be read. */
  asReader(): AnyStructReader {
    return new AnyStructReader(this.$reading());
  }

  /** The data section, where it is. */
  get data(): Uint8Array {
    return this.$segment.bytes.subarray(this.$at, this.$pointersAt);
  }

  /** Its pointers, as a list. */
  get pointers(): PointerListBuilder<AnyPointerBuilder> {
    const place = pointerSection(this.$reading(), this.$pointersAt - this.$at);
    return new PointerListBuilder(place, AnyPointer);
  }
}

/** The type of any struct: it has no sections by itself. */
export const AnyStruct: StructType<AnyStructReader, AnyStructBuilder> = new StructType({
  id: 0n,
  name: "AnyStruct",
  dataByteLength: 0,
  pointerCount: 0,
  Reader: AnyStructReader,
  Builder: AnyStructBuilder,
});

function pointerSection(place: StructPlace, dataByteLength: number): ListPlace {
  emptyList();
  listPlace.$segment = place.$segment;
  listPlace.$view = place.$view;
  listPlace.$at = place.$at + dataByteLength;
  listPlace.$size = elementSize.pointer;
  listPlace.$length = place.$pointerCount;
  listPlace.$step = wordByteLength;
  listPlace.$pointerCount = 1;
  listPlace.$nesting = place.$nesting;
  return listPlace;
}
