// How far the objects of a message reach, which is where its segments end when nothing else tells.

import {
  doubleFarFlag,
  elementDataBits,
  elementSize,
  pointerKind,
  wordByteLength,
} from "../wire.js";

/** A segment whose end is to be found. */
export interface MeasuredSegment {
  readonly view: DataView;
  /** Objects may reach to here. */
  readonly capacity: number;
  /** All bytes from here on are zero, and not looked at. */
  readonly filled: number;
}

export interface Extents {
  /** Where the last object of each segment ends, in bytes. */
  readonly ends: readonly number[];
  /** Pointers that lead outside, or are none. */
  readonly malformed: number;
  /** False when there was more to follow than a message can have whose objects are reached once. */
  readonly complete: boolean;
}

/** Pointers to be followed: `perElement` of them, at each of `elements` steps. */
interface Run {
  readonly segment: number;
  at: number;
  elements: number;
  readonly step: number;
  readonly perElement: number;
  pointer: number;
}

/** Follows all pointers from the root on. */
export function measureExtents(segments: readonly MeasuredSegment[]): Extents {
  const walk = new Walk(segments);
  walk.run();
  return { ends: walk.ends, malformed: walk.malformed, complete: walk.budget >= 0 };
}

class Walk {
  readonly segments: readonly MeasuredSegment[];
  readonly ends: number[];
  malformed = 0;
  /** Words that may still be met. */
  budget: number;
  readonly #runs: Run[] = [];

  constructor(segments: readonly MeasuredSegment[]) {
    this.segments = segments;
    this.ends = segments.map(() => 0);
    this.budget = segments.reduce((sum, { capacity }) => sum + capacity / wordByteLength, 1);
    // The root pointer. A message without a word has none.
    if ((segments[0]?.capacity ?? 0) >= wordByteLength && this.#reach(0, 0, wordByteLength)) {
      this.#push(0, 0, 1, wordByteLength, 1);
    }
  }

  run(): void {
    for (let run = this.#runs.at(-1); run !== undefined; run = this.#runs.at(-1)) {
      const at = run.at + run.pointer * wordByteLength;
      const { segment } = run;
      // Left before its last pointer is followed, so that a long chain needs no long stack.
      if (++run.pointer === run.perElement) {
        run.pointer = 0;
        run.at += run.step;
        if (--run.elements === 0) this.#runs.pop();
      }
      this.#follow(segment, at);
      if (this.budget < 0) return;
    }
  }

  #push(segment: number, at: number, elements: number, step: number, perElement: number): void {
    if (elements > 0 && perElement > 0) {
      this.#runs.push({ segment, at, elements, step, perElement, pointer: 0 });
    }
  }

  /** Notes that an object lies there; false when it cannot. */
  #reach(segment: number, at: number, byteLength: number): boolean {
    const end = at + byteLength;
    const capacity = this.segments[segment]?.capacity ?? -1;
    if (at < 0 || end > capacity) return this.#isMalformed();
    this.budget -= byteLength / wordByteLength;
    if (end > (this.ends[segment] ?? 0)) this.ends[segment] = end;
    return true;
  }

  #isMalformed(): false {
    this.malformed++;
    return false;
  }

  #half(segment: number, at: number): number {
    const found = this.segments[segment];
    return found === undefined || at >= found.filled ? 0 : found.view.getUint32(at, true);
  }

  #follow(segment: number, pointerAt: number): void {
    const lower = this.#half(segment, pointerAt);
    const upper = this.#half(segment, pointerAt + 4);
    if (lower === 0 && upper === 0) return;
    const kind = lower & 3;
    if (kind === pointerKind.far) {
      this.#followFar(lower, upper);
    } else if (kind === pointerKind.other) {
      if (lower !== pointerKind.other) this.#isMalformed();
    } else {
      const at = pointerAt + wordByteLength + (lower >> 2) * wordByteLength;
      this.#object(segment, at, lower, upper);
    }
  }

  #followFar(lower: number, segment: number): void {
    const padAt = (lower >>> 3) * wordByteLength;
    const isDouble = (lower & doubleFarFlag) !== 0;
    if (!this.#reach(segment, padAt, isDouble ? 2 * wordByteLength : wordByteLength)) return;
    const padLower = this.#half(segment, padAt);
    const padUpper = this.#half(segment, padAt + 4);
    const isFar = (padLower & 3) === pointerKind.far;
    if (!isDouble) {
      if (isFar) this.#isMalformed();
      else {
        const at = padAt + wordByteLength + (padLower >> 2) * wordByteLength;
        this.#object(segment, at, padLower, padUpper);
      }
      return;
    }
    const tagLower = this.#half(segment, padAt + wordByteLength);
    const tagUpper = this.#half(segment, padAt + wordByteLength + 4);
    if (!isFar) this.#isMalformed();
    else this.#object(padUpper, (padLower >>> 3) * wordByteLength, tagLower, tagUpper);
  }

  #object(segment: number, at: number, lower: number, upper: number): void {
    const kind = lower & 3;
    if (kind === pointerKind.struct) this.#struct(segment, at, upper);
    else if (kind === pointerKind.list) this.#list(segment, at, upper);
    else this.#isMalformed();
  }

  #struct(segment: number, at: number, upper: number): void {
    const dataByteLength = (upper & 0xffff) * wordByteLength;
    const pointers = upper >>> 16;
    if (dataByteLength === 0 && pointers === 0) return;
    if (!this.#reach(segment, at, dataByteLength + pointers * wordByteLength)) return;
    this.#push(segment, at + dataByteLength, 1, 0, pointers);
  }

  #list(segment: number, at: number, upper: number): void {
    const size = upper & 7;
    const length = upper >>> 3;
    if (size === elementSize.composite) {
      this.#structList(segment, at, length);
      return;
    }
    const isPointers = size === elementSize.pointer;
    const bits = isPointers ? 64 : (elementDataBits[size] ?? 0);
    if (!this.#reach(segment, at, Math.ceil((length * bits) / 64) * wordByteLength)) return;
    if (isPointers) this.#push(segment, at, length, wordByteLength, 1);
  }

  #structList(segment: number, at: number, words: number): void {
    if (!this.#reach(segment, at, (words + 1) * wordByteLength)) return;
    const elements = this.#half(segment, at) >>> 2;
    const upper = this.#half(segment, at + 4);
    const dataByteLength = (upper & 0xffff) * wordByteLength;
    const pointers = upper >>> 16;
    const step = dataByteLength + pointers * wordByteLength;
    // A list may have a million structs of nothing: they have nothing to follow.
    if (elements * step > words * wordByteLength) this.#isMalformed();
    else this.#push(segment, at + wordByteLength + dataByteLength, elements, step, pointers);
  }
}
