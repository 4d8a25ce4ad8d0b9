// tidemark bench: that it measures, verifies, and leaves nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { tidemark } from "../running.js";

interface Case {
  readonly name: string;
  readonly value: number | null;
  readonly skipped?: string;
  readonly verified: boolean;
}

interface Group {
  readonly title: string;
  readonly unit: string;
  readonly cases: readonly Case[];
}

test("bench measures every way to read, write and copy, and verifies each", () => {
  const folder = temporaryFolder();
  const { status, stdout, stderr } = tidemark("bench", "-d", folder, "--size", "1M", "--json");
  assert.deepEqual([status, stderr], [0, ""]);
  const { byteLength, groups } = JSON.parse(stdout) as { byteLength: number; groups: Group[] };
  assert.equal(byteLength, 2 ** 20);
  const names = groups.flatMap(({ title, cases }) => cases.map(({ name }) => `${title}: ${name}`));
  for (const part of [
    "read 1 MiB in order: mapped",
    "read 1 MiB in order: readv",
    "read 1 MiB in order, cold: read",
    "read 64 bytes at random: mapped",
    "write 1 MiB of a new file: writev",
    "write 64 bytes at random: write",
    "copy 1 MiB: mapped, and write",
    "another file system",
  ]) {
    assert.ok(
      names.some((name) => name.includes(part)),
      `${part} is not among ${names.join("; ")}`,
    );
  }
  for (const { value, skipped, verified } of groups.flatMap(({ cases }) => cases)) {
    if (skipped === undefined) assert.ok(verified && Number(value) > 0);
    else assert.equal(value, null);
  }
  assert.deepEqual(fs.readdirSync(folder), []);
});

test("bench shows a bar for each", () => {
  const { stdout } = tidemark("bench", "--directory", temporaryFolder(), "--size", "1M");
  assert.match(stdout, /^read 1 MiB in order, GiB\/s \(more is better\)$/m);
  assert.match(stdout, /^ {2}mapped, prefetched {2,}[\d.]+ {2}[█▉▊▋▌▍▎▏]+$/m);
});

test("bench refuses what it cannot do, and says what to do", () => {
  const folder = temporaryFolder();
  for (const [args, status, says] of [
    [["--size", "1K"], 2, /from 1M to 2G/],
    [["--size", "3G"], 2, /from 1M to 2G/],
    [["--size", "much"], 2, /whole number/],
    [["--directory", path.join(folder, "absent")], 1, /absent/],
  ] as const) {
    const ending = tidemark("bench", "-d", folder, ...args);
    assert.deepEqual([ending.status, ending.stdout], [status, ""], args.join(" "));
    assert.match(ending.stderr, says);
    assert.doesNotMatch(ending.stderr, /^ +at /m);
  }
  assert.deepEqual(fs.readdirSync(folder), []);
});

test("bench looks whether there is room before it writes", {
  skip: requires("mount:tmpfs"),
}, () => {
  using mount = mountFileSystem("tmpfs", { byteLength: 2 ** 21 });
  const { status, stderr } = tidemark("bench", "-d", mount.folder, "--size", "1M");
  assert.equal(status, 1);
  assert.match(stderr, /has 2\.0 MiB free, and this takes 2\.5 MiB: give another --directory/);
  assert.deepEqual(fs.readdirSync(mount.folder), []);
});

test("bench that is interrupted leaves nothing", async () => {
  const folder = temporaryFolder();
  const program = path.join(packageRoot, "dist", "command", "main.js");
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = spawn(process.execPath, [program, "bench", "-d", folder, "--size", "64M"], {
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (fs.readdirSync(folder).length === 0 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill(signal);
    assert.deepEqual(await ended, [code, null]);
    assert.deepEqual(fs.readdirSync(folder), []);
  }
});
