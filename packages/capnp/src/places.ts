// Where objects are: what following a pointer gives, and what readers and builders are made of.
//
// The functions that follow pointers return one object of each kind, over and over: a constructor
// copies its fields at once. So nothing is allocated but the reader or builder itself.

import { Message } from "./message.js";
import type { Segment } from "./segment.js";
import { type ElementSize, elementSize } from "./wire.js";

/** Where a struct is that is read. Every struct reader is one, too. */
export interface StructPlace {
  readonly $segment: Segment;
  /** The segment's view. */
  readonly $view: DataView;
  /** The byte offset of the data section in the segment. The pointers stand behind it. */
  readonly $at: number;
  readonly $dataByteLength: number;
  readonly $pointerCount: number;
  /** How many pointers deep a reader may go from here. */
  readonly $nesting: number;
}

/** Where a struct is that is built. Every struct builder is one, too. */
export interface StructBuilderPlace {
  readonly $segment: Segment;
  /** The byte offset of the data section in the segment. */
  readonly $at: number;
  /** The byte offset of the pointers in the segment: where the data section ends. */
  readonly $pointersAt: number;
  readonly $pointerCount: number;
}

/** Where a list is. Every list but those of Void and Bool can be read as one of structs. */
export interface ListPlace {
  readonly $segment: Segment;
  readonly $view: DataView;
  /** The byte offset of the first element in the segment. */
  readonly $at: number;
  /** What the pointer says of the elements; structs may stand for what was asked. */
  readonly $size: ElementSize;
  readonly $length: number;
  /** Bytes from one element to the next; 0 for Void and Bool. */
  readonly $step: number;
  /** Bytes of an element's data section. */
  readonly $dataByteLength: number;
  readonly $pointerCount: number;
  readonly $nesting: number;
}

type Changing<T> = { -readonly [key in keyof T]: T[key] };

/** The segment of what a null pointer leads to. */
export const emptySegment: Segment = Message.reading([new Uint8Array(0)]).segment(0);

/** The one struct place that is returned. */
export const structPlace: Changing<StructPlace> = {
  $segment: emptySegment,
  $view: emptySegment.view,
  $at: 0,
  $dataByteLength: 0,
  $pointerCount: 0,
  $nesting: 0,
};

/** The one struct builder place that is returned. */
export const structBuilderPlace: Changing<StructBuilderPlace> = {
  $segment: emptySegment,
  $at: 0,
  $pointersAt: 0,
  $pointerCount: 0,
};

/** The one list place that is returned. */
export const listPlace: Changing<ListPlace> = {
  $segment: emptySegment,
  $view: emptySegment.view,
  $at: 0,
  $size: elementSize.void,
  $length: 0,
  $step: 0,
  $dataByteLength: 0,
  $pointerCount: 0,
  $nesting: 0,
};
