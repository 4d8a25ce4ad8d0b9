// Brings what the fault handler recorded to the event loop, and keeps the handler where it is.

import { isMainThread } from "node:worker_threads";
import { native } from "../binding.js";
import { HandlerReplacedError } from "../errors.js";

/** What is told that faults may have been recorded. */
export interface FaultListener {
  announceFaults(): void;
}

const listeners = new Set<WeakRef<FaultListener>>();
const forgotten = new FinalizationRegistry<WeakRef<FaultListener>>((reference) => {
  listeners.delete(reference);
});

let watching = false;

/** Has `listener` told of recorded faults until it is garbage or the result is called. */
export function listenForFaults(listener: FaultListener): () => void {
  watch();
  const reference = new WeakRef(listener);
  listeners.add(reference);
  forgotten.register(listener, reference, reference);
  return () => {
    listeners.delete(reference);
    forgotten.unregister(reference);
  };
}

/** Throws when a handler of someone else stands where ours was. */
export function checkFaultHandler(): void {
  if (native.faultsInstalled() !== 0) throw new HandlerReplacedError();
}

/**
 * Puts the handlers of SIGBUS and SIGSEGV that mapped memory needs on top again. A handler that
 * another library installed meanwhile gets what is not ours. Does nothing when they are on top.
 */
export function restoreFaultHandler(): void {
  native.reinstallFaults();
}

function watch(): void {
  if (watching) return;
  watching = true;
  native.onFault(announce);
  if (!isMainThread) return;
  // `process.on("SIGBUS")` installs libuv's handler, which returns at once: a fault would then
  // repeat for ever. And removing the last listener installs none at all. Node acts before these
  // listeners run, as they were added later, so ours goes on top again and passes on the signals
  // sent by kill.
  process.on("newListener", restoreAfter);
  process.on("removeListener", restoreAfter);
}

function restoreAfter(event: string | symbol): void {
  if (event === "SIGBUS" || event === "SIGSEGV") restoreFaultHandler();
}

function announce(): void {
  for (const reference of [...listeners]) reference.deref()?.announceFaults();
}
