// Arrays of a fixed number of elements inside a record.

import { inspect } from "node:util";
import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { specialize } from "./accessors.js";
import {
  checkCount,
  checkFieldType,
  FieldType,
  type LayoutRow,
  Located,
  type LocatedClass,
  memoryOf,
  placeOf,
} from "./field.js";
import { type Memory, windowStride } from "./memory.js";

/** The elements of an {@link array} field, where they are in the memory. */
export interface FixedArray<Value, Input = Value> extends Iterable<Value> {
  readonly length: number;
  /** @throws ArgumentRangeError for an index outside. */
  get(index: number): Value;
  /**
   * Writes one element. @throws ArgumentRangeError for an index outside, or what cannot be held.
   */
  set(index: number, value: Input): void;
  /** Writes all elements: as many values as there are elements. */
  assign(values: Iterable<Input>): void;
  /** Writes one value to all elements. */
  fill(value: Input): void;
}

/**
 * `length` elements of one type, one after the other: C's `type name[length]`.
 *
 * @example
 * ```ts
 * const Path = record({ points: array(float64, 3) });
 * Path.at(mapping, 0).points.assign([1, 2, 3]);
 * ```
 */
export function array<Value, Input>(
  element: FieldType<Value, Input>,
  length: number,
): FieldType<FixedArray<Value, Input>, Iterable<Input>> {
  const type = checkFieldType("element", element);
  const most = Math.floor(windowStride / type.byteLength);
  return new ArrayField<Value, Input>(type, checkCount("length", length, most));
}

class ArrayField<Value, Input> extends FieldType<FixedArray<Value, Input>, Iterable<Input>> {
  override readonly requiredAlignment: number;
  override readonly located: LocatedClass<FixedArray<Value, Input>>;
  readonly #element: FieldType<Value, Input>;
  readonly #length: number;

  constructor(element: FieldType<Value, Input>, length: number) {
    super({
      name: `array(${element.name}, ${length})`,
      byteLength: element.byteLength * length,
      alignment: element.alignment,
    });
    this.requiredAlignment = element.requiredAlignment;
    this.#element = element;
    this.#length = length;
    this.located = makeClass(this, element, length);
  }

  override read(memory: Memory, at: number): FixedArray<Value, Input> {
    return new this.located(memory, at);
  }

  override write(memory: Memory, at: number, values: Iterable<Input>): void {
    if (values instanceof this.located) {
      memory.getUint8(at);
      const source = values[memoryOf].bytes;
      const start = values[placeOf];
      memory.bytes.set(source.subarray(start, start + this.byteLength), at);
      return;
    }
    const all = this.#checkValues(values);
    const { byteLength } = this.#element;
    for (const [index, value] of all.entries()) {
      this.#element.write(memory, at + index * byteLength, value);
    }
  }

  #checkValues(values: Iterable<Input>): readonly Input[] {
    if (typeof values !== "object" || values === null || !(Symbol.iterator in values)) {
      throw new ArgumentTypeError(
        `a field of type ${this.name} takes a list, got ${shown(values)}`,
      );
    }
    const all = [...values];
    if (all.length === this.#length) return all;
    throw new ArgumentRangeError(
      `a field of type ${this.name} takes exactly ${this.#length} values, got ${all.length}`,
    );
  }

  override toPlain(value: FixedArray<Value, Input>): unknown[] {
    return [...value].map((each) => this.#element.toPlain(each));
  }

  override rows(name: string, byteOffset: number): readonly LayoutRow[] {
    return this.#element.rows(`${name}[0]`, byteOffset);
  }
}

function makeClass<Value, Input>(
  field: ArrayField<Value, Input>,
  element: FieldType<Value, Input>,
  length: number,
): LocatedClass<FixedArray<Value, Input>> {
  const { byteLength } = element;

  function refuse(index: unknown): never {
    const message = `index must be a whole number from 0 to ${length - 1}, got ${shown(index)}`;
    throw typeof index === "number"
      ? new ArgumentRangeError(message)
      : new ArgumentTypeError(message);
  }

  class Elements extends Located implements FixedArray<Value, Input> {
    get length(): number {
      return length;
    }

    get(index: number): Value {
      if (!(Number.isInteger(index) && index >= 0 && index < length)) refuse(index);
      try {
        return element.read(this[memoryOf], this[placeOf] + index * byteLength);
      } catch (cause) {
        throw this[memoryOf].failure(cause);
      }
    }

    set(index: number, value: Input): void {
      if (!(Number.isInteger(index) && index >= 0 && index < length)) refuse(index);
      try {
        element.write(this[memoryOf], this[placeOf] + index * byteLength, value);
      } catch (cause) {
        throw this[memoryOf].failure(cause);
      }
    }

    assign(values: Iterable<Input>): void {
      try {
        field.write(this[memoryOf], this[placeOf], values);
      } catch (cause) {
        throw this[memoryOf].failure(cause);
      }
    }

    fill(value: Input): void {
      for (let index = 0; index < length; index++) this.set(index, value);
    }

    *[Symbol.iterator](): IterableIterator<Value> {
      for (let index = 0; index < length; index++) yield this.get(index);
    }

    [inspect.custom](): unknown {
      return field.toPlain(this);
    }
  }
  return specialized(Elements, element, { length, refuse });
}

/** With direct access to elements that are numbers. */
function specialized<Value, Input>(
  base: LocatedClass<FixedArray<Value, Input>>,
  element: FieldType<Value, Input>,
  array: { readonly length: number; readonly refuse: (index: unknown) => never },
): LocatedClass<FixedArray<Value, Input>> {
  const { direct, byteLength } = element;
  if (direct === undefined) return base;
  const inside = `Number.isInteger(index) && index >= 0 && index < ${array.length}`;
  const enter = `    if (!(${inside})) refuse(index);
    const at = this[place] + index * ${byteLength};`;
  const leave = "} catch (cause) {\n      throw this[memory].failure(cause);\n    }";
  const text = `  get(index) {
${enter}
    try {
      return ${direct.read("this[memory]", "at")};
    ${leave}
  }
  set(index, value) {
${enter}
    if (!(${direct.accepts("value")})) refuseValue(value);
    try {
      ${direct.write("this[memory]", "at", "value")};
    ${leave}
  }`;
  const refuseValue = (value: unknown): never => element.refuse(value);
  return specialize(base, text, {
    memory: memoryOf,
    place: placeOf,
    refuse: array.refuse,
    refuseValue,
  });
}
