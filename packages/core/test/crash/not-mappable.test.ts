// What is no file that can be mapped, or may not be written: an error at once, and never a wait.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell } from "./ending.js";

const openAll = `
  const file = process.argv[2];
  const attempts = {
    read: () => Mapping.openFile(file),
    write: () => Mapping.openFile(file, { access: "read-write", byteLength: 4096 }),
    private: () => Mapping.openFile(file, { access: "copy-on-write" }),
    grow: () => GrowingFile.open(file, { maxByteLength: 2 ** 24 }),
    overwrite: () => GrowingFile.create(file, { maxByteLength: 2 ** 24, overwrite: true }),
  };
  // The first mapping has the handlers installed, which takes descriptors for good.
  Mapping.anonymous(1).close();
  const before = scene.descriptorCount();
  const troubles = Object.fromEntries(
    Object.entries(attempts).map(([name, open]) => [name, trouble(open)]),
  );
  report({ troubles, leaked: scene.descriptorCount() - before });`;

const codes = (result: { troubles: Record<string, { code: string }> }): string[] =>
  Object.values(result.troubles).map((trouble) => trouble?.code);

test("a directory is not mapped", async () => {
  const result = await endsWell(openAll, { args: [temporaryFolder()], timeoutMs: 10_000 });
  assert.deepEqual(codes(result), Array(5).fill("ERR_TIDEMARK_NOT_MAPPABLE"));
  assert.equal(result.leaked, 0);
});

test("a FIFO is not mapped, and nobody waits for its other end", async () => {
  const fifo = temporaryPath();
  spawnSync("mkfifo", [fifo]);
  const result = await endsWell(openAll, { args: [fifo], timeoutMs: 10_000 });
  assert.deepEqual(codes(result), Array(5).fill("ERR_TIDEMARK_NOT_MAPPABLE"));
  assert.equal(result.leaked, 0);
});

test("a socket is not mapped", async () => {
  const socket = temporaryPath("s");
  const server = net.createServer().listen(socket);
  await new Promise((resolve) => server.once("listening", resolve));
  const result = await endsWell(openAll, { args: [socket], timeoutMs: 10_000 });
  server.close();
  assert.deepEqual(codes(result), Array(5).fill("ERR_TIDEMARK_NOT_MAPPABLE"));
  assert.equal(result.leaked, 0);
});

test("a device that cannot be mapped is an error, one that can is mapped", async () => {
  const refused = await endsWell(openAll, { args: ["/dev/null"], timeoutMs: 10_000 });
  for (const code of codes(refused)) {
    assert.match(code, /^ERR_TIDEMARK_(NOT_MAPPABLE|UNSUPPORTED|FILE)$/);
  }
  assert.equal(refused.leaked, 0);
  const result = await endsWell(
    `
      const mapping = Mapping.openFile("/dev/zero", {
        access: "copy-on-write",
        byteLength: 2 * pageSize,
      });
      mapping.bytes()[5] = 7;
      report([mapping.bytes()[5], mapping.bytes()[4], trouble(() => mapping.close())]);`,
  );
  assert.deepEqual(result, [7, 0, null]);
});

test("a descriptor that is closed, of a pipe, or of the wrong mode is an error", async () => {
  const result = await endsWell(
    `const file = process.argv[2];
    fs.writeFileSync(file, "text");
    const readOnly = fs.openSync(file);
    const writeOnly = fs.openSync(file, "a");
    const closed = fs.openSync(file);
    fs.closeSync(closed);
    report({
      closed: trouble(() => Mapping.openFile(closed)),
      pipe: trouble(() => Mapping.openFile(1)),
      readOnly: trouble(() => Mapping.openFile(readOnly, { access: "read-write" })),
      writeOnly: trouble(() => Mapping.openFile(writeOnly)),
    });`,
    { args: [temporaryPath()] },
  );
  assertIncludes(result.closed, { code: "ERR_TIDEMARK_FILE", errnoName: "EBADF" });
  assertIncludes(result.pipe, { code: "ERR_TIDEMARK_NOT_MAPPABLE" });
  assertIncludes(result.readOnly, { code: "ERR_TIDEMARK_FILE", errnoName: "EACCES" });
  assertIncludes(result.writeOnly, { code: "ERR_TIDEMARK_FILE", errnoName: "EACCES" });
});

test("a descriptor of the caller's that is closed leaves the mapping as it is", async () => {
  const result = await endsWell(
    `
      const file = process.argv[2];
      fs.writeFileSync(file, Buffer.alloc(4 * pageSize, 7));
      const fd = fs.openSync(file, "r+");
      const mapping = Mapping.openFile(fd, { access: "read-write" });
      fs.closeSync(fd);
      const other = fs.openSync("/dev/null");
      mapping.bytes()[9] = 8;
      report([
        trouble(() => mapping.flushSync()),
        trouble(() => mapping.close()),
        fs.readFileSync(file)[9],
      ]);`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual(result, [null, null, 8]);
});

test("on a read-only file system reading goes, writing is an error", {
  skip: requires("root", "mount:tmpfs"),
}, async () => {
  using mount = mountFileSystem("tmpfs", { byteLength: 2 ** 20 });
  const file = path.join(mount.folder, "file");
  fs.writeFileSync(file, "text");
  mount.remount("read");
  const result = await endsWell(openAll, { args: [file] });
  assert.deepEqual([result.troubles.read, result.troubles.private], [null, null]);
  for (const name of ["write", "grow", "overwrite"]) {
    assertIncludes(result.troubles[name], { code: "ERR_TIDEMARK_FILE", errnoName: "EROFS" });
  }
});
