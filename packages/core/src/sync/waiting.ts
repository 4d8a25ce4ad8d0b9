// Waiting until a word of mapped memory changes, whoever changes it: threads and processes alike.
//
// The rule for who uses it: change the word first, then wake. A wait ends when the word is not the
// value any more, when it was woken, or for no reason: so look again.

import os from "node:os";
import { native } from "../binding.js";
import { AbortError, ClosedError, DestroyedError, ResourceLimitError } from "../errors.js";
import { type Mapping, regionOf } from "../mapping/mapping.js";
import type { Region } from "../mapping/region.js";

/**
 * Why a wait ended: `"woken"`: the word is another, or someone woke it, or for no reason;
 * `"owner-died"`: one of the owners that were watched.
 */
export type WaitEnd = "woken" | "timed-out" | "owner-died";

/** How a wait for a promise may end besides. */
export interface WaitTerms {
  /** Milliseconds; default: for ever. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Pairs of words (token and check, see owner.ts) whose threads must live: the death of one ends
   * the wait soon after, within 25 ms or so.
   */
  readonly owners?: { readonly byteOffset: number; readonly count: number } | undefined;
}

/** What a wait is for, in messages. */
const wait = "the wait";

/** Longer times are for ever to the native core. */
const forever = -1;

/**
 * Waits on this thread while the 32-bit word at `byteOffset` is `value`. Nothing else of the thread
 * runs meanwhile, and it cannot be terminated: so wait in turns of at most {@link longestTurnMs}.
 *
 * @throws {@link ClosedError}; {@link DestroyedError} when the memory is gone.
 */
export function waitHere(
  mapping: Mapping,
  byteOffset: number,
  value: number,
  timeoutMs: number,
): "woken" | "timed-out" {
  const region = openRegion(mapping);
  const offset = region.lead + byteOffset;
  const code = native.waitHere(region.handle, offset, value >>> 0, timeoutMs);
  return ended(code, region, byteOffset) === "timed-out" ? "timed-out" : "woken";
}

/** How long a thread waits without looking whether it should go on: for its end, for deaths. */
export const longestTurnMs = 25;

/**
 * Waits while the 32-bit word at `byteOffset` is `value`; the event loop and libuv's pool stay
 * free. A pending wait keeps the process running.
 *
 * @throws {@link AbortError}; {@link ClosedError} when the mapping is closed, also while waiting;
 * {@link DestroyedError} when the memory is gone; {@link ResourceLimitError} without a thread.
 */
export function waitFor(
  mapping: Mapping,
  byteOffset: number,
  value: number,
  terms: WaitTerms = {},
): Promise<WaitEnd> {
  return new Promise((resolve, reject) => {
    const region = openRegion(mapping);
    const { signal } = terms;
    if (signal?.aborted) throw new AbortError(wait, signal.reason);
    const id = startWait(region, byteOffset, value, terms);
    const stop = (error: Error): void => {
      // An end that is already on its way is not heard any more.
      native.cancelWait(id);
      waits.delete(id);
      finish();
      reject(error);
    };
    const onClosing = (): void => stop(new ClosedError(region.spec.name));
    const onAbort = (): void => stop(new AbortError(wait, signal?.reason));
    const finish = (): void => {
      region.closing.delete(onClosing);
      signal?.removeEventListener("abort", onAbort);
    };
    waits.set(id, (code) => {
      finish();
      try {
        resolve(ended(code, region, byteOffset));
      } catch (error) {
        reject(error);
      }
    });
    region.closing.add(onClosing);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Wakes up to `count` that wait for a word, in any thread or process. Change the word first. */
export function wake(mapping: Mapping, byteOffset: number, count: number): void {
  const region = openRegion(mapping);
  const code = native.wake(region.handle, region.lead + byteOffset, count);
  if (code < 0) ended(code, region, byteOffset);
}

/** What is called at the end of each wait of this thread. */
const waits = new Map<number, (code: number) => void>();
let lastId = 0;
let listening = false;

function startWait(region: Region, byteOffset: number, value: number, terms: WaitTerms): number {
  if (!listening) {
    const code = native.onWaitEnd((id, result) => {
      const end = waits.get(id);
      waits.delete(id);
      end?.(result);
    });
    if (code !== 0) throw waitFailure(code);
    listening = true;
  }
  do lastId = (lastId + 1) >>> 0;
  while (waits.has(lastId));
  const { timeoutMs = Number.POSITIVE_INFINITY, owners = { byteOffset: 0, count: 0 } } = terms;
  const code = native.startWait(
    region.handle,
    region.lead + byteOffset,
    value >>> 0,
    Number.isFinite(timeoutMs) ? Math.max(0, timeoutMs) : forever,
    owners.count === 0 ? 0 : region.lead + owners.byteOffset,
    owners.count,
    lastId,
  );
  if (code !== 0) throw waitFailure(code);
  return lastId;
}

function waitFailure(errno: number): Error {
  return new ResourceLimitError("the thread that waits could not be started", {
    system: { syscall: "pthread_create", errno },
  });
}

function ended(code: number, region: Region, byteOffset: number): WaitEnd {
  if (code >= 0) return "woken";
  if (code === -os.constants.errno.ETIMEDOUT) return "timed-out";
  if (code === ownerDead) return "owner-died";
  throw new DestroyedError(
    `the memory at byte ${byteOffset} of ${region.spec.name} is gone: its file was made shorter, ` +
      "or its page was released or protected",
    { system: { syscall: "futex", errno: code } },
  );
}

const ownerDead = native.ownerDead;

function openRegion(mapping: Mapping): Region {
  const region = regionOf(mapping);
  if (region === undefined || region.closed) throw new ClosedError(region?.spec.name ?? "mapping");
  return region;
}
