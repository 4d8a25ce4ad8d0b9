// Growing on a disk that becomes full: all of it is used, and what did not fit is told.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { FileError, GrowingFile, MappingFaultError, pageSize } from "@tidemark/core";
import { type FileSystem, type MountOptions, mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";

interface Disk extends MountOptions {
  readonly fileSystem: FileSystem & ("tmpfs" | "ext4");
  /** Pages that may stay free: the file system's own, and the last one of a sparse extension. */
  readonly spare: number;
  /** Extending takes the room at once. */
  readonly allocates: boolean;
}

const disks: Readonly<Record<string, Disk>> = {
  "a tmpfs": {
    fileSystem: "tmpfs",
    byteLength: 4 * 2 ** 20 + 5 * pageSize,
    spare: 1,
    allocates: false,
  },
  "an ext4": {
    fileSystem: "ext4",
    byteLength: 16 * 2 ** 20,
    format: ["-b", "4096"],
    spare: 0,
    allocates: true,
  },
  "an ext4 with blocks of 1 KiB": {
    fileSystem: "ext4",
    byteLength: 16 * 2 ** 20,
    format: ["-b", "1024"],
    spare: 0,
    allocates: true,
  },
  "an ext4 without extents": {
    fileSystem: "ext4",
    byteLength: 16 * 2 ** 20,
    format: ["-O", "^extent,^64bit,^flex_bg,^has_journal"],
    spare: 0,
    allocates: false,
  },
};

for (const [name, disk] of Object.entries(disks)) {
  describe(`${name} that becomes full`, { skip: requires(`mount:${disk.fileSystem}`) }, () => {
    for (const strategy of ["extend-file", "remap"] as const) {
      test(`is filled to its last page by ${strategy}, and what did not fit is told`, () => {
        using mount = mountFileSystem(disk.fileSystem, disk);
        const filled = path.join(mount.folder, "file");
        const file = GrowingFile.create(filled, { maxByteLength: 2 ** 28, strategy });
        let pages = 0;
        for (; file.faults.length === 0; pages++) {
          assert.ok(pages * pageSize < disk.byteLength, "more fits than there is");
          file.bytes(pages * pageSize, pageSize).fill((pages % 255) + 1);
        }
        const written = pages - 1;
        const { bavail, bsize } = fs.statfsSync(mount.folder);
        assert.ok(bavail * bsize < (disk.spare + 1) * pageSize, `${bavail} blocks are free`);
        assert.ok(written * pageSize > disk.byteLength / 2, `${written} pages`);
        // The program goes on, and reads back what it writes, although it is lost.
        file.bytes(written * pageSize, 1)[0] = 9;
        assert.throws(
          () => file.close(),
          (error) => error instanceof MappingFaultError && error.errnoName === "ENOSPC",
        );
        assert.equal(fs.statSync(filled).size, written * pageSize);
        const found = fs.readFileSync(filled);
        for (let page = 0; page < written; page++) {
          assert.equal(found[page * pageSize], (page % 255) + 1);
          assert.equal(found[(page + 1) * pageSize - 1], (page % 255) + 1);
        }
      });
    }

    test("refuses what is ensured, and grows on once there is room", () => {
      using mount = mountFileSystem(disk.fileSystem, disk);
      const ballast = path.join(mount.folder, "ballast");
      fs.writeFileSync(ballast, Buffer.alloc(disk.byteLength / 2));
      const filled = path.join(mount.folder, "file");
      const file = GrowingFile.create(filled, { maxByteLength: 2 ** 28, strategy: "explicit" });
      file.ensure(2 ** 20);
      file.bytes(0, 2 ** 20).fill(1);
      if (disk.allocates) {
        assert.throws(
          () => file.ensure(disk.byteLength),
          (error) => error instanceof FileError && error.errnoName === "ENOSPC",
        );
      }
      fs.rmSync(ballast);
      const byteLength = Math.floor((disk.byteLength * 0.6) / pageSize) * pageSize;
      file.ensure(byteLength);
      file.bytes(0, byteLength).fill(2);
      file.close();
      assert.ok(fs.readFileSync(filled).equals(Buffer.alloc(byteLength, 2)));
    });
  });
}
