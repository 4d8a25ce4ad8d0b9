// Checks what callers pass, once, at the edge: what was got, what is allowed, what to do.

import { inspect } from "node:util";
import { ArgumentRangeError, ArgumentTypeError } from "./errors.js";

/** A count or position in bytes: a safe integer, or a bigint of such a value. */
export type Bytes = number | bigint;

/** Where a count may lie, both ends included. */
export interface Limits {
  readonly least?: number;
  readonly most?: number;
  /** It must be a multiple of this. */
  readonly multipleOf?: number;
  /** What is counted. Default bytes. */
  readonly unit?: string;
  /** Said in the error, to tell why or what to do. */
  readonly hint?: string;
}

/** Checks a count (of bytes, unless the limits say otherwise), and gives it as a number. */
export function checkBytes(name: string, value: unknown, limits: Limits = {}): number {
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new ArgumentTypeError(`${name} must be a number or a bigint, got ${shown(value)}`);
  }
  const { least = 0, most = Number.MAX_SAFE_INTEGER, multipleOf = 1 } = limits;
  const count = Number(value);
  const fits =
    Number.isSafeInteger(count) && count >= least && count <= most && count % multipleOf === 0;
  if (!fits) throw new ArgumentRangeError(rangeMessage(name, value, { ...limits, least, most }));
  return count;
}

function rangeMessage(name: string, value: number | bigint, limits: Limits): string {
  const multiple =
    limits.multipleOf === undefined ? "" : ` that is a multiple of ${limits.multipleOf}`;
  const hint = limits.hint === undefined ? "" : `: ${limits.hint}`;
  const range = `${limits.unit ?? "bytes"} from ${limits.least} to ${limits.most}${multiple}`;
  return `${name} must be a whole number of ${range}, got ${shown(value)}${hint}`;
}

/** Checks that `value` is an object whose keys are all in `allowed`; undefined is an empty one. */
export function checkOptions<T extends object>(
  name: string,
  value: T | undefined,
  allowed: readonly (keyof T & string)[],
): Partial<T> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ArgumentTypeError(`${name} must be an object, got ${shown(value)}`);
  }
  for (const key of Object.keys(value)) {
    if ((allowed as readonly string[]).includes(key)) continue;
    throw new ArgumentTypeError(
      `${name} has no ${JSON.stringify(key)}: it may have ${allowed.join(", ")}`,
    );
  }
  return value;
}

/** Checks that `value` is one of the words allowed; undefined gives `otherwise`. */
export function checkWord<T extends string>(
  name: string,
  value: unknown,
  allowed: readonly T[],
  otherwise?: T,
): T {
  if (value === undefined && otherwise !== undefined) return otherwise;
  if ((allowed as readonly unknown[]).includes(value)) return value as T;
  const words = allowed.map((word) => JSON.stringify(word)).join(", ");
  const message = `${name} must be one of ${words}, got ${shown(value)}`;
  throw typeof value === "string"
    ? new ArgumentRangeError(message)
    : new ArgumentTypeError(message);
}

/** Checks a flag; undefined gives `otherwise`. */
export function checkFlag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === "boolean") return value;
  throw new ArgumentTypeError(`${name} must be true or false, got ${shown(value)}`);
}

/** A value as an error message shows it: short, on one line, whatever it is. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 40 });
  } catch {
    text = typeof value;
  }
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
