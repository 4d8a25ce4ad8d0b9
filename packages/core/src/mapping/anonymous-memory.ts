// Maps memory without a file: private, or an object of the system that can be handed over.

import { type Bytes, checkBytes, checkFlag, checkOptions, checkWord } from "../arguments.js";
import { native, nativeRegionFlag, pageSize } from "../binding.js";
import { ArgumentRangeError, ResourceLimitError, UnsupportedError } from "../errors.js";
import type { MappingSource } from "./mapping-source.js";
import { Region, type RegionSpec } from "./region.js";
import { fileFailure } from "./system-failure.js";

/** Options of {@link Mapping.anonymous}. */
export interface AnonymousOptions {
  /**
   * `"private"`: this process alone. `"shared"`: a memory object without a name, which can be
   * handed to other processes with `handle()`, and whose `buffer` is a SharedArrayBuffer. Default
   * `"private"`.
   */
  readonly sharing?: "private" | "shared";
  /**
   * `"transparent"`: huge pages where the system has some at hand. `"reserved"`: huge pages from
   * the pool that the administrator reserved (`vm.nr_hugepages`), or an error. Default: neither.
   */
  readonly hugePages?: "transparent" | "reserved";
  /**
   * For keys and passwords: locked in memory, left out of core dumps and of forked children, and
   * overwritten with zeros when closed. Default false.
   */
  readonly secret?: boolean;
  /** Brings all pages into memory before returning. Default false. */
  readonly populate?: boolean;
}

/** Checks what was asked for, and maps it. */
export function mapAnonymous(
  byteLength: Bytes,
  options: AnonymousOptions | undefined,
): MappingSource {
  const length = checkBytes("byteLength", byteLength, { least: 1 });
  const checked = checkAnonymousOptions(options);
  return checked.sharing === "shared"
    ? mapMemoryFile(length, checked)
    : mapPrivate(length, checked);
}

type CheckedAnonymousOptions = ReturnType<typeof checkAnonymousOptions>;

function checkAnonymousOptions(options: AnonymousOptions | undefined): {
  readonly sharing: "private" | "shared";
  readonly hugePages: "none" | "transparent" | "reserved";
  readonly secret: boolean;
  readonly populate: boolean;
} {
  const asked = checkOptions("options", options, ["sharing", "hugePages", "secret", "populate"]);
  const checked = {
    sharing: checkWord("options.sharing", asked.sharing, ["private", "shared"], "private"),
    hugePages:
      asked.hugePages === undefined
        ? ("none" as const)
        : checkWord("options.hugePages", asked.hugePages, ["transparent", "reserved"]),
    secret: checkFlag("options.secret", asked.secret, false),
    populate: checkFlag("options.populate", asked.populate, false),
  };
  if (checked.sharing === "shared" && (checked.secret || checked.hugePages === "reserved")) {
    throw new ArgumentRangeError(
      'options.sharing must be "private" for secret memory and for reserved huge pages',
    );
  }
  if (checked.secret && checked.hugePages === "reserved") {
    throw new ArgumentRangeError("options.secret does not go with reserved huge pages");
  }
  return checked;
}

function anonymousFlags(options: CheckedAnonymousOptions): number {
  return (
    (options.populate ? nativeRegionFlag.populate : 0) |
    (options.hugePages === "transparent" ? nativeRegionFlag.hugeAligned : 0) |
    (options.hugePages === "reserved" ? nativeRegionFlag.hugeReserved : 0) |
    (options.secret ? nativeRegionFlag.secret : 0)
  );
}

function mapPrivate(byteLength: number, options: CheckedAnonymousOptions): MappingSource {
  const name = "anonymous memory";
  const reserved = options.hugePages === "reserved";
  if (reserved && native.hugePageSize === 0) {
    throw new UnsupportedError("this system has no huge pages");
  }
  const spec: RegionSpec = {
    name,
    source: "anonymous",
    strategy: "fixed",
    access: "read-write",
    flags: anonymousFlags(options),
    fd: -1,
    byteOffset: 0,
    byteLength,
    shared: false,
    pageSize: reserved ? native.hugePageSize : pageSize,
  };
  let region: Region;
  try {
    region = new Region(spec);
  } catch (cause) {
    if (!reserved) throw cause;
    throw new ResourceLimitError(
      `cannot map ${byteLength} bytes of reserved huge pages ` +
        `(${native.hugePageSize} bytes each): ` +
        "too few are free; have more reserved (vm.nr_hugepages), or use transparent ones",
      { cause },
    );
  }
  return { region, byteLength, access: "read-write", shared: false, name, anonymous: true };
}

function mapMemoryFile(byteLength: number, options: CheckedAnonymousOptions): MappingSource {
  const name = "shared anonymous memory";
  const fd = native.memoryFile(byteLength);
  if (fd < 0) {
    throw fileFailure(fd, { syscall: "memfd_create", what: `make ${byteLength} bytes of ${name}` });
  }
  try {
    const region = new Region({
      name,
      source: "file",
      strategy: "fixed",
      access: "read-write",
      flags: anonymousFlags(options),
      fd,
      byteOffset: 0,
      byteLength,
      shared: true,
      pageSize,
    });
    return { region, byteLength, access: "read-write", shared: true, name };
  } catch (error) {
    native.closeFile(fd);
    throw error;
  }
}
