// The words of the encoding: sizes, limits, and what the two halves of a pointer say.
// https://capnproto.org/encoding.html

/** All objects are made of words of 8 bytes. */
export const wordByteLength = 8;

/** A segment's words are counted in 29 bits. */
export const maxSegmentWords: number = 2 ** 29 - 1;
/** The bytes of a segment at most: 4 GiB - 8. */
export const maxSegmentByteLength: number = maxSegmentWords * wordByteLength;

/** A list's elements are counted in 29 bits; the words of a list of structs, too. */
export const maxListLength: number = 2 ** 29 - 1;

/** A struct's data words are counted in 16 bits, its pointers as well. */
export const maxStructWords: number = 2 ** 16 - 1;

//  lower half                                upper half
//  | kind: 2 | offset in words: 30, signed | data words: 16     | pointers: 16 |  struct
//  | kind: 2 | offset in words: 30, signed | element size: 3    | length: 29   |  list
//  | kind: 2 | double: 1 | pad's word: 29  | segment: 32                       |  far
//  | kind: 2 | 0: 30                       | index: 32                         |  capability
// An offset counts from the word after the pointer. Bits are listed from the lowest.

/** The lowest two bits of a pointer. */
export const pointerKind = { struct: 0, list: 1, far: 2, other: 3 } as const;

export const pointerKindMask = 3;

/** Set in a far pointer whose landing pad has two words. */
export const doubleFarFlag = 4;

/** How large a list's elements are, as its pointer says. */
export const elementSize = {
  void: 0,
  bit: 1,
  byte: 2,
  twoBytes: 3,
  fourBytes: 4,
  eightBytes: 5,
  pointer: 6,
  composite: 7,
} as const;

export type ElementSize = (typeof elementSize)[keyof typeof elementSize];

/** Bits of an element's data section, by its size; composite lists say it in their tag. */
export const elementDataBits: readonly number[] = [0, 1, 8, 16, 32, 64, 0, 0];

/** Bytes of an element, pointers included; none of what is smaller, or says it in a tag. */
export const elementByteLength: readonly number[] = [0, 0, 1, 2, 4, 8, 8, 0];

export const elementSizeNames: readonly string[] = [
  "Void",
  "Bool",
  "1 byte",
  "2 bytes",
  "4 bytes",
  "8 bytes",
  "pointer",
  "struct",
];
