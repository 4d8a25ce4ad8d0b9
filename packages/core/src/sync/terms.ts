// How long, and until when, callers want to wait.

import { checkFlag, checkOptions } from "../arguments.js";
import { TimeoutError } from "../errors.js";
import { checkSignal, checkTimeout, type WaitOptions } from "./wait-options.js";

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
  const signal = checkSignal(asked.signal, what);
  const queue = checkFlag("options.queue", asked.queue, false);
  return { ...termsOf(what, checkTimeout("options.timeoutMs", asked.timeoutMs)), signal, queue };
}

/** Checks the timeout of a blocking form. */
export function blockingTerms(what: string, timeoutMs: number | undefined): Terms {
  return termsOf(what, checkTimeout("timeoutMs", timeoutMs));
}

function termsOf(what: string, timeoutMs: number): Terms {
  const limited = timeoutMs !== Number.POSITIVE_INFINITY;
  const deadline = limited ? performance.now() + timeoutMs : timeoutMs;
  return { what, timeoutMs, deadline, signal: undefined, queue: false };
}

/** Terms of what ends only when it succeeds. */
export function foreverTerms(what: string): Terms {
  const never = Number.POSITIVE_INFINITY;
  return { what, timeoutMs: never, deadline: never, signal: undefined, queue: true };
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
