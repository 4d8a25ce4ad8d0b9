// An enum, as the schema says it.

import { CapnpRangeError, CapnpTypeError } from "../errors.js";
import type { Annotations } from "./annotations.js";

/** One value of an enum. Its number is its index. */
export interface Enumerant {
  readonly name: string;
  /** The order in which the enumerants stand in the schema's file. */
  readonly codeOrder: number;
  readonly annotations: Annotations;
}

/** An enum. */
export class EnumSchema {
  readonly id: bigint;
  /** The name with those of the scopes around it: `Person.Phone.Kind`. */
  readonly name: string;
  readonly annotations: Annotations;
  /** In the order of their numbers. */
  readonly enumerants: readonly Enumerant[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(
    id: bigint,
    name: string,
    annotations: Annotations,
    enumerants: readonly Enumerant[],
  ) {
    this.id = id;
    this.name = name;
    this.annotations = annotations;
    this.enumerants = enumerants;
    this.#numbers = new Map(enumerants.map((enumerant, index) => [enumerant.name, index]));
  }

  /** The name of a value; the number itself where the enum, in this version, has no such one. */
  nameOf(value: number): string | number {
    return this.enumerants[value]?.name ?? value;
  }

  /**
   * The number of a value that is given by its name, or as a number.
   * @throws CapnpRangeError for a name that the enum does not have
   */
  numberOf(value: unknown): number {
    if (typeof value === "string") {
      const number = this.#numbers.get(value);
      if (number !== undefined) return number;
      const names = this.enumerants.map((enumerant) => enumerant.name).join(", ");
      throw new CapnpRangeError(`${this.name} has no value "${value}": it has ${names}`);
    }
    if (typeof value !== "number") {
      throw new CapnpTypeError(
        `a value of ${this.name} must be a name or a number, got ${typeof value}`,
      );
    }
    if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return value;
    throw new CapnpRangeError(
      `a value of ${this.name} must be a whole number from 0 to 65535, got ${value}`,
    );
  }
}
