// Follows all pointers of a message from its root on, in the order of the message, and leaves to
// others what is done about what it meets.

import type { CapnpErrorCode } from "../errors.js";
import {
  doubleFarFlag,
  elementDataBits,
  elementSize,
  pointerKind,
  pointerKindMask,
  wordByteLength,
} from "../wire.js";

/** A segment to be walked. */
export interface WalkedSegment {
  readonly view: DataView;
  /** Objects may reach to here, in bytes. */
  readonly capacity: number;
  /** All bytes from here on are zero, and not looked at. */
  readonly filled: number;
}

/** Structs or pointers, one behind the other, whose pointers are to be followed. */
export interface Run<Expected, Shape> {
  readonly segment: number;
  /** Where the element begins whose turn it is. */
  at: number;
  /** How many are left, that one included. */
  elements: number;
  /** Bytes from one element to the next. */
  readonly step: number;
  /** Bytes of an element before its pointers. */
  readonly dataByteLength: number;
  readonly pointerCount: number;
  /** The pointer whose turn it is. */
  pointer: number;
  /** How many pointers lead here. */
  readonly depth: number;
  /** What its pointers should lead to, by their index; undefined where nobody knows. */
  expected: readonly (Expected | undefined)[] | undefined;
  /** What is to be looked at in each element, besides its pointers. */
  readonly shape: Shape | undefined;
}

/** A list, as its pointer and its tag say. */
export interface WalkedList {
  segment: number;
  /** Where the first element begins. */
  at: number;
  size: number;
  length: number;
  dataByteLength: number;
  pointerCount: number;
}

const { struct: structKind, list: listKind, far: farKind } = pointerKind;

/** A walk. `Expected` is what is known of a pointer, `Shape` what is known of a struct. */
export abstract class PointerWalk<Expected, Shape> {
  protected readonly segments: readonly WalkedSegment[];
  /** Set to end the walk before everything was followed. */
  protected done = false;
  /** The pointer that is followed now, and how many led to it. */
  protected pointerSegment = 0;
  protected pointerAt = 0;
  protected depth = 0;
  readonly #runs: Run<Expected, Shape>[] = [];

  constructor(segments: readonly WalkedSegment[]) {
    this.segments = segments;
  }

  /** An object or a landing pad, inside of its segment. False when it is not to be followed. */
  protected abstract reached(segment: number, at: number, byteLength: number): boolean;

  /** The pointer that is followed now is wrong. */
  protected abstract malformed(code: CapnpErrorCode, what: string): void;

  /** Begins an element of a run that has a shape. */
  protected element(_run: Run<Expected, Shape>): void {}

  /** A far pointer, whose landing pad has one word or two. */
  protected far(_isDouble: boolean): void {}

  protected capability(_expected: Expected | undefined): void {}

  /** A struct; use {@link push} to have its pointers followed. */
  protected abstract struct(
    expected: Expected | undefined,
    segment: number,
    at: number,
    dataByteLength: number,
    pointerCount: number,
  ): void;

  /** A list; the same. The object is valid until the next one is met. */
  protected abstract list(expected: Expected | undefined, list: WalkedList): void;

  /** How many runs wait for the one that is walked. */
  protected get pending(): number {
    return this.#runs.length;
  }

  /** Has the pointers of so many elements followed next. */
  protected push(
    segment: number,
    at: number,
    elements: number,
    dataByteLength: number,
    pointerCount: number,
    expected: readonly (Expected | undefined)[] | undefined,
    shape: Shape | undefined,
  ): void {
    const step = dataByteLength + pointerCount * wordByteLength;
    // A list may have a million structs of nothing: they have nothing to follow.
    if (elements === 0 || step === 0 || (pointerCount === 0 && shape === undefined)) return;
    const depth = this.depth + 1;
    const size = { step, dataByteLength, pointerCount };
    this.#runs.push({ segment, at, elements, ...size, pointer: 0, depth, expected, shape });
  }

