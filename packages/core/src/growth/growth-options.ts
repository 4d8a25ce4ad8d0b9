// What callers choose about a growing file.

import { availableParallelism } from "node:os";
import { type Bytes, checkBytes, checkFlag, checkOptions, checkWord } from "../arguments.js";
import { pageSize } from "../binding.js";
import { ArgumentRangeError } from "../errors.js";
import type { AttachOptions } from "../mapping/mapping-handle.js";

/**
 * How a growing file grows:
 * - `"extend-file"`: the whole reservation is mapped; touching memory past the file's end extends
 *   the file, in the fault handler. The default where the system allows it;
 * - `"remap"`: the reservation has no access at first; a touch extends the file and maps the next
 *   piece. For systems whose faults past a file's end cannot be told from others (OpenBSD);
 * - `"explicit"`: only `ensure` extends the file; a touch past its end is a recorded fault.
 */
export type GrowthStrategy = "extend-file" | "remap" | "explicit";

/** How far one extension goes: as far again as the file is long, within these bounds. */
export interface GrowthSteps {
  /** Bytes, a multiple of the page size. Default 1 MiB. */
  readonly minStep?: Bytes;
  /** Bytes, a multiple of the page size. Default 64 MiB; on tmpfs never more than 4 MiB. */
  readonly maxStep?: Bytes;
}

/** What opening and creating have in common. */
export interface GrowingFileOptions {
  /**
   * Address space to reserve, in bytes: the file can never be longer. Costs neither memory nor
   * disk. Default 1 TiB.
   */
  readonly maxByteLength?: Bytes;
  readonly growth?: GrowthSteps;
  readonly strategy?: GrowthStrategy;
  /**
   * Has a thread make pages ready ahead of a writer that goes forward. Default: when there is more
   * than one processor.
   */
  readonly prefault?: boolean;
  /** Makes `buffer` a SharedArrayBuffer, which can be posted to workers. Default false. */
  readonly shared?: boolean;
}

/** Options of {@link GrowingFile.create}. */
export interface CreateOptions extends GrowingFileOptions {
  /** Empties a file that is already there; else that is an error. Default false. */
  readonly overwrite?: boolean;
  /** Permission bits of the file. Default 0o600. */
  readonly mode?: number;
}

/** Options of {@link GrowingFile.open}. */
export interface OpenOptions extends GrowingFileOptions {
  /** Creates the file when it is not there. Default false. */
  readonly create?: boolean;
  /** Permission bits of a file that is created. Default 0o600. */
  readonly mode?: number;
}

/** Options of {@link GrowingFile.close}. */
export interface CloseOptions {
  /**
   * The exact length to give the file. Default: to the end of the page that holds the last byte
   * that is not zero, and never below the length the file had before it was opened. Of several that
   * have the file open and give a length, the longest counts.
   */
  readonly byteLength?: Bytes;
  /** False leaves the file as long as it has grown. Default true. */
  readonly trim?: boolean;
}

/** All of it, checked and filled in. */
export interface CheckedGrowth {
  readonly maxByteLength: number;
  readonly stepMin: number;
  readonly stepMax: number;
  readonly strategy: GrowthStrategy;
  readonly prefault: boolean;
  readonly shared: boolean;
}

const defaultMaxByteLength = 2 ** 40;
const defaultMinStep = 2 ** 20;
const defaultMaxStep = 2 ** 26;

const growthKeys = ["maxByteLength", "growth", "strategy", "prefault", "shared"] as const;

/** Checks the options of {@link GrowingFile.create}. */
export function checkCreateOptions(
  options: CreateOptions | undefined,
): CheckedGrowth & { readonly overwrite: boolean; readonly mode: number } {
  const asked = checkOptions("options", options, [...growthKeys, "overwrite", "mode"]);
  return {
    ...checkGrowth(asked),
    overwrite: checkFlag("options.overwrite", asked.overwrite, false),
    mode: checkMode(asked.mode),
  };
}

/** Checks the options of {@link GrowingFile.open}. */
export function checkOpenOptions(
  options: OpenOptions | undefined,
): CheckedGrowth & { readonly create: boolean; readonly mode: number } {
  const asked = checkOptions("options", options, [...growthKeys, "create", "mode"]);
  return {
    ...checkGrowth(asked),
    create: checkFlag("options.create", asked.create, false),
    mode: checkMode(asked.mode),
  };
}

/** Checks the options of {@link GrowingFile.attach}. */
export function checkAttachOptions(
  options: (GrowingFileOptions & AttachOptions) | undefined,
  handle: { readonly maxByteLength: number; readonly shared: boolean },
): { readonly growth: CheckedGrowth; readonly descriptor: unknown } {
  const asked = checkOptions("options", options, [...growthKeys, "descriptor"]);
  const { maxByteLength = handle.maxByteLength, shared = handle.shared, descriptor } = asked;
  return { growth: checkGrowth({ ...asked, maxByteLength, shared }), descriptor };
}

/** Checks the options of {@link GrowingFile.close}. */
export function checkCloseOptions(
  options: CloseOptions | undefined,
  maxByteLength: number,
): { readonly byteLength: number | undefined; readonly trim: boolean } {
  const asked = checkOptions("options", options, ["byteLength", "trim"]);
  const trim = checkFlag("options.trim", asked.trim, true);
  if (asked.byteLength === undefined) return { byteLength: undefined, trim };
  if (!trim) {
    throw new ArgumentRangeError("options.byteLength is a length to trim to: leave trim out");
  }
  const limits = { most: maxByteLength, hint: "no more was reserved (maxByteLength)" };
  return { byteLength: checkBytes("options.byteLength", asked.byteLength, limits), trim };
}

function checkGrowth(asked: GrowingFileOptions): CheckedGrowth {
  const { maxByteLength = defaultMaxByteLength } = asked;
  const steps = checkOptions("options.growth", asked.growth, ["minStep", "maxStep"]);
  const { minStep = defaultMinStep } = steps;
  const stepMin = checkStep("options.growth.minStep", minStep, pageSize);
  const { maxStep = Math.max(stepMin, defaultMaxStep) } = steps;
  return {
    maxByteLength: checkBytes("options.maxByteLength", maxByteLength, { least: 1 }),
    stepMin,
    stepMax: checkStep("options.growth.maxStep", maxStep, stepMin),
    strategy: checkWord(
      "options.strategy",
      asked.strategy,
      ["extend-file", "remap", "explicit"],
      process.platform === "openbsd" ? "remap" : "extend-file",
    ),
    prefault: checkFlag("options.prefault", asked.prefault, availableParallelism() > 1),
    shared: checkFlag("options.shared", asked.shared, false),
  };
}

function checkStep(name: string, value: Bytes, least: number): number {
  return checkBytes(name, value, { least, most: 2 ** 40, multipleOf: pageSize });
}

function checkMode(mode: unknown = 0o600): number {
  return checkBytes("options.mode", mode, { most: 0o777, hint: "permission bits" });
}
