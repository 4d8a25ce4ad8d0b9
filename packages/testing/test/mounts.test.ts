import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type FileSystem, mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";

const mebibyte = 1 << 20;

// statfs(2), f_type: linux/magic.h.
const magic = { tmpfs: 0x0102_1994, ext4: 0xef53, xfs: 0x5846_5342, btrfs: 0x9123_683e } as const;

for (const fileSystem of ["tmpfs", "ext4", "xfs", "btrfs"] satisfies FileSystem[]) {
  test(`a ${fileSystem} is mounted, fills up, and goes`, {
    skip: requires(`mount:${fileSystem}`),
  }, () => {
    const byteLength = (fileSystem === "xfs" ? 300 : 110) * mebibyte;
    const mount = mountFileSystem(fileSystem, { byteLength });
    const file = path.join(mount.folder, "file");
    const block = Buffer.alloc(mebibyte, 1);
    assert.equal(fs.statfsSync(mount.folder).type, magic[fileSystem]);
    assert.throws(
      () => {
        for (let count = 0; count <= byteLength / mebibyte; count++) fs.appendFileSync(file, block);
      },
      { code: "ENOSPC" },
    );
    mount.remount("read");
    assert.throws(() => fs.truncateSync(file, 0), { code: "EROFS" });
    mount.unmount();
    assert.equal(fs.existsSync(file), false);
  });
}
