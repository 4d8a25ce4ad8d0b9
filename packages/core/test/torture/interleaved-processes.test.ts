// 4 processes fill one file together, interleaving its pages, again and again: no byte may be lost.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { GrowingFile, type GrowthStrategy, pageSize } from "@tidemark/core";
import { type FileSystem, type MountOptions, mountFileSystem } from "@tidemark/testing/mounts.js";
import { type Requirement, requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { countLostBytes } from "../contract/interleaved-pages.js";
import { WritingProcesses } from "../contract/writing-processes.js";

const mebibyte = 2 ** 20;

interface Place {
  readonly name: string;
  readonly mount?: { readonly fileSystem: FileSystem } & MountOptions;
  readonly requirement?: Requirement;
  readonly strategies: Partial<Record<GrowthStrategy, Parameters<typeof rounds>[0]>>;
}

const few = { short: 2, long: 20 };
const many = { short: 20, long: 100 };
const space = { byteLength: 512 * mebibyte };

const places: readonly Place[] = [
  {
    name: "the folder for temporary files",
    strategies: { "extend-file": many, remap: few, explicit: few },
  },
  {
    name: "tmpfs",
    mount: { fileSystem: "tmpfs", ...space },
    requirement: "mount:tmpfs",
    strategies: { "extend-file": many, remap: few },
  },
  {
    name: "xfs",
    mount: { fileSystem: "xfs", ...space },
    requirement: "mount:xfs",
    strategies: { "extend-file": few },
  },
  {
    name: "btrfs",
    mount: { fileSystem: "btrfs", byteLength: 1024 * mebibyte },
    requirement: "mount:btrfs",
    strategies: { "extend-file": few },
  },
  {
    name: "a file system without fallocate",
    mount: { fileSystem: "ext4", ...space, format: ["-O", "^extent,^64bit,^flex_bg"] },
    requirement: "mount:ext4",
    strategies: { "extend-file": few, remap: few },
  },
];

for (const { name, mount, requirement, strategies } of places) {
  const skip = requirement === undefined ? false : requires(requirement);
  describe(`4 processes that interleave the pages of one file of 256 MiB on ${name}`, {
    skip,
  }, () => {
    for (const [strategy, count] of Object.entries(strategies)) {
      test(`lose no byte by ${strategy}`, async (context) => {
        using mounted = mount && mountFileSystem(mount.fileSystem, mount);
        const folder = mounted?.folder ?? temporaryFolder();
        const total = rounds(count);
        const lost = await interleave(folder, { strategy: strategy as GrowthStrategy, total });
        context.diagnostic(`${total} rounds of 256 MiB, ${lost} bytes lost`);
        assert.equal(lost, 0);
      });
    }
  });
}

async function interleave(
  folder: string,
  { strategy, total }: { readonly strategy: GrowthStrategy; readonly total: number },
): Promise<number> {
  const pageCount = (256 * mebibyte) / pageSize;
  const writers = new WritingProcesses(4);
  let lost = 0;
  for (let round = 0; round < total; round++) {
    const file = path.join(folder, `round-${round}`);
    GrowingFile.create(file).close();
    await writers.fill({
      path: file,
      strategy,
      // The default steps, and ones so short that the processes grow the file at the same time.
      growth: round % 2 === 0 ? { minStep: 16 * pageSize, maxStep: 16 * pageSize } : {},
      pageCount,
      round,
      maxByteLength: 2 ** 30,
      ensured: strategy === "explicit" ? pageCount * pageSize : 0,
    });
    lost += countLostBytes(file, { pageCount, round });
    fs.rmSync(file);
  }
  assert.deepEqual(await writers.end(), [0, 0, 0, 0]);
  return lost;
}
