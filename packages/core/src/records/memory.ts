// Mapped memory as records see it: DataViews over windows of at most 2 GiB, so that every offset
// in a window is a small integer.

import { shown } from "../arguments.js";
import { ArgumentTypeError, ClosedError } from "../errors.js";
import { Mapping, regionOf } from "../mapping/mapping.js";

/** Where windows of long memory start: at each multiple of this. The longest record, too. */
export const windowStride: number = 2 ** 30;

/** Each window reaches over the start of the next, so that nothing lies across its end. */
const windowByteLength = 2 * windowStride;

/** What records can lie in: a mapping, or bytes that are not mapped. */
export type RecordMemory = Mapping | Uint8Array;

export type Integers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export interface IntegersClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Integers;
}

/** A window of memory. */
export class Memory extends DataView<ArrayBufferLike> {
  /** The same bytes, with what Node's buffers can do to text. */
  readonly bytes: Buffer;
  readonly #mapping: Mapping | undefined;
  readonly #integers = new Map<IntegersClass, Integers>();

  constructor(bytes: Uint8Array, mapping: Mapping | undefined) {
    super(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#mapping = mapping;
  }

  /** The same bytes as integers, for atomic operations. */
  integers(kind: IntegersClass): Integers {
    let integers = this.#integers.get(kind);
    if (integers === undefined) {
      const length = Math.floor(this.bytes.byteLength / kind.BYTES_PER_ELEMENT);
      integers = new kind(this.buffer, this.bytes.byteOffset, length);
      this.#integers.set(kind, integers);
    }
    return integers;
  }

  /** The error for an access that failed: a DataView of a closed mapping refuses everything. */
  failure(cause: unknown): unknown {
    return this.#mapping?.closed === true ? closedError(this.#mapping) : cause;
  }
}

/** A place in a window. */
export interface Place {
  readonly memory: Memory;
  /** From the window's first byte. */
  readonly at: number;
}

const windows = new WeakMap<object, Map<number, Memory>>();

/** Bytes of it; of a growing file, its reservation. */
export function byteLengthOf(memory: RecordMemory): number {
  if (memory instanceof Mapping) return regionOf(memory)?.spec.byteLength ?? 0;
  return memory.byteLength;
}

/** The window that holds a place, which is known to lie inside, and room for one record there. */
export function placeIn(source: RecordMemory, byteOffset: number): Place {
  if (source instanceof Mapping && source.closed) throw closedError(source);
  const index = Math.floor(byteOffset / windowStride);
  let known = windows.get(source);
  if (known === undefined) {
    known = new Map();
    windows.set(source, known);
  }
  let memory = known.get(index);
  if (memory === undefined) {
    memory = openWindow(source, index * windowStride);
    known.set(index, memory);
  }
  return { memory, at: byteOffset - index * windowStride };
}

/** Checks what a caller gives as memory. */
export function checkMemory(value: unknown): RecordMemory {
  if (value instanceof Mapping || value instanceof Uint8Array) return value;
  throw new ArgumentTypeError(`memory must be a Mapping or a Uint8Array, got ${shown(value)}`);
}

/** How far the memory's first byte is past a multiple of `alignment` in the address space. */
export function misalignment(source: RecordMemory, alignment: number): number {
  if (source instanceof Mapping) return (regionOf(source)?.lead ?? 0) % alignment;
  return source.byteOffset % alignment;
}

function openWindow(source: RecordMemory, start: number): Memory {
  const byteLength = Math.min(windowByteLength, byteLengthOf(source) - start);
  if (source instanceof Mapping) return new Memory(source.bytes(start, byteLength), source);
  return new Memory(source.subarray(start, start + byteLength), undefined);
}

function closedError(mapping: Mapping): ClosedError {
  return new ClosedError(regionOf(mapping)?.spec.name ?? "the mapping");
}
