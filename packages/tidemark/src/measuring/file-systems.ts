// What a folder's file system is, and how much room it has.

import fs from "node:fs";

/** Numbers of statfs(2) and the headers it names. */
const names: Readonly<Record<number, string>> = {
  61267: "ext4",
  16914836: "tmpfs",
  1481003842: "xfs",
  2435016766: "btrfs",
  2035054128: "overlay",
  26985: "nfs",
  801189825: "zfs",
  4076150800: "f2fs",
  1702057286: "fuse",
};

/** Such as "ext4"; its number where the name is not known. */
export function fileSystemOf(folder: string): string {
  const { type } = fs.statfsSync(folder);
  return names[type >>> 0] ?? `type 0x${(type >>> 0).toString(16)}`;
}

/** Bytes that may still be written there. */
export function freeByteLength(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}
