// The elements of a list as an array, both ways.

import { CapnpRangeError } from "../errors.js";
import type { ListPlace } from "../places.js";

interface TypedArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The elements as a typed array over the same memory. Undefined where they are not side by side
 * (a list of structs that is read as one of numbers), where the memory is not aligned for them,
 * or on a big-endian machine.
 */
export function typedArrayOver<T>(list: ListPlace, type: TypedArrayConstructor<T>): T | undefined {
  const { $view, $at, $length, $step } = list;
  const size = type.BYTES_PER_ELEMENT;
  const byteOffset = $view.byteOffset + $at;
  if ($length === 0) return new type(new ArrayBuffer(0), 0, 0);
  if ($step !== size || byteOffset % size !== 0) return undefined;
  if (size > 1 && !isLittleEndian) return undefined;
  return new type($view.buffer, byteOffset, $length);
}

interface Settable<T> {
  readonly length: number;
  set(index: number, value: T): void;
}

/** Sets every element. @throws CapnpRangeError when there are more or fewer values */
export function setValues<T>(list: Settable<T>, values: ArrayLike<T>): void {
  if (values.length !== list.length) {
    throw new CapnpRangeError(
      `a list of ${list.length} must be set to as many values, ` + `got ${values.length}`,
    );
  }
  for (let index = 0; index < values.length; index++) list.set(index, values[index] as T);
}
