// How far the objects of a message reach, which is where its segments end when nothing else tells.

import { PointerWalk, type WalkedList, type WalkedSegment } from "../walk/pointer-walk.js";
import { wordByteLength } from "../wire.js";

export interface Extents {
  /** Where the last object of each segment ends, in bytes. */
  readonly ends: readonly number[];
  /** Pointers that lead outside, or are none. */
  readonly malformed: number;
  /** False when there was more to follow than a message can have whose objects are reached once. */
  readonly complete: boolean;
}

/** Follows all pointers from the root on. */
export function measureExtents(segments: readonly WalkedSegment[]): Extents {
  return new ExtentWalk(segments).measure();
}

class ExtentWalk extends PointerWalk<never, never> {
  readonly #ends: number[];
  #malformed = 0;
  /** Words that may still be met. */
  #budget: number;

  constructor(segments: readonly WalkedSegment[]) {
    super(segments);
    this.#ends = segments.map(() => 0);
    this.#budget = segments.reduce((sum, { capacity }) => sum + capacity / wordByteLength, 1);
  }

  measure(): Extents {
    this.walk(undefined);
    return { ends: this.#ends, malformed: this.#malformed, complete: this.#budget >= 0 };
  }

  protected override reached(segment: number, at: number, byteLength: number): boolean {
    this.#budget -= byteLength / wordByteLength;
    this.done = this.#budget < 0;
    // A struct of nothing is nowhere.
    const end = byteLength === 0 ? 0 : at + byteLength;
    if (end > (this.#ends[segment] ?? 0)) this.#ends[segment] = end;
    return true;
  }

  protected override malformed(): void {
    this.#malformed++;
  }

  protected override struct(
    _expected: undefined,
    segment: number,
    at: number,
    dataByteLength: number,
    pointerCount: number,
  ): void {
    this.push(segment, at, 1, dataByteLength, pointerCount, undefined, undefined);
  }

  protected override list(_expected: undefined, list: WalkedList): void {
    const { segment, at, length, dataByteLength, pointerCount } = list;
    this.push(segment, at, length, dataByteLength, pointerCount, undefined, undefined);
  }
}
