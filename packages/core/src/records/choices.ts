// Fields that are one of some names, or any of them: booleans, enumerations, bit flags.

import { inspect } from "node:util";
import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import {
  type DirectAccess,
  FieldType,
  Located,
  type LocatedClass,
  memoryOf,
  placeOf,
} from "./field.js";
import type { Memory } from "./memory.js";
import type { NumberField } from "./numbers.js";
import { RecordValueError } from "./record-errors.js";

class BooleanField extends FieldType<boolean> {
  override readonly direct: DirectAccess = {
    read: (memory, at) => `${memory}.getUint8(${at}) !== 0`,
    accepts: (value) => `typeof ${value} === "boolean"`,
    write: (memory, at, value) => `${memory}.setUint8(${at}, ${value} ? 1 : 0)`,
  };

  constructor() {
    super({ name: "boolean", byteLength: 1, alignment: 1 });
  }

  override read(memory: Memory, at: number): boolean {
    return memory.getUint8(at) !== 0;
  }

  override write(memory: Memory, at: number, value: boolean): void {
    if (typeof value !== "boolean") this.refuse(value);
    memory.setUint8(at, value ? 1 : 0);
  }
}

/** One byte, C's `_Bool`: false is 0, true is 1 (or anything else, when read). */
export const boolean: FieldType<boolean> = new BooleanField();

/** Names for numbers: a list counts from 0. */
export type Choices<Name extends string> = readonly Name[] | Readonly<Record<Name, number>>;

/**
 * A number that stands for one of some names, as C's `enum`; read and written as the name.
 *
 * @example
 * ```ts
 * const color = enumeration(uint8, ["red", "green"]);
 * const level = enumeration(int32, { low: -1, high: 1 });
 * ```
 */
export function enumeration<const Name extends string>(
  base: NumberField<number>,
  choices: Choices<Name>,
): FieldType<Name> {
  return new EnumerationField<Name>(base, checkChoices("choices", choices));
}

class EnumerationField<Name extends string> extends FieldType<Name> {
  readonly #base: NumberField<number>;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #names: ReadonlyMap<number, Name>;

  constructor(base: NumberField<number>, numbers: ReadonlyMap<Name, number>) {
    const { byteLength, alignment } = base;
    super({ name: `enumeration(${base.name}: ${listed(numbers)})`, byteLength, alignment });
    for (const value of numbers.values()) base.check(value);
    this.#base = base;
    this.#numbers = numbers;
    this.#names = new Map([...numbers].map(([name, value]) => [value, name]));
    if (this.#names.size < numbers.size) {
      throw new ArgumentRangeError(`choices has the same number twice: ${listed(numbers)}`);
    }
  }

  override read(memory: Memory, at: number): Name {
    const value = this.#base.read(memory, at);
    const name = this.#names.get(value);
    if (name !== undefined) return name;
    throw new RecordValueError(
      `a field holds ${value}, which no name stands for in ${listed(this.#numbers)}`,
    );
  }

  override write(memory: Memory, at: number, name: Name): void {
    const value = this.#numbers.get(name);
    if (value === undefined) this.refuse(name);
    this.#base.write(memory, at, value);
  }

  override refuse(value: unknown): never {
    const message = `a field may be one of ${listed(this.#numbers)}, got ${shown(value)}`;
    throw typeof value === "string"
      ? new ArgumentRangeError(message)
      : new ArgumentTypeError(message);
  }
}

/** An object with a boolean for each name: `record.state.dirty = true`. */
export type FlagSet<Name extends string> = { [K in Name]: boolean };

/**
 * Bits of an integer by name, as C's bit masks: a list counts from bit 0. Reading gives an object
 * that stands in the memory, with a boolean for each name.
 *
 * @example
 * ```ts
 * const Page = record({ state: flags(uint16, ["dirty", "locked"]) });
 * ```
 */
export function flags<const Name extends string>(
  base: NumberField<number>,
  choices: Choices<Name>,
): FieldType<FlagSet<Name>> {
  return new FlagsField<Name>(base, checkChoices("choices", choices));
}

class FlagsField<Name extends string> extends FieldType<FlagSet<Name>> {
  override readonly located: LocatedClass<FlagSet<Name>>;
  readonly #base: NumberField<number>;
  readonly #bits: ReadonlyMap<Name, number>;

