// Walks a message and stops at the first thing in it that is wrong.

import { type CapnpErrorCode, MalformedMessageError } from "../../errors.js";
import { findInvalidUtf8 } from "../../utf8-check.js";
import {
  PointerWalk,
  type Run,
  type WalkedList,
  type WalkedSegment,
} from "../../walk/pointer-walk.js";
import { ReachedWords } from "../../walk/reached-words.js";
import {
  type ElementSize,
  elementDataBits,
  elementSize,
  elementSizeNames,
  wordByteLength,
} from "../../wire.js";
import type { EnumSchema } from "../enum-schema.js";
import { type Expected, expectedName, Shapes, type StructShape } from "./expected.js";

/** What may be, but is worth knowing: numbers that this version of the schema has no name for. */
export interface VerificationNote {
  readonly what: string;
  /** How often it was met. */
  count: number;
  /** Where it was met first. */
  readonly segment: number;
  readonly word: number;
}

/** What a walk counts. */
export class VerificationCounts {
  structs = 0;
  lists = 0;
  texts = 0;
  data = 0;
  capabilities = 0;
  farPointers = 0;
  doubleFarPointers = 0;
  /** Most pointers that lead from the root to an object, the root pointer not counted. */
  depth = 0;
}

// Pointers may lead as deep as a message is long; what waits to be followed is kept in memory.
const mostPending = 2 ** 20;

export class VerifyWalk extends PointerWalk<Expected, StructShape> {
  readonly counts: VerificationCounts = new VerificationCounts();
  readonly notes: Map<object, VerificationNote> = new Map();
  readonly reachedWords: readonly ReachedWords[];
  readonly #shapes = new Shapes();
  readonly #bytes: readonly Uint8Array[];

