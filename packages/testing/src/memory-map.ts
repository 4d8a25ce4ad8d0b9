// What the kernel says of this process's memory and descriptors (Linux: proc(5)).

import { randomBytes } from "node:crypto";
import fs from "node:fs";

/** A line of /proc/self/maps. */
export interface MapEntry {
  readonly start: number;
  readonly end: number;
  /** As in "rw-s". */
  readonly permissions: string;
  readonly fileOffset: number;
  readonly path: string;
}

export function mapEntries(): MapEntry[] {
  return fs.readFileSync("/proc/self/maps", "utf8").trimEnd().split("\n").map(parseEntry);
}

/** The entries of one file, or of what the kernel names so. */
export function mapEntriesOf(path: string): MapEntry[] {
  return mapEntries().filter((entry) => entry.path === path);
}

function parseEntry(line: string): MapEntry {
  const [, start = "", end = "", permissions = "", offset = "", path = ""] =
    /^(\w+)-(\w+) (\S+) (\w+) \S+ \d+ *(.*)$/.exec(line) ?? [];
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    permissions,
    fileOffset: Number.parseInt(offset, 16),
    path,
  };
}

/** A field of /proc/self/smaps for the entry that holds an address, such as "VmFlags". */
export function memoryField(address: number, field: string): string {
  let holds = false;
  for (const line of fs.readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) {
      const { start, end } = parseEntry(line);
      holds = start <= address && address < end;
    } else if (holds && line.startsWith(`${field}:`)) {
      return line.slice(field.length + 1).trim();
    }
  }
  throw new Error(`no ${field} of the address 0x${address.toString(16)}`);
}

/**
 * The address of mapped memory: writes a random mark to its first bytes, and looks for the page
 * that starts with it. Only for memory that starts a page and can be written.
 */
export function addressOf(memory: Uint8Array): number {
  const mark = randomBytes(32);
  memory.set(mark);
  const chunk = Buffer.alloc(1 << 20);
  const fd = fs.openSync("/proc/self/mem", "r");
  try {
    for (const { start, end, permissions } of mapEntries()) {
      if (!permissions.startsWith("rw")) continue;
      for (let at = start; at < end; at += chunk.length) {
        const found = searchPages(
          fd,
          at,
          chunk.subarray(0, Math.min(chunk.length, end - at)),
          mark,
        );
        if (found !== undefined) return found;
      }
    }
  } finally {
    fs.closeSync(fd);
  }
  throw new Error("the memory was not found in /proc/self/mem");
}

function searchPages(fd: number, at: number, chunk: Buffer, mark: Buffer): number | undefined {
  const got = fs.readSync(fd, chunk, 0, chunk.length, at);
  for (let page = 0; page + mark.length <= got; page += 4096) {
    if (chunk.compare(mark, 0, mark.length, page, page + mark.length) === 0) return at + page;
  }
  return undefined;
}

/** Reads this process's memory past any view of it. */
export function readMemory(address: number, byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength);
  const fd = fs.openSync("/proc/self/mem", "r");
  try {
    fs.readSync(fd, bytes, 0, byteLength, address);
  } finally {
    fs.closeSync(fd);
  }
  return bytes;
}

/** The open descriptors, and where each leads. */
export function descriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const name of fs.readdirSync("/proc/self/fd")) {
    try {
      open.set(Number(name), fs.readlinkSync(`/proc/self/fd/${name}`));
    } catch {
      // That of the listing itself.
    }
  }
  return open;
}

/** A number of /proc/self/status in bytes, such as "VmLck". */
export function statusBytes(field: string): number {
  const [, kibibytes] =
    new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(fs.readFileSync("/proc/self/status", "utf8")) ??
    [];
  if (kibibytes === undefined) throw new Error(`no ${field} in /proc/self/status`);
  return Number(kibibytes) * 1024;
}
