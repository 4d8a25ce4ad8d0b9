// What scenes use: modules that child processes run (ending.ts). Without the test runner's modules.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { setImmediate } from "node:timers/promises";

/** What an action threw, as plain data; null when it threw nothing. */
export function trouble(action: () => unknown): object | null {
  try {
    action();
    return null;
  } catch (error) {
    return described(error);
  }
}

/** The same of a promise. */
export async function troubleOf(promise: Promise<unknown>): Promise<object | null> {
  return promise.then(
    () => null,
    (error) => described(error),
  );
}

function described(error: unknown): object {
  const { name, code, kind, access, byteOffset, count, errnoName, message } = error as Record<
    string,
    unknown
  >;
  return { name, code, kind, access, byteOffset, count, errnoName, message };
}

/** Ends what a scene has to say. */
export function report(value: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the one way to the test.
  console.log(JSON.stringify(value));
}

/** Has another process change a file's length. */
export function truncateElsewhere(file: string, byteLength: number): void {
  const { status } = spawnSync("truncate", ["-s", String(byteLength), file]);
  if (status !== 0) throw new Error("truncate(1) failed");
}

export function residentBytes(): number {
  return process.memoryUsage.rss();
}

export function descriptorCount(): number {
  return fs.readdirSync("/proc/self/fd").length;
}

export function mapEntryCount(): number {
  return fs.readFileSync("/proc/self/maps", "latin1").split("\n").length - 1;
}

/** Lets the event loop turn until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

/** Collects garbage, and lets finalizers run; needs --expose-gc. */
export async function collectGarbage(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  for (let round = 0; round < 5; round++) {
    gc?.();
    await setImmediate();
  }
}
