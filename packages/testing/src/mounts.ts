// Small file systems to fill, break and take away: root and Linux only (see requirements.ts).
// They are unmounted by `using`, at the end of the process, and with the runner's mount namespace.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./temporary.js";

/** ramfs has neither a size, nor fallocate, nor extended attributes. */
export type FileSystem = "tmpfs" | "ramfs" | "ext4" | "xfs" | "btrfs";

const mebibyte = 1 << 20;

/** What the formatting tools insist on (mkfs.xfs since 5.19). */
const smallestImage = {
  ext4: 1 * mebibyte,
  xfs: 300 * mebibyte,
  btrfs: 109 * mebibyte,
} as const;

export interface Mount extends Disposable {
  readonly folder: string;
  readonly fileSystem: FileSystem;
  remount(access: "read" | "read-write"): void;
  unmount(): void;
}

export interface MountOptions {
  readonly byteLength: number;
  /** Further mount options: "noatime", "huge=always". */
  readonly options?: readonly string[];
  /** Further options of the formatting tool: "-b", "1024". */
  readonly format?: readonly string[];
  /** Who may write there: for tests that give up root. */
  readonly uid?: number;
}

const live = new Set<Mount>();

// Before the temporary folders are removed: else what is mounted there would be emptied.
process.prependListener("exit", () => {
  for (const mount of live) mount.unmount();
});

/** A file system of `byteLength` bytes, its own structures included. Images are sparse files. */
export function mountFileSystem(fileSystem: FileSystem, options: MountOptions): Mount {
  const folder = temporaryFolder();
  if (fileSystem === "tmpfs" || fileSystem === "ramfs") {
    const settings = [`size=${options.byteLength}`, ...(options.options ?? [])];
    run("mount", ["-t", fileSystem, "-o", settings.join(","), fileSystem, folder]);
  } else {
    mountImage(fileSystem, folder, options);
  }
  const mount = new SystemMount(folder, fileSystem);
  live.add(mount);
  if (options.uid !== undefined) fs.chownSync(folder, options.uid, options.uid);
  return mount;
}

function mountImage(
  fileSystem: Exclude<FileSystem, "tmpfs" | "ramfs">,
  folder: string,
  { byteLength, options = [], format = [] }: MountOptions,
): void {
  if (byteLength < smallestImage[fileSystem]) {
    throw new RangeError(
      `${fileSystem} needs ${smallestImage[fileSystem]} bytes, not ${byteLength}`,
    );
  }
  const image = path.join(temporaryFolder(), "image");
  fs.writeFileSync(image, "");
  fs.truncateSync(image, byteLength);
  const always = fileSystem === "ext4" ? ["-q", "-F", "-m", "0"] : ["-q"];
  run(`mkfs.${fileSystem}`, [...always, ...format, image]);
  run("mount", ["-t", fileSystem, "-o", ["loop", ...options].join(","), image, folder]);
  // The loop device holds the file from here on: its blocks go with the mount, however that ends.
  fs.unlinkSync(image);
}

class SystemMount implements Mount {
  readonly folder: string;
  readonly fileSystem: FileSystem;

  constructor(folder: string, fileSystem: FileSystem) {
    this.folder = folder;
    this.fileSystem = fileSystem;
  }

  remount(access: "read" | "read-write"): void {
    run("mount", ["-o", `remount,${access === "read" ? "ro" : "rw"}`, this.folder]);
  }

  // Lazily: a mapping of one of its files does not keep the folder busy.
  unmount(): void {
    if (live.delete(this)) run("umount", ["--lazy", this.folder]);
  }

  [Symbol.dispose](): void {
    this.unmount();
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.trim()}`);
}
