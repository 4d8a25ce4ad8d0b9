// Objects of Cap'n Proto messages as plain data: the values of constants and defaults.

/** What a pointer leads to; null for a null pointer. */
export type ObjectPointer = StructObject | ListObject | null;

export interface StructObject {
  readonly kind: "struct";
  /** Whole words. */
  readonly data: Uint8Array;
  readonly pointers: ObjectPointer[];
}

/** Element sizes as the encoding numbers them. */
export const elementSizes = {
  void: 0,
  bit: 1,
  byte: 2,
  twoBytes: 3,
  fourBytes: 4,
  eightBytes: 5,
  pointer: 6,
  composite: 7,
} as const;

export type ListObject =
  | {
      readonly kind: "scalars";
      readonly elementSize: 0 | 1 | 2 | 3 | 4 | 5;
      readonly length: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: "pointers"; readonly pointers: readonly ObjectPointer[] }
  | {
      readonly kind: "structs";
      readonly dataWords: number;
      readonly pointerCount: number;
      readonly structs: readonly StructObject[];
    };

export function newStruct(dataWords: number, pointerCount: number): StructObject {
  const pointers = new Array<ObjectPointer>(pointerCount).fill(null);
  return { kind: "struct", data: new Uint8Array(8 * dataWords), pointers };
}

/** Text as a list of bytes with a zero at its end. */
export function textObject(bytes: Uint8Array): ListObject {
  const data = new Uint8Array(bytes.length + 1);
  data.set(bytes);
  return { kind: "scalars", elementSize: elementSizes.byte, length: data.length, data };
}

export function dataObject(data: Uint8Array): ListObject {
  return { kind: "scalars", elementSize: elementSizes.byte, length: data.length, data };
}
