// Faults that were met in mapped memory and could not be resolved: what the handler recorded.

import type { NativeFault } from "../binding.js";
import { errnoName, TidemarkError } from "../errors.js";

/**
 * Why memory could not be had:
 * - `"extend-refused"`: the file system would not make a growing file longer (disk full, quota,
 *   limit);
 * - `"past-end"`: past the end of a file that does not grow, or that another made shorter;
 * - `"truncated"`: a growing file was made shorter by another; it was extended again, with zeros;
 * - `"no-space"`: a hole inside the file could not get blocks, the disk being full;
 * - `"io-error"`: the storage failed;
 * - `"read-only"`: memory without write access was written;
 * - `"no-access"`: a guard page or a released page was touched;
 * - `"closed"`: memory of a closed mapping was touched;
 * - `"memory-error"`: the hardware reported broken memory;
 * - `"abandoned"`: no map entry was left for a scratch page, and all of the mapping became one.
 */
export type MappingFaultKind = (typeof faultKinds)[number];

/** In the order of `enum tm_fault_kind`, which counts from 1. */
const faultKinds = [
  "extend-refused",
  "past-end",
  "truncated",
  "no-space",
  "io-error",
  "read-only",
  "no-access",
  "closed",
  "memory-error",
  "abandoned",
] as const;

const explanations: Readonly<Record<MappingFaultKind, string>> = {
  "extend-refused": "the file system refused to extend the file; what was written there is lost",
  "past-end": "the file ends before it; zeros were read, and what was written there is lost",
  truncated:
    "another process made the file shorter; it was extended again and reads as zeros there",
  "no-space": "the disk is full; what was written there is lost",
  "io-error": "the storage failed; zeros were read, and what was written there is lost",
  "read-only": "it is not writable; what was written there is lost",
  "no-access": "it is protected or released; zeros were read, and what was written there is lost",
  closed: "the mapping is closed; zeros were read, and what was written there is lost",
  "memory-error": "the hardware reported broken memory; its contents are lost",
  abandoned:
    "this process has no map entries left (vm.max_map_count), so the whole mapping was given up: " +
    "it reads zeros, and what was written to it since is lost; close it",
};

/** One access that could not be given what it touched. The program went on with a scratch page. */
export interface MappingFault {
  readonly kind: MappingFaultKind;
  /** The byte that was touched, counted from the mapping's first. */
  readonly byteOffset: number;
  /** Whether it was written or read, as far as the processor tells. */
  readonly access: "read" | "write";
  /** The system's error number (negative), 0 where there is none. */
  readonly errno: number;
}

/**
 * Thrown by the next `flush`, `commit`, `check` or `close` of a mapping whose memory met a fault
 * that could not be resolved, and emitted as its `"fault"` event. Code
 * `ERR_TIDEMARK_MAPPING_FAULT`.
 */
export class MappingFaultError extends TidemarkError {
  /** The first fault since the last report. */
  readonly fault: MappingFault;
  /** How many faults there were since then. */
  readonly count: number;

  constructor(fault: MappingFault, count: number) {
    const system =
      fault.errno === 0 ? {} : { system: { syscall: "page fault", errno: fault.errno } };
    const more = count > 1 ? ` (${count} such faults since the last report)` : "";
    const why = fault.errno === 0 ? "" : `${errnoName(fault.errno)}: `;
    super(
      "ERR_TIDEMARK_MAPPING_FAULT",
      `byte ${fault.byteOffset} could not be ${fault.access === "write" ? "written" : "read"}: ` +
        `${why}${explanations[fault.kind]}${more}`,
      system,
    );
    this.fault = fault;
    this.count = count;
  }

  /** The first fault's kind. */
  get kind(): MappingFaultKind {
    return this.fault.kind;
  }

  /** The byte the first fault touched. */
  get byteOffset(): number {
    return this.fault.byteOffset;
  }

  /** Whether the first fault wrote or read. */
  get access(): "read" | "write" {
    return this.fault.access;
  }
}

/** The most faults of one mapping that `mapping.faults` keeps, the earliest ones. */
const historyLength = 64;

/** The faults of one mapping: those to report, and those that were. */
export class FaultLog {
  readonly #history: MappingFault[] = [];
  #first: MappingFault | undefined;
  #unreported = 0;
  #unannounced = 0;

  /** Adds what the native core handed over; `lead` bytes lie before the mapping's first. */
  add(taken: { count: number; faults: readonly NativeFault[] } | undefined, lead: number): void {
    if (taken === undefined) return;
    for (const fault of taken.faults) {
      const described = describe(fault, lead);
      this.#first ??= described;
      if (this.#history.length < historyLength) this.#history.push(described);
    }
    this.#unreported += taken.count;
    this.#unannounced += taken.count;
  }

  /**
   * The error to throw, once for each report. A close has no use for what others did to the memory
   * after it: that is left for later.
   */
  takeReport(options: { readonly closing: boolean }): MappingFaultError | undefined {
    if (options.closing && this.#first?.kind === "closed") return undefined;
    const error = this.#error(this.#unreported);
    this.#unreported = 0;
    this.#unannounced = 0;
    this.#first = undefined;
    return error;
  }

  /** The error to emit, once for each report; it is still to be thrown. */
  takeAnnouncement(): MappingFaultError | undefined {
    const error = this.#error(this.#unannounced);
    this.#unannounced = 0;
    return error;
  }

  get history(): readonly MappingFault[] {
    return Object.freeze([...this.#history]);
  }

  #error(count: number): MappingFaultError | undefined {
    return count === 0 || this.#first === undefined
      ? undefined
      : new MappingFaultError(this.#first, count);
  }
}

function describe(fault: NativeFault, lead: number): MappingFault {
  return Object.freeze({
    kind: faultKinds[fault.kind - 1] ?? "io-error",
    byteOffset: Math.max(0, fault.offset - lead),
    access: fault.write === 1 ? "write" : "read",
    errno: fault.error === 0 ? 0 : -fault.error,
  });
}