  /** Walks from the root pointer on. */
  protected walk(root: Expected | undefined): void {
    // A message without a word has no root.
    if ((this.segments[0]?.capacity ?? 0) < wordByteLength) return;
    if (!this.reached(0, 0, wordByteLength)) return;
    this.depth = -1;
    this.push(0, 0, 1, 0, 1, [root], undefined);
    const runs = this.#runs;
    while (runs.length > 0 && !this.done) this.#step(runs[runs.length - 1] as Run<Expected, Shape>);
  }

  #step(run: Run<Expected, Shape>): void {
    this.depth = run.depth;
    if (run.pointer === 0 && run.shape !== undefined) this.element(run);
    const { segment, pointer } = run;
    const at = run.at + run.dataByteLength + pointer * wordByteLength;
    const expected = run.expected === undefined ? undefined : run.expected[pointer];
    const hasPointers = run.pointerCount > 0;
    // Left before its last pointer is followed, so that a long chain needs no long stack.
    if (++run.pointer >= run.pointerCount) {
      run.pointer = 0;
      run.at += run.step;
      if (--run.elements === 0) this.#runs.pop();
    }
    if (hasPointers) this.#follow(segment, at, expected);
  }

  /** Notes that an object lies there; false when it cannot. */
  #reach(segment: number, at: number, byteLength: number, what: string): boolean {
    const capacity = segment < this.segments.length ? this.#segment(segment).capacity : -1;
    if (at >= 0 && at + byteLength <= capacity) return this.reached(segment, at, byteLength);
    this.malformed("ERR_TIDEMARK_CAPNP_OUT_OF_BOUNDS", `the pointer leads to ${what}`);
    return false;
  }

  #segment(segment: number): WalkedSegment {
    return this.segments[segment] as WalkedSegment;
  }

  #half(segment: number, at: number): number {
    const { filled, view } = this.#segment(segment);
    return at >= filled ? 0 : view.getUint32(at, true);
  }

  #follow(segment: number, pointerAt: number, expected: Expected | undefined): void {
    const { filled, view } = this.#segment(segment);
    if (pointerAt >= filled) return;
    const lower = view.getUint32(pointerAt, true);
    const upper = view.getUint32(pointerAt + 4, true);
    if ((lower | upper) === 0) return;
    this.pointerSegment = segment;
    this.pointerAt = pointerAt;
    const kind = lower & pointerKindMask;
    if (kind === farKind) this.#followFar(lower, upper, expected);
    else if (kind === pointerKind.other) {
      if (lower === pointerKind.other) this.capability(expected);
      else {
        this.malformed("ERR_TIDEMARK_CAPNP_POINTER_KIND", "the pointer is of a kind there is none");
      }
    } else {
      const at = pointerAt + wordByteLength + (lower >> 2) * wordByteLength;
      this.#object(segment, at, lower, upper, expected);
    }
  }

  #followFar(lower: number, segment: number, expected: Expected | undefined): void {
    const padAt = (lower >>> 3) * wordByteLength;
    const isDouble = (lower & doubleFarFlag) !== 0;
    this.far(isDouble);
    const padByteLength = isDouble ? 2 * wordByteLength : wordByteLength;
    if (segment >= this.segments.length) {
      this.#wrongFar(`it leads to segment ${segment}, but there are only ${this.segments.length}`);
      return;
    }
    if (!this.#reach(segment, padAt, padByteLength, outsidePad)) return;
    const padLower = this.#half(segment, padAt);
    const padUpper = this.#half(segment, padAt + 4);
    const isFar = (padLower & pointerKindMask) === farKind;
    if (isDouble) {
      this.#followDoubleFar(segment, padAt, padLower, padUpper, expected);
    } else if (isFar) this.#wrongFar("its landing pad is a far pointer itself");
    else {
      const at = padAt + wordByteLength + (padLower >> 2) * wordByteLength;
      this.#object(segment, at, padLower, padUpper, expected);
    }
  }

  /** The pad's first word is a far pointer to the object, its second word describes it. */
  #followDoubleFar(
    pad: number,
    padAt: number,
    lower: number,
    segment: number,
    expected: Expected | undefined,
  ): void {
    const tagLower = this.#half(pad, padAt + wordByteLength);
    const tagUpper = this.#half(pad, padAt + wordByteLength + 4);
    if ((lower & pointerKindMask) !== farKind || (lower & doubleFarFlag) !== 0) {
      this.#wrongFar("a landing pad of two words must begin with a far pointer");
    } else if (tagLower !== structKind && tagLower !== listKind) {
      this.#wrongFar("the second word of its landing pad must be a pointer without an offset");
    } else if (segment >= this.segments.length) {
      this.#wrongFar(`its pad leads to segment ${segment}, of ${this.segments.length}`);
    } else {
      this.#object(segment, (lower >>> 3) * wordByteLength, tagLower, tagUpper, expected);
    }
  }

  #wrongFar(what: string): void {
    this.malformed("ERR_TIDEMARK_CAPNP_FAR_POINTER", `a far pointer is wrong: ${what}`);
  }

  #object(
    segment: number,
    at: number,
    lower: number,
    upper: number,
    expected: Expected | undefined,
  ): void {
    const kind = lower & pointerKindMask;
    if (kind === structKind) {
      const dataByteLength = (upper & 0xffff) * wordByteLength;
      const pointerCount = upper >>> 16;
      const byteLength = dataByteLength + pointerCount * wordByteLength;
      if (!this.#reach(segment, at, byteLength, outsideStruct)) return;
      this.struct(expected, segment, at, dataByteLength, pointerCount);
    } else if (kind === listKind) this.#list(segment, at, upper, expected);
    else this.#wrongFar("its landing pad leads to no struct or list");
  }

  #list(segment: number, at: number, upper: number, expected: Expected | undefined): void {
    const size = upper & 7;
    const length = upper >>> 3;
    if (size === elementSize.composite) {
      this.#structList(segment, at, length, expected);
      return;
    }
    const isPointers = size === elementSize.pointer;
    const bits = isPointers ? 64 : (elementDataBits[size] as number);
    const byteLength = Math.ceil((length * bits) / 64) * wordByteLength;
    if (!this.#reach(segment, at, byteLength, outsideList)) return;
    found.segment = segment;
    found.at = at;
    found.size = size;
    found.length = length;
    found.dataByteLength = isPointers ? 0 : bits >>> 3;
    found.pointerCount = isPointers ? 1 : 0;
    this.list(expected, found);
  }

  #structList(segment: number, tagAt: number, words: number, expected: Expected | undefined): void {
    if (!this.#reach(segment, tagAt, (words + 1) * wordByteLength, outsideList)) return;
    const lower = this.#half(segment, tagAt);
    const upper = this.#half(segment, tagAt + 4);
    const stepWords = (upper & 0xffff) + (upper >>> 16);
    const length = lower >>> 2;
    if ((lower & pointerKindMask) !== structKind) {
      this.malformed(
        "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
        "the tag of a list of structs is not a struct pointer",
      );
    } else if (length * stepWords > words) {
      this.malformed(
        "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
        `a list of ${length} structs of ${stepWords} words each has only ${words} words`,
      );
    } else {
      found.segment = segment;
      found.at = tagAt + wordByteLength;
      found.size = elementSize.composite;
      found.length = length;
      found.dataByteLength = (upper & 0xffff) * wordByteLength;
      found.pointerCount = upper >>> 16;
      this.list(expected, found);
    }
  }
}

const outsidePad = "a landing pad that is not inside its segment";
const outsideStruct = "a struct that is not inside its segment";
const outsideList = "a list that is not inside its segment";

/** The one list that is given out. */
const found: WalkedList = {
  segment: 0,
  at: 0,
  size: 0,
  length: 0,
  dataByteLength: 0,
  pointerCount: 0,
};
