// Storage that fails: reads and writes of a file's later part are I/O errors.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { before, test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell, faultAs } from "./ending.js";

const skip = requires("linux", "root", "fuse", "compiler");
const goodBytes = 16 * 4096;
const program = path.join(temporaryFolder(), "failing-file");

before(() => {
  if (skip !== false) return;
  const source = path.join(packageRoot, "test", "crash", "failing-file.c");
  const { status, stderr } = spawnSync(process.env["CC"] ?? "cc", ["-O1", source, "-o", program]);
  assert.equal(status, 0, String(stderr));
});

/** Mounts a folder with one file of 64 pages whose storage works up to page 16. */
async function failingFile(): Promise<{ readonly file: string; unmount(): Promise<void> }> {
  const folder = temporaryFolder();
  const server = spawn(program, [folder, String(64 * 4096), String(goodBytes)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  await new Promise((resolve, reject) => {
    server.stdout.once("data", resolve);
    void ended.then(() => reject(new Error("the file system ended before it was mounted")));
  });
  return {
    file: path.join(folder, "file"),
    async unmount() {
      spawnSync("umount", ["--lazy", folder]);
      await ended;
    },
  };
}

for (const access of ["read", "read-write", "copy-on-write"]) {
  test(`reading what the storage cannot read gives zeros and an I/O error (${access})`, {
    skip,
  }, async (t) => {
    const { file, unmount } = await failingFile();
    t.after(unmount);
    const result = await endsWell(
      `
        const mapping = Mapping.openFile(process.argv[2], { access: "${access}" });
        const bytes = mapping.bytes();
        const good = bytes[5];
        const bad = bytes[20 * pageSize + 3];
        const first = trouble(() => mapping.check());
        let sum = 0;
        for (let at = 30 * pageSize; at < 40 * pageSize; at++) sum += bytes[at];
        const second = trouble(() => mapping.check());
        report({
          good,
          bad,
          first,
          sum,
          second,
          still: bytes[goodEnd - 1],
          end: trouble(() => mapping.close()),
        });`.replace("goodEnd", String(goodBytes)),
      { args: [file], timeoutMs: 20_000 },
    );
    assert.deepEqual([result.good, result.bad, result.sum, result.still], [65, 0, 0, 65]);
    assertIncludes(
      result.first,
      faultAs("io-error", "read", { byteOffset: 20 * 4096 + 3, errnoName: "EIO" }),
    );
    assertIncludes(result.second, { kind: "io-error", count: 10 });
    assert.equal(result.end, null);
  });
}

test("what the storage cannot write is an error of flush", { skip }, async (t) => {
  const { file, unmount } = await failingFile();
  t.after(unmount);
  const result = await endsWell(
    `const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
    const bytes = mapping.bytes();
    bytes[3 * pageSize] = 66;
    const good = trouble(() => mapping.flushSync());
    bytes[20 * pageSize] = 66;
    const fault = trouble(() => mapping.check());
    const bad = await scene.troubleOf(mapping.flush());
    report({ good, fault, bad, still: bytes[4 * pageSize], end: trouble(() => mapping.close()) });`,
    { args: [file], timeoutMs: 20_000 },
  );
  assert.deepEqual([result.good, result.still], [null, 65]);
  // To change a part of a page the system reads it first: there the fault is.
  assertIncludes(result.fault ?? result.bad, { errnoName: "EIO" });
});

test("a file system that goes away under a mapping is an I/O error", { skip }, async (t) => {
  const { file, unmount } = await failingFile();
  t.after(unmount);
  const result = await endsWell(
    `import { spawnSync } from "node:child_process";
    const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
    const bytes = mapping.bytes();
    const before = bytes[0];
    // Forced: every request from now on is refused.
    spawnSync("umount", ["-f", path.dirname(process.argv[2])]);
    const after = bytes[12 * pageSize];
    report({ before, after, fault: trouble(() => mapping.close()) });`,
    { args: [file], timeoutMs: 20_000 },
  );
  assert.deepEqual([result.before, result.after], [65, 0]);
  assertIncludes(result.fault, { kind: "io-error", access: "read" });
});
