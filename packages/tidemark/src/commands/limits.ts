// tidemark limits: what this machine, its kernel and this Node allow.

import { constants } from "node:buffer";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { GrowingFile, type GrowingFileOptions, Mapping, pageSize } from "tidemark";
import { printFacts, printJson, sizeText } from "../command/output.js";

interface LimitsOptions {
  readonly json?: true;
}

export function limitsCommand(): Command {
  return new Command("limits")
    .description("show what this machine, its kernel and this Node allow")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark limits --json | jq .mapEntries")
    .action(showLimits);
}

function showLimits(options: LimitsOptions): void {
  const limits = collect();
  if (options.json) {
    printJson(limits);
    return;
  }
  const bytes = (value: number | null): string => {
    return value === null ? "unlimited" : `${value} bytes (${sizeText(value)})`;
  };
  printFacts([
    ["system", `${limits.system} ${limits.release}, ${limits.architecture}`],
    ["Node.js", limits.node],
    ["page", bytes(limits.pageSize)],
    ["huge page", limits.hugePageSize === null ? "none" : bytes(limits.hugePageSize)],
    ["allocation granularity", bytes(limits.pageSize)],
    ["map entries", limits.mapEntries === null ? "not told" : String(limits.mapEntries)],
    ["overcommit", limits.overcommit ?? "not told"],
    ["memory", bytes(limits.memoryByteLength)],
    ["lockable memory", limits.lockable === undefined ? "not told" : bytes(limits.lockable)],
    ["address space", limits.addressSpace === undefined ? "not told" : bytes(limits.addressSpace)],
    ["descriptors", limits.descriptors === null ? "not told" : String(limits.descriptors)],
    ["longest buffer of Node", bytes(limits.longestBuffer)],
    ["largest reservation", bytes(limits.largestReservation)],
    ["transparent huge pages", limits.transparentHugePages ?? "not told"],
    ["shared buffers over 4 GiB", limits.longSharedBuffers ? "yes" : "no"],
    ["secret memory", limits.secretMemory ? "yes" : "no"],
  ]);
}

function collect() {
  const entries = contentOf("/proc/sys/vm/max_map_count");
  return {
    system: os.type(),
    release: os.release(),
    architecture: process.arch,
    node: process.version,
    pageSize,
    hugePageSize: kilobytes("/proc/meminfo", /^Hugepagesize: +(\d+) kB/m),
    mapEntries: entries === undefined ? null : Number(entries),
    overcommit: overcommit(),
    memoryByteLength: os.totalmem(),
    lockable: processLimit("Max locked memory"),
    addressSpace: processLimit("Max address space"),
    descriptors: processLimit("Max open files") ?? null,
    longestBuffer: constants.MAX_LENGTH,
    largestReservation: largestReservation(),
    transparentHugePages: chosen("/sys/kernel/mm/transparent_hugepage/enabled"),
    longSharedBuffers: canReserve({ maxByteLength: 2 ** 33, shared: true }),
    secretMemory: works(() => Mapping.anonymous(pageSize, { secret: true })),
  };
}

function contentOf(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

function kilobytes(file: string, pattern: RegExp): number | null {
  const found = pattern.exec(contentOf(file) ?? "")?.[1];
  return found === undefined ? null : Number(found) * 1024;
}

function overcommit(): string | undefined {
  const words = ["0 (by a guess)", "1 (always)", "2 (never more than there is)"];
  return words[Number(contentOf("/proc/sys/vm/overcommit_memory") ?? -1)];
}

/** The soft limit of this process: null for unlimited, undefined where the system does not tell. */
function processLimit(name: string): number | null | undefined {
  const line = contentOf("/proc/self/limits")
    ?.split("\n")
    .find((line) => line.startsWith(name));
  const soft = line?.slice(name.length).trim().split(/\s+/)[0];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? null : Number(soft);
}

/** The word in brackets. */
function chosen(file: string): string | undefined {
  return /\[(\w+)\]/.exec(contentOf(file) ?? "")?.[1];
}

/** Bytes that a growing file can reserve, to the next lower power of two. */
function largestReservation(): number {
  for (let exponent = 47; exponent > 20; exponent--) {
    if (canReserve({ maxByteLength: 2 ** exponent })) return 2 ** exponent;
  }
  return 0;
}

function canReserve(options: GrowingFileOptions): boolean {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-limits-"));
  try {
    return works(() => GrowingFile.create(path.join(folder, "file"), options));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function works(make: () => Mapping): boolean {
  try {
    make().close();
    return true;
  } catch {
    return false;
  }
}