  constructor(base: NumberField<number>, bits: ReadonlyMap<Name, number>) {
    const { byteLength, alignment, name } = base;
    super({ name: `flags(${name}: ${listed(bits)})`, byteLength, alignment });
    // Above 32 bits JavaScript has no bit operations on numbers.
    const count = Math.min(32, byteLength * 8);
    if (new Set(bits.values()).size < bits.size) {
      throw new ArgumentRangeError(`choices has the same bit twice: ${listed(bits)}`);
    }
    for (const [flag, bit] of bits) {
      if (Number.isInteger(bit) && bit >= 0 && bit < count && name.includes("int")) continue;
      throw new ArgumentRangeError(
        `${flag} must be a bit from 0 to ${count - 1} of an integer, got bit ${bit} of ${name}`,
      );
    }
    this.#base = base;
    this.#bits = bits;
    this.located = this.#makeClass();
  }

  #makeClass(): LocatedClass<FlagSet<Name>> {
    const { read, byteLength } = this.#base;
    const field = this;
    const bits = this.#bits;
    class Flags extends Located {
      [inspect.custom](): unknown {
        return field.toPlain(this as unknown as FlagSet<Name>);
      }
    }
    for (const [name, bit] of bits) {
      const mask = (1 << bit) >>> 0;
      Object.defineProperty(Flags.prototype, name, {
        enumerable: true,
        get(this: Located): boolean {
          return (read(this[memoryOf], this[placeOf]) & mask) !== 0;
        },
        set(this: Located, value: boolean) {
          if (typeof value !== "boolean") {
            throw new ArgumentTypeError(`a flag is true or false, got ${shown(value)}`);
          }
          const before = read(this[memoryOf], this[placeOf]);
          store(this[memoryOf], this[placeOf], {
            byteLength,
            value: value ? before | mask : before & ~mask,
          });
        },
      });
    }
    return Flags as unknown as LocatedClass<FlagSet<Name>>;
  }

  override toPlain(value: FlagSet<Name>): FlagSet<Name> {
    return Object.fromEntries([...this.#bits.keys()].map((name) => [name, value[name]])) as never;
  }

  override read(memory: Memory, at: number): FlagSet<Name> {
    return new this.located(memory, at);
  }

  /** Bits without a name become 0. */
  override write(memory: Memory, at: number, set: FlagSet<Name>): void {
    if (typeof set !== "object" || set === null) this.refuse(set);
    let value = 0;
    for (const [name, bit] of this.#bits) {
      if (typeof set[name] !== "boolean") {
        throw new ArgumentTypeError(`flag ${name} must be true or false, got ${shown(set[name])}`);
      }
      if (set[name]) value |= 1 << bit;
    }
    store(memory, at, { byteLength: this.byteLength, value });
  }
}

function store(
  memory: Memory,
  at: number,
  { byteLength, value }: { readonly byteLength: number; readonly value: number },
): void {
  if (byteLength === 1) memory.setUint8(at, value);
  else if (byteLength === 2) memory.setUint16(at, value, true);
  else memory.setUint32(at, value, true);
}

function checkChoices<Name extends string>(
  name: string,
  choices: Choices<Name>,
): ReadonlyMap<Name, number> {
  if (typeof choices !== "object" || choices === null) {
    throw new ArgumentTypeError(
      `${name} must be a list of names, or an object of numbers by name, got ${shown(choices)}`,
    );
  }
  const entries = Array.isArray(choices)
    ? choices.map((each, index) => [each, index] as const)
    : (Object.entries(choices) as [Name, number][]);
  for (const [each, value] of entries) {
    if (typeof each === "string" && typeof value === "number") continue;
    throw new ArgumentTypeError(`${name} must have numbers for names, got ${shown(choices)}`);
  }
  if (entries.length === 0) throw new ArgumentRangeError(`${name} must name something`);
  const numbers = new Map(entries);
  if (numbers.size === entries.length) return numbers;
  throw new ArgumentRangeError(`${name} must not have a name twice, got ${shown(choices)}`);
}

function listed(numbers: ReadonlyMap<string, number>): string {
  return [...numbers].map(([name, value]) => `${name}=${value}`).join(", ");
}
