// AnyPointer: a pointer whose type the program knows, not the schema.

import { copyPointer } from "./copy.js";
import { erase } from "./erase.js";
import { CapnpRangeError } from "./errors.js";
import { follow } from "./follow.js";
import type { AnyListType } from "./lists/list-type.js";
import { PointerListType } from "./lists/pointer-lists.js";
import { Orphan } from "./orphan.js";
import type { PointerType } from "./pointer-type.js";
import { storeWord } from "./publish.js";
import { readData, readText } from "./read-blob.js";
import { isNull, wrongKind } from "./read-struct.js";
import type { Segment } from "./segment.js";
import type { StructBuilder, StructReader, StructType } from "./struct.js";
import { pointerKind, pointerKindMask } from "./wire.js";
import { writeData, writeText } from "./write-blob.js";

/** What a pointer leads to. */
export type PointerContent = "null" | "struct" | "list" | "capability";

/** A pointer that is read. */
export class AnyPointerReader {
  /** @internal */ readonly $segment: Segment;
  /** @internal */ readonly $pointerAt: number;
  /** @internal */ readonly $nesting: number;

  constructor(segment: Segment, pointerAt: number, nesting: number) {
    this.$segment = segment;
    this.$pointerAt = pointerAt;
    this.$nesting = nesting;
  }

  /** What the pointer leads to. @throws MalformedMessageError */
  get content(): PointerContent {
    return contentOf(this.$segment, this.$pointerAt);
  }

  /** Whether it leads nowhere. */
  isNull(): boolean {
    return isNull(this.$segment, this.$pointerAt);
  }

  /** What it leads to, read as a struct or list type: the empty one where it is null. */
  as<R>(type: PointerType<R, unknown>): R {
    return type.read(this.$segment, this.$pointerAt, this.$nesting);
  }

  /** The text it leads to; empty where it is null. @throws MalformedMessageError */
  asText(): string {
    return readText(this.$segment, this.$pointerAt);
  }

  /** The bytes it leads to, a view of the message. @throws MalformedMessageError */
  asData(): Uint8Array {
    return readData(this.$segment, this.$pointerAt);
  }

  /** The index of a capability; undefined where the pointer is null. */
  asCapability(): number | undefined {
    return readCapability(this.$segment, this.$pointerAt);
  }
}

/** A pointer that is built. */
export class AnyPointerBuilder {
  /** @internal */ readonly $segment: Segment;
  /** @internal */ readonly $pointerAt: number;

  constructor(segment: Segment, pointerAt: number) {
    this.$segment = segment;
    this.$pointerAt = pointerAt;
  }

  /** What the pointer leads to. @throws MalformedMessageError */
  get content(): PointerContent {
    return contentOf(this.$segment, this.$pointerAt);
  }

  /** Whether it leads nowhere. */
  isNull(): boolean {
    return isNull(this.$segment, this.$pointerAt);
  }

  /** What it leads to, to be built on as a struct or list type. */
  as<B>(type: PointerType<unknown, B>): B {
    return type.build(this.$segment, this.$pointerAt);
  }

  /** The text it leads to; empty where it is null. @throws MalformedMessageError */
  asText(): string {
    return readText(this.$segment, this.$pointerAt);
  }

  /** The bytes it leads to, a view of the message. @throws MalformedMessageError */
  asData(): Uint8Array {
    return readData(this.$segment, this.$pointerAt);
  }

  /** The index of a capability; undefined where the pointer is null. */
  asCapability(): number | undefined {
    return readCapability(this.$segment, this.$pointerAt);
  }

  /** Lets it lead to a new struct. */
  initStruct<B extends StructBuilder>(type: StructType<StructReader, B>): B {
    return type.init(this.$segment, this.$pointerAt);
  }

  /** Lets it lead to a new list of `length` elements. */
  initList<B>(type: AnyListType<unknown, B>, length: number): B {
    return type.init(this.$segment, this.$pointerAt, length);
  }

  /** Lets it lead to a new text. */
  setText(value: string): void {
    writeText(this.$segment, this.$pointerAt, value);
  }

  /** Lets it lead to a copy of bytes. */
  setData(value: Uint8Array): void {
    writeData(this.$segment, this.$pointerAt, value);
  }

  /** Lets it be a capability, an entry of the capability table; null for undefined. */
  setCapability(index: number | undefined): void {
    writeCapability(this.$segment, this.$pointerAt, index);
  }

  /** Lets it lead to a copy of what another pointer leads to. */
  set(value: AnyPointerReader | AnyPointerBuilder): void {
    setAnyPointer(this.$segment, this.$pointerAt, value);
  }

  /** Makes it null, and zeroes what it led to. */
  clear(): void {
    erase(this.$segment, this.$pointerAt);
  }

  /** Takes what it leads to out of the message's tree. */
  disown(): Orphan {
    return Orphan.disown(this.$segment, this.$pointerAt);
  }

  /** Lets it lead to an orphan. */
  adopt(orphan: Orphan): void {
    orphan.adopt(this.$segment, this.$pointerAt);
  }

  /** The same pointer, to be read. */
  asReader(): AnyPointerReader {
    const { nestingLimit } = this.$segment.message;
    return new AnyPointerReader(this.$segment, this.$pointerAt, nestingLimit);
  }
}

/** Lets a pointer lead to a copy of what another one leads to. */
export function setAnyPointer(
  segment: Segment,
  pointerAt: number,
  value: AnyPointerReader | AnyPointerBuilder,
): void {
  const reader = value instanceof AnyPointerBuilder ? value.asReader() : value;
  copyPointer(segment, pointerAt, reader.$segment, reader.$pointerAt, reader.$nesting);
}

/** AnyPointer as a type, for lists of it and for generic code. */
export const AnyPointer: PointerType<AnyPointerReader, AnyPointerBuilder> = {
  read(segment, pointerAt, nesting) {
    return new AnyPointerReader(segment, pointerAt, nesting);
  },
  build(segment, pointerAt) {
    return new AnyPointerBuilder(segment, pointerAt);
  },
};

/** The index in the capability table that a pointer of an interface holds. */
export function readCapability(segment: Segment, pointerAt: number): number | undefined {
  if (isNull(segment, pointerAt)) return undefined;
  const { lower, upper } = follow(segment, pointerAt);
  if (lower === pointerKind.other) return upper;
  throw wrongKind(segment, pointerAt, "a capability", lower);
}

/** Stores a capability, or null for undefined. */
export function writeCapability(
  segment: Segment,
  pointerAt: number,
  index: number | undefined,
): void {
  if (index !== undefined && index >>> 0 !== index) {
    throw new CapnpRangeError(
      `the index of a capability must be a whole number from 0 to 4294967295, got ${index}`,
    );
  }
  erase(segment, pointerAt);
  if (index !== undefined) storeWord(segment, pointerAt, pointerKind.other, index);
}

function contentOf(segment: Segment, pointerAt: number): PointerContent {
  if (isNull(segment, pointerAt)) return "null";
  const kind = follow(segment, pointerAt).lower & pointerKindMask;
  if (kind === pointerKind.struct) return "struct";
  return kind === pointerKind.list ? "list" : "capability";
}

/** A capability as a type, for lists of it: the number of an entry in the capability table. */
export const Capability: PointerType<number | undefined, AnyPointerBuilder> = {
  read(segment, pointerAt) {
    return readCapability(segment, pointerAt);
  },
  build(segment, pointerAt) {
    return new AnyPointerBuilder(segment, pointerAt);
  },
};

/** The type of a list of capabilities. */
export const CapabilityList: PointerListType<number | undefined, AnyPointerBuilder> =
  new PointerListType(Capability);
