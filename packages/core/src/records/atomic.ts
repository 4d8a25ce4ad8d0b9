// Integers that threads and processes change at once.

import { endianness } from "node:os";
import { inspect } from "node:util";
import { shown } from "../arguments.js";
import { ArgumentTypeError, UnsupportedError } from "../errors.js";
import { FieldType, Located, type LocatedClass, memoryOf, placeOf } from "./field.js";
import type { Integers, IntegersClass, Memory } from "./memory.js";
import {
  int8,
  int16,
  int32,
  int64,
  int64Number,
  type NumberField,
  uint8,
  uint16,
  uint32,
  uint64,
  uint64Number,
} from "./numbers.js";
import { RecordValueError } from "./record-errors.js";

/**
 * An integer in memory that is read and changed in one step. Every operation is one instruction of
 * the processor, so none ever waits for another thread or process. Additions and subtractions wrap
 * around, as `Atomics` does.
 */
export interface AtomicInteger<T extends number | bigint> {
  /** What is there. */
  load(): T;
  /** Puts a value there. */
  store(value: T): void;
  /** Adds, and gives what was there before. */
  add(value: T): T;
  /** Subtracts, and gives what was there before. */
  sub(value: T): T;
  /** Keeps the bits that are set in `value`, too; gives what was there before. */
  and(value: T): T;
  /** Sets the bits that are set in `value`; gives what was there before. */
  or(value: T): T;
  /** Turns over the bits that are set in `value`; gives what was there before. */
  xor(value: T): T;
  /** Puts a value there, and gives what was there before. */
  exchange(value: T): T;
  /** Stores `replacement` if the value is `expected`; gives what was there before. */
  compareExchange(expected: T, replacement: T): T;
}

interface AtomicKind {
  readonly array: IntegersClass;
  /** Whether it is a bigint in memory and a number to the program. */
  readonly asNumber: boolean;
}

const kinds = new Map<unknown, AtomicKind>([
  [int8, { array: Int8Array, asNumber: false }],
  [uint8, { array: Uint8Array, asNumber: false }],
  [int16, { array: Int16Array, asNumber: false }],
  [uint16, { array: Uint16Array, asNumber: false }],
  [int32, { array: Int32Array, asNumber: false }],
  [uint32, { array: Uint32Array, asNumber: false }],
  [int64, { array: BigInt64Array, asNumber: false }],
  [uint64, { array: BigUint64Array, asNumber: false }],
  [int64Number, { array: BigInt64Array, asNumber: true }],
  [uint64Number, { array: BigUint64Array, asNumber: true }],
]);

/**
 * An integer with atomic operations: a counter, a flag, a state. Its place must be aligned, packed
 * or not.
 *
 * @example
 * ```ts
 * const Counter = record({ hits: atomic(uint64) });
 * const hits = Counter.at(mapping, 0).hits.add(1n) + 1n;
 * ```
 */
export function atomic<T extends number | bigint>(
  base: NumberField<T>,
): FieldType<AtomicInteger<T>, T> {
  const kind = kinds.get(base);
  if (kind === undefined) {
    throw new ArgumentTypeError(`atomic takes a type of integer, got ${shown(base)}`);
  }
  if (endianness() !== "LE") {
    throw new UnsupportedError(
      "atomic fields are little-endian, which this machine's atomic operations are not",
    );
  }
  return new AtomicField(base, kind);
}

class AtomicField<T extends number | bigint> extends FieldType<AtomicInteger<T>, T> {
  override readonly requiredAlignment: number;
  override readonly located: LocatedClass<AtomicInteger<T>>;

  constructor(base: NumberField<T>, kind: AtomicKind) {
    const { byteLength, alignment, name } = base;
    super({ name: `atomic(${name})`, byteLength, alignment });
    this.requiredAlignment = byteLength;
    this.located = makeClass(base, kind);
  }

  override read(memory: Memory, at: number): AtomicInteger<T> {
    return new this.located(memory, at);
  }

  override write(memory: Memory, at: number, value: T): void {
    this.read(memory, at).store(value);
  }

  override toPlain(value: AtomicInteger<T>): T {
    return value.load();
  }
}

/** The same calls for all kinds of arrays; that values fit the array is the field's to check. */
const operations = Atomics as unknown as {
  readonly [Name in keyof AtomicInteger<never>]: (
    integers: Integers,
    index: number,
    value?: number | bigint,
    other?: number | bigint,
  ) => number | bigint;
};

function makeClass<T extends number | bigint>(
  base: NumberField<T>,
  { array, asNumber }: AtomicKind,
): LocatedClass<AtomicInteger<T>> {
  const size = base.byteLength;
  const take = (value: T): number | bigint => {
    base.check(value);
    return asNumber ? BigInt(value) : value;
  };
  const give = (value: number | bigint): T => {
    return (asNumber ? exactNumber(value as bigint, base.name) : value) as T;
  };

  // ORDER: every operation is sequentially consistent, as all of Atomics: whoever sees the new
  // value also sees what was written before it.
  return class Atomic extends Located implements AtomicInteger<T> {
    load(): T {
      return give(operations.load(this.#integers(), this[placeOf] / size));
    }

    store(value: T): void {
      operations.store(this.#integers(), this[placeOf] / size, take(value));
    }

    add(value: T): T {
      return give(operations.add(this.#integers(), this[placeOf] / size, take(value)));
    }

    sub(value: T): T {
      return give(operations.sub(this.#integers(), this[placeOf] / size, take(value)));
    }

    and(value: T): T {
      return give(operations.and(this.#integers(), this[placeOf] / size, take(value)));
    }

    or(value: T): T {
      return give(operations.or(this.#integers(), this[placeOf] / size, take(value)));
    }

    xor(value: T): T {
      return give(operations.xor(this.#integers(), this[placeOf] / size, take(value)));
    }

    exchange(value: T): T {
      return give(operations.exchange(this.#integers(), this[placeOf] / size, take(value)));
    }

    compareExchange(expected: T, replacement: T): T {
      const integers = this.#integers();
      const index = this[placeOf] / size;
      return give(operations.compareExchange(integers, index, take(expected), take(replacement)));
    }

    #integers(): Integers {
      const memory = this[memoryOf];
      if (memory.bytes.byteLength > 0) return memory.integers(array);
      throw memory.failure(new TypeError("the memory is detached"));
    }

    [inspect.custom](): string {
      return `atomic ${this.load()}`;
    }
  };
}

function exactNumber(value: bigint, name: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RecordValueError(
    `an atomic field of type ${name} holds ${value}, which no number holds exactly: ` +
      `describe it as ${name}, whose values are bigints`,
  );
}
