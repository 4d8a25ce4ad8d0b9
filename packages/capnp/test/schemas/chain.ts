// What the generator makes of chain.capnp, as far as the tests need it.

import {
  DataList,
  type DataListBuilder,
  type DataListReader,
  isNull,
  type Orphan,
  readData,
  readText,
  StructBuilder,
  type StructBuilderPlace,
  type StructPlace,
  StructReader,
  StructType,
  uint32,
  writeData,
  writeText,
} from "@tidemark/capnp/generated";

export class ChainReader extends StructReader {
  constructor(place: StructPlace) {
    super();
    this.$move(place);
  }

  get first(): LinkReader {
    return Link.read(this.$segment, this.$pointer(0), this.$nesting);
  }

  hasFirst(): boolean {
    return !isNull(this.$segment, this.$pointer(0));
  }

  get blobs(): DataListReader {
    return DataList.read(this.$segment, this.$pointer(1), this.$nesting);
  }
}

export class ChainBuilder extends StructBuilder {
  constructor(place: StructBuilderPlace) {
    super();
    this.$move(place);
  }

  get first(): LinkBuilder {
    return Link.build(this.$segment, this.$pointersAt);
  }

  hasFirst(): boolean {
    return !isNull(this.$segment, this.$pointersAt);
  }

  adoptFirst(orphan: Orphan<LinkBuilder>): void {
    orphan.adopt(this.$segment, this.$pointersAt);
  }

  initBlobs(length: number): DataListBuilder {
    return DataList.init(this.$segment, this.$pointersAt + 8, length);
  }

  get blobs(): DataListBuilder {
    return DataList.build(this.$segment, this.$pointersAt + 8);
  }
}

export const Chain: StructType<ChainReader, ChainBuilder> = new StructType({
  id: 0xb0a5a31c5f2f2c11n,
  name: "Chain",
  dataByteLength: 0,
  pointerCount: 2,
  Reader: ChainReader,
  Builder: ChainBuilder,
});

export class LinkReader extends StructReader {
  constructor(place: StructPlace) {
    super();
    this.$move(place);
  }

  get index(): number {
    return this.$dataByteLength >= 4 ? this.$view.getUint32(this.$at, true) : 0;
  }

  get check(): number {
    return this.$dataByteLength >= 8 ? this.$view.getUint32(this.$at + 4, true) : 0;
  }

  get name(): string {
    return readText(this.$segment, this.$pointer(0));
  }

  get payload(): Uint8Array {
    return readData(this.$segment, this.$pointer(1));
  }

  get next(): LinkReader {
    return Link.read(this.$segment, this.$pointer(2), this.$nesting);
  }

  hasNext(): boolean {
    return !isNull(this.$segment, this.$pointer(2));
  }
}

export class LinkBuilder extends StructBuilder {
  constructor(place: StructBuilderPlace) {
    super();
    this.$move(place);
  }

  get index(): number {
    return this.$view.getUint32(this.$at, true);
  }

  set index(value: number) {
    this.$view.setUint32(this.$at, uint32(value), true);
  }

  set check(value: number) {
    this.$view.setUint32(this.$at + 4, uint32(value), true);
  }

  set name(value: string) {
    writeText(this.$segment, this.$pointersAt, value);
  }

  set payload(value: Uint8Array) {
    writeData(this.$segment, this.$pointersAt + 8, value);
  }

  /** Undefined where there is none yet. */
  existingNext(): LinkBuilder | undefined {
    const pointerAt = this.$pointersAt + 16;
    return isNull(this.$segment, pointerAt) ? undefined : Link.build(this.$segment, pointerAt);
  }

  adoptNext(orphan: Orphan<LinkBuilder>): void {
    orphan.adopt(this.$segment, this.$pointersAt + 16);
  }
}

export const Link: StructType<LinkReader, LinkBuilder> = new StructType({
  id: 0x9d0a7c3b5e1f4a22n,
  name: "Chain.Link",
  dataByteLength: 8,
  pointerCount: 3,
  Reader: LinkReader,
  Builder: LinkBuilder,
});
