// Brings what the fault handler recorded to the event loop, and keeps the handler where it is.

import os from "node:os";
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

const signals = ["SIGBUS", "SIGSEGV"] as const;
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
  for (const signal of signals) tellListening(signal, process.listenerCount(signal) > 0);
  // Listeners of the program are to get what `kill` sends. Node acts on a new or removed listener
  // before these run, as they were added later: should libuv have put its handler over ours, which
  // would let a fault repeat for ever, ours goes on top again.
  process.on("newListener", (event) => onListener(event, true));
  process.on("removeListener", (event) => onListener(event, process.listenerCount(event) > 0));
}

function onListener(event: string | symbol, listens: boolean): void {
  const signal = signals.find((signal) => signal === event);
  if (signal === undefined) return;
  tellListening(signal, listens);
  restoreFaultHandler();
}

function tellListening(signal: (typeof signals)[number], listens: boolean): void {
  native.setListening(os.constants.signals[signal], listens);
}

function announce(): void {
  for (const reference of [...listeners]) reference.deref()?.announceFaults();
}
