// Maps files: options, descriptor, range.

import {
  type Bytes,
  checkBytes,
  checkFlag,
  checkOptions,
  checkWord,
  type Limits,
} from "../arguments.js";
import { native, nativeRegionFlag, pageSize } from "../binding.js";
import { ArgumentRangeError, NotMappableError } from "../errors.js";
import type { OpenedFile } from "./file-source.js";
import { emptySource, type MappingAccess, type MappingSource } from "./mapping-source.js";
import { Region } from "./region.js";

/** Options of {@link Mapping.openFile}. */
export interface OpenFileOptions {
  /** Default `"read"`. */
  readonly access?: MappingAccess;
  /**
   * First byte of the file to show; need not be a multiple of the page size unless `shared`, but
   * of 8 for `Atomics`. Default 0.
   */
  readonly byteOffset?: Bytes;
  /** Bytes to show; default: to the end of the file. Must be given for a device. */
  readonly byteLength?: Bytes;
  /** Makes `buffer` a SharedArrayBuffer, which can be posted to workers. Default false. */
  readonly shared?: boolean;
  /** Brings all pages into memory before returning. Default false. */
  readonly populate?: boolean;
}

/** The same, checked. */
export interface CheckedOpenOptions {
  readonly access: MappingAccess;
  readonly byteOffset: number;
  readonly byteLength: number | undefined;
  readonly shared: boolean;
  readonly populate: boolean;
}

export function checkOpenOptions(options: OpenFileOptions | undefined): CheckedOpenOptions {
  const asked = checkOptions("options", options, [
    "access",
    "byteOffset",
    "byteLength",
    "shared",
    "populate",
  ]);
  const { byteOffset = 0 } = asked;
  const shared = checkFlag("options.shared", asked.shared, false);
  const aligned: Limits = shared
    ? { multipleOf: pageSize, hint: "a shared mapping starts where a page does" }
    : {};
  return {
    access: checkWord(
      "options.access",
      asked.access,
      ["read", "read-write", "copy-on-write"],
      "read",
    ),
    byteOffset: checkBytes("options.byteOffset", byteOffset, aligned),
    byteLength:
      asked.byteLength === undefined
        ? undefined
        : checkBytes("options.byteLength", asked.byteLength),
    shared,
    populate: checkFlag("options.populate", asked.populate, false),
  };
}

/** Maps an open file; its descriptor is the mapping's from then on, or closed when this throws. */
export function mapOpened(opened: OpenedFile, options: CheckedOpenOptions): MappingSource {
  try {
    return mapRange(opened, options);
  } catch (error) {
    native.closeFile(opened.fd);
    throw error;
  }
}

function mapRange(opened: OpenedFile, options: CheckedOpenOptions): MappingSource {
  const byteLength = options.byteLength ?? lengthToEnd(opened, options.byteOffset);
  const { access, shared } = options;
  const { name } = opened;
  if (byteLength === 0) {
    native.closeFile(opened.fd);
    return emptySource({ access, shared, name });
  }
  const region = new Region({
    name,
    path: opened.path,
    source: "file",
    strategy: "fixed",
    access: access === "read" ? "read" : "read-write",
    flags:
      (access === "copy-on-write" ? nativeRegionFlag.copyOnWrite : 0) |
      (options.populate ? nativeRegionFlag.populate : 0),
    fd: opened.fd,
    byteOffset: options.byteOffset,
    byteLength,
    shared,
    pageSize,
  });
  return { region, byteLength, access, shared, name };
}

function lengthToEnd(opened: OpenedFile, byteOffset: number): number {
  if (!opened.stat.isFile()) {
    throw new NotMappableError(
      `${opened.name} is a device, whose length the system does not tell: give options.byteLength`,
    );
  }
  const rest = Number(opened.stat.size) - byteOffset;
  if (rest >= 0) return rest;
  throw new ArgumentRangeError(
    `options.byteOffset must be at most ${opened.stat.size}, the length of ${opened.name}, ` +
      `got ${byteOffset}`,
  );
}
