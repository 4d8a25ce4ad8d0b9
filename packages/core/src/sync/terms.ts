// How long, and until when, callers want to wait.

import { checkFlag, checkOptions, shown } from "../arguments.js";
import { AbortError, ArgumentRangeError, ArgumentTypeError, TimeoutError } from "../errors.js";

/** How a wait for a promise may end before what it waits for has come. */
export interface WaitOptions {
  /** Milliseconds until it is rejected with a `TimeoutError`. Default: never. */
  readonly timeoutMs?: number | undefined;
  /** Rejects it with an `AbortError` when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of taking a lock that one thread can hold. */
export interface LockOptions extends WaitOptions {
  /**
   * What to do when this thread holds the lock at the time of the call. False: a `MisuseError`, for
   * whoever holds it and takes it again would wait for itself. True: wait, for tasks that share a
   * thread. Default false.
   */
  readonly queue?: boolean | undefined;
}

/** The same, checked. */
export interface Terms {
  readonly what: string;
  readonly timeoutMs: number;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly queue: boolean;
}

/** Checks the options of an async form. `what` is what is waited for, as in "locking the mutex". */
export function checkTerms(what: string, options: LockOptions | undefined): Terms {
  const asked = checkOptions("options", options, ["timeoutMs", "signal", "queue"]);
  const { signal } = asked;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentTypeError(`options.signal must be an AbortSignal, got ${shown(signal)}`);
  }
  const queue = checkFlag("options.queue", asked.queue, false);
  const terms = { ...blockingTerms(what, asked.timeoutMs, "options.timeoutMs"), signal, queue };
  if (signal?.aborted) throw new AbortError(what, signal.reason);
  return terms;
}

/** Checks the timeout of a blocking form. */
export function blockingTerms(what: string, timeoutMs: unknown, name = "timeoutMs"): Terms {
  const checked = timeoutMs === undefined ? Number.POSITIVE_INFINITY : timeoutMs;
  if (typeof checked !== "number") {
    throw new ArgumentTypeError(`${name} must be a number of milliseconds, got ${shown(checked)}`);
  }
  if (!(checked >= 0)) {
    throw new ArgumentRangeError(
      `${name} must be 0 or more milliseconds, or Infinity, got ${shown(checked)}`,
    );
  }
  const limited = checked !== Number.POSITIVE_INFINITY;
  const deadline = limited ? performance.now() + checked : checked;
  return { what, timeoutMs: checked, deadline, signal: undefined, queue: false };
}

/** Milliseconds that are left. @throws {@link TimeoutError} when none are. */
export function leftOf(terms: Terms): number {
  if (terms.timeoutMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  const left = terms.deadline - performance.now();
  if (left > 0) return left;
  throw timedOut(terms);
}

export function timedOut({ what, timeoutMs }: Terms): TimeoutError {
  return new TimeoutError(`${what} took longer than the ${timeoutMs} ms it was given`);
}
