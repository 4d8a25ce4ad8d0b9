// How long a caller is ready to wait, and what ends the waiting before.

import { checkOptions, shown } from "../arguments.js";
import { AbortError, ArgumentRangeError, ArgumentTypeError } from "../errors.js";

/** How an asynchronous call waits. */
export interface WaitOptions {
  /** Milliseconds until it gives up with a `TimeoutError`. Default: none, it waits for ever. */
  readonly timeoutMs?: number;
  /** Ends the waiting with an `AbortError`, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The same, checked; no timeout is Infinity. */
export interface CheckedWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Checks the waiting part of a call's options. */
export function checkWaitOptions(options: WaitOptions | undefined): CheckedWait {
  const asked = checkOptions("options", options, ["timeoutMs", "signal"]);
  const signal = checkSignal(asked.signal);
  return { timeoutMs: checkTimeout("options.timeoutMs", asked.timeoutMs), signal };
}

/** Checks a signal; one that is aborted already throws. `what` is what is waited for. */
export function checkSignal(value: unknown, what = "the wait"): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) {
    throw new ArgumentTypeError(`options.signal must be an AbortSignal, got ${shown(value)}`);
  }
  if (value.aborted) throw new AbortError(what, value.reason);
  return value;
}

/** Checks a time to wait, in milliseconds; undefined is Infinity. */
export function checkTimeout(name: string, value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`${name} must be a number of milliseconds, got ${shown(value)}`);
  }
  if (value >= 0) return value;
  throw new ArgumentRangeError(`${name} must be 0 or more milliseconds, got ${shown(value)}`);
}