  constructor(segments: readonly WalkedSegment[]) {
    super(segments);
    this.reachedWords = segments.map(() => new ReachedWords());
    this.#bytes = segments.map(({ view }) => {
      return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    });
  }

  /** @throws MalformedMessageError */
  verify(root: Expected | undefined): void {
    this.walk(root);
  }

  protected override malformed(code: CapnpErrorCode, what: string): never {
    throw new MalformedMessageError(
      code,
      what,
      this.pointerSegment,
      this.pointerAt / wordByteLength,
    );
  }

  #wrong(code: CapnpErrorCode, expected: Expected, what: string): never {
    this.malformed(code, `${expected.where}: ${what}`);
  }

  protected override reached(segment: number, at: number, byteLength: number): boolean {
    if (this.depth > this.counts.depth) this.counts.depth = this.depth;
    if (byteLength === 0) return true;
    const words = this.reachedWords[segment] as ReachedWords;
    if (!words.add(at / wordByteLength, byteLength / wordByteLength)) {
      this.malformed(
        "ERR_TIDEMARK_CAPNP_OVERLAP",
        "the pointer leads to words that another pointer leads to, too: " +
          "each object of a message belongs to one pointer",
      );
    }
    return true;
  }

  protected override far(isDouble: boolean): void {
    if (isDouble) this.counts.doubleFarPointers++;
    else this.counts.farPointers++;
  }

  protected override capability(expected: Expected | undefined): void {
    this.counts.capabilities++;
    const kind = expected?.type.kind ?? "anyPointer";
    if (kind === "interface" || kind === "capability" || kind === "anyPointer") return;
    this.#wrongKind(expected as Expected, "a capability");
  }

  #wrongKind(expected: Expected, found: string): never {
    const what = `the pointer should lead to ${expectedName(expected)}, but is one to ${found}`;
    this.#wrong("ERR_TIDEMARK_CAPNP_POINTER_KIND", expected, what);
  }

  protected override struct(
    expected: Expected | undefined,
    segment: number,
    at: number,
    dataByteLength: number,
    pointerCount: number,
  ): void {
    this.counts.structs++;
    const kind = expected?.type.kind ?? "anyPointer";
    if (kind === "struct") {
      const shape = this.#shapeOf(expected as Expected);
      this.#follow(segment, at, 1, dataByteLength, pointerCount, shape);
    } else if (kind === "anyPointer" || kind === "anyStruct") {
      this.#follow(segment, at, 1, dataByteLength, pointerCount, undefined);
    } else this.#wrongKind(expected as Expected, "a struct");
  }

  #shapeOf(expected: Expected): StructShape | undefined {
    if (expected.shape === undefined) {
      const { type } = expected;
      const struct = type.kind === "list" ? type.element : type;
      if (struct.kind === "struct") expected.shape = this.#shapes.of(struct.schema);
    }
    return expected.shape;
  }

  #follow(
    segment: number,
    at: number,
    elements: number,
    dataByteLength: number,
    pointerCount: number,
    shape: StructShape | undefined,
  ): void {
    if (this.pending > mostPending) {
      this.malformed(
        "ERR_TIDEMARK_CAPNP_NESTING_LIMIT",
        `more than ${mostPending} structs and lists are inside of one another`,
      );
    }
    if (shape?.isChecked !== true) {
      this.push(segment, at, elements, dataByteLength, pointerCount, shape?.pointers, undefined);
    } else {
      // Its own list of what is expected: unions change it from struct to struct.
      this.push(segment, at, elements, dataByteLength, pointerCount, [...shape.pointers], shape);
    }
  }

  protected override element(run: Run<Expected, StructShape>): void {
    const { shape, expected } = run;
    if (shape === undefined) return;
    const pointers = expected as (Expected | undefined)[];
    if (shape.part.unions.length > 0) pointers.fill(undefined);
    this.#part(run, shape.part, pointers);
  }

  #part(
    run: Run<Expected, StructShape>,
    part: StructShape["part"],
    pointers: (Expected | undefined)[],
  ): void {
    for (const [slot, expected] of part.pointers) pointers[slot] = expected;
    for (const place of part.enums) {
      const value = this.#number(run, place.byteOffset) ^ place.fallback;
      this.#checkEnum(place, place.where, place.schema, value, run.segment, run.at);
    }
    for (const union of part.unions) {
      const discriminant = this.#number(run, union.byteOffset);
      const member = union.members[discriminant];
      if (member !== undefined) this.#part(run, member, pointers);
      else {
        const what =
          `the union of ${union.where} holds a member ${discriminant}, ` +
          "which this schema does not have";
        this.#note(union, what, run.segment, run.at);
      }
    }
  }

  #number(run: Run<Expected, StructShape>, byteOffset: number): number {
    // A struct of an older version may be shorter.
    if (byteOffset + 2 > run.dataByteLength) return 0;
    return (this.segments[run.segment] as WalkedSegment).view.getUint16(run.at + byteOffset, true);
  }

  #checkEnum(
    key: object,
    where: string,
    schema: EnumSchema,
    value: number,
    segment: number,
    at: number,
  ): void {
    if (value < schema.enumerants.length) return;
    const what = `${where} is ${value}, which ${schema.name} has no name for`;
    this.#note(key, what, segment, at);
  }

  #note(key: object, what: string, segment: number, at: number): void {
    const known = this.notes.get(key);
    if (known !== undefined) known.count++;
    else {
      const word = Math.floor(at / wordByteLength);
      this.notes.set(key, { what, count: 1, segment, word });
    }
  }

  protected override list(expected: Expected | undefined, list: WalkedList): void {
    switch (expected?.type.kind ?? "anyPointer") {
      case "text":
        this.#text(expected as Expected, list);
        break;
      case "data":
        this.counts.data++;
        this.#checkBytes(expected as Expected, list);
        break;
      case "list":
        this.#typedList(expected as Expected, list);
        break;
      case "anyPointer":
      case "anyList":
        this.#untypedList(list, undefined);
        break;
      default:
        this.#wrongKind(expected as Expected, "a list");
    }
  }

  #untypedList(list: WalkedList, shape: StructShape | undefined): void {
    const { segment, at, length, dataByteLength, pointerCount } = list;
    this.counts.lists++;
    if (list.size === elementSize.composite) this.counts.structs += length;
    this.#follow(segment, at, length, dataByteLength, pointerCount, shape);
  }

  #checkBytes(expected: Expected, list: WalkedList): void {
    const isEmpty = list.size === elementSize.void && list.length === 0;
    if (list.size === elementSize.byte || isEmpty) return;
    const what =
      `the pointer should lead to ${expectedName(expected)}, ` +
      "but is one to a list of other elements";
    this.#wrong("ERR_TIDEMARK_CAPNP_ELEMENT_SIZE", expected, what);
  }

  #text(expected: Expected, list: WalkedList): void {
    this.counts.texts++;
    this.#checkBytes(expected, list);
    const { length, at } = list;
    if (length === 0 && list.size === elementSize.void) return;
    const { view } = this.segments[list.segment] as WalkedSegment;
    const end = at + length - 1;
    if (length === 0 || view.getUint8(end) !== 0) {
      this.#wrong("ERR_TIDEMARK_CAPNP_TEXT", expected, "the text does not end with a byte of zero");
    }
    const wrong = findInvalidUtf8(this.#bytes[list.segment] as Uint8Array, at, end);
    if (wrong < 0) return;
    const byte = view.getUint8(wrong).toString(16).padStart(2, "0");
    const what = `byte ${wrong - at} of the text, 0x${byte}, is not UTF-8`;
    this.#wrong("ERR_TIDEMARK_CAPNP_TEXT", expected, what);
  }

  #typedList(expected: Expected, list: WalkedList): void {
    this.#checkFit(expected, list);
    const { segment, at, length, dataByteLength, pointerCount } = list;
    const { type, elements } = expected;
    const element = type.kind === "list" ? type.element : type;
    if (elements !== undefined) {
      this.counts.lists++;
      if (list.size === elementSize.composite) this.counts.structs += length;
      this.push(segment, at, length, dataByteLength, pointerCount, elements, undefined);
      return;
    }
    const shape = element.kind === "struct" ? this.#shapeOf(expected) : undefined;
    this.#untypedList(list, shape);
    if (element.kind !== "enum" || list.size === elementSize.void) return;
    const { view } = this.segments[segment] as WalkedSegment;
    const step = dataByteLength + pointerCount * wordByteLength;
    for (let index = 0; index < length; index++) {
      const elementAt = at + index * step;
      const value = view.getUint16(elementAt, true);
      this.#checkEnum(expected, expected.where, element.schema, value, segment, elementAt);
    }
  }

  /** Refuses a list whose elements cannot stand for those of the schema, in any version of it. */
  #checkFit(expected: Expected, list: WalkedList): void {
    const { size } = list;
    const wanted: ElementSize = expected.size;
    if (size === wanted || (size === elementSize.void && list.length === 0)) return;
    const fits =
      size === elementSize.bit || wanted === elementSize.bit
        ? false
        : wanted === elementSize.pointer
          ? list.pointerCount > 0
          : list.dataByteLength >= (elementDataBits[wanted] ?? 0) / 8;
    if (fits) return;
    const [should, are] = [elementSizeNames[wanted], elementSizeNames[size]];
    this.#wrong(
      "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
      expected,
      `the elements of ${expectedName(expected)} should be ${should}, but are ${are}`,
    );
  }
}
