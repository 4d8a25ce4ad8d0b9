// The disk full, or the file as long as this process may make one.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { assertIncludes, endsWell, faultAs } from "./ending.js";

const mebibyte = 2 ** 20;

for (const fileSystem of ["tmpfs", "ext4"] as const) {
  const skip = requires("root", `mount:${fileSystem}`);

  for (const strategy of ["extend-file", "remap"]) {
    test(`a growing file (${strategy}) on a full ${fileSystem} keeps what found room`, {
      skip,
    }, async () => {
      using mount = mountFileSystem(fileSystem, { byteLength: 12 * mebibyte });
      const result = await endsWell(
        `
          const file = process.argv[2];
          const strategy = "${strategy}";
          const growing = GrowingFile.create(file, { maxByteLength: 2 ** 30, strategy });
          let kind;
          growing.once("fault", (error) => {
            kind = error.kind;
          });
          const words = new Uint32Array(growing.buffer);
          const length = (24 * 2 ** 20) / 4;
          for (let index = 0; index < length; index++) words[index] = index + 1;
          let kept = 0;
          while (words[kept * 1024] === kept * 1024 + 1) kept++;
          await scene.until(() => kind !== undefined);
          const flush = trouble(() => growing.flushSync());
          const again = trouble(() => growing.flushSync());
          const ensure = trouble(() => growing.ensure(20 * 2 ** 20));
          words[7 * 2 ** 20] = 9;
          const end = trouble(() => growing.close());
          const data = new Uint32Array(fs.readFileSync(file).buffer);
          let right = 0;
          while (data[right] === right + 1) right++;
          report({
            kind,
            flush,
            again,
            ensure,
            end,
            kept,
            right,
            filled: fs.statfsSync(process.argv[3]).bavail < 64,
          });`,
        { args: [path.join(mount.folder, "file"), mount.folder] },
      );
      // A file may be made longer without blocks, as where pages are memory: then they are missing.
      assert.match(result.kind, /^(extend-refused|no-space)$/);
      assertIncludes(result.flush, faultAs(result.kind, "write", { errnoName: "ENOSPC" }));
      assert.equal(result.again, null, "a fault is thrown once");
      assertIncludes(result.ensure, { code: "ERR_TIDEMARK_FILE", errnoName: "ENOSPC" });
      assertIncludes(result.end, {
        access: "write",
        byteOffset: 28 * mebibyte,
        errnoName: "ENOSPC",
      });
      // All that the disk had room for is there: more than 8 of 12 MiB, and nothing after a gap.
      assert.ok(result.right >= 2 * mebibyte, `${result.right} words`);
      assert.ok(result.filled, "the disk is filled to the last page");
    });
  }

  test(`a sparse file on a full ${fileSystem} is written as far as it has blocks`, {
    skip,
  }, async () => {
    using mount = mountFileSystem(fileSystem, { byteLength: 12 * mebibyte });
    const result = await endsWell(
      `const file = process.argv[2];
      fs.writeFileSync(file, "");
      fs.truncateSync(file, 24 * 2 ** 20);
      const mapping = Mapping.openFile(file, { access: "read-write" });
      const bytes = mapping.bytes();
      const holes = bytes[20 * 2 ** 20];
      for (let at = 0; at < bytes.length; at += pageSize) bytes[at] = 7;
      const fault = trouble(() => mapping.flushSync());
      const flushed = trouble(() => mapping.flushSync());
      const end = trouble(() => mapping.close());
      const data = fs.readFileSync(file);
      let pages = 0;
      while (data[pages * pageSize] === 7) pages++;
      report({ holes, fault, flushed, end, pages, length: data.length });`,
      { args: [path.join(mount.folder, "file")] },
    );
    assert.equal(result.holes, 0);
    assertIncludes(result.fault, faultAs("no-space", "write", { errnoName: "ENOSPC" }));
    assert.deepEqual([result.flushed, result.end, result.length], [null, null, 24 * mebibyte]);
    assert.ok(result.pages >= 2048, `${result.pages} pages`);
  });
}

test("a preallocated file on a full ext4 has all its blocks: nothing is lost", {
  skip: requires("root", "mount:ext4"),
}, async () => {
  using mount = mountFileSystem("ext4", { byteLength: 12 * mebibyte });
  const result = await endsWell(
    `
      const growing = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 30 });
      growing.ensure(8 * 2 ** 20);
      let full = null;
      while (full === null)
        full = trouble(() => fs.appendFileSync(process.argv[2] + ".rest", Buffer.alloc(pageSize)));
      growing.bytes().fill(7, 0, 8 * 2 ** 20);
      const flush = trouble(() => growing.flushSync());
      const end = trouble(() => growing.close());
      report({
        full: full.code,
        flush,
        end,
        right: fs.readFileSync(process.argv[2]).every((byte) => byte === 7),
      });`,
    { args: [path.join(mount.folder, "file")] },
  );
  assert.deepEqual(result, { full: "ENOSPC", flush: null, end: null, right: true });
});

test("room that is made on a full disk is used by what is written next", {
  skip: requires("root", "mount:tmpfs"),
}, async () => {
  using mount = mountFileSystem("tmpfs", { byteLength: 8 * mebibyte });
  const result = await endsWell(
    `const [, , file, other] = process.argv;
    fs.writeFileSync(other, Buffer.alloc(6 * 2 ** 20));
    const growing = GrowingFile.create(file, { maxByteLength: 2 ** 30 });
    const bytes = growing.bytes();
    bytes.fill(7, 0, 4 * 2 ** 20);
    const fault = trouble(() => growing.check());
    fs.unlinkSync(other);
    bytes.fill(8, 4 * 2 ** 20, 6 * 2 ** 20);
    report({ fault, then: trouble(() => growing.flushSync()), end: trouble(() => growing.close()),
      right: fs.readFileSync(file).subarray(4 * 2 ** 20).every((byte) => byte === 8) });`,
    { args: [path.join(mount.folder, "file"), path.join(mount.folder, "other")] },
  );
  assertIncludes(result.fault, faultAs("extend-refused", "write"));
  assert.deepEqual([result.then, result.end, result.right], [null, null, true]);
});

for (const strategy of ["extend-file", "remap"]) {
  test(`writing gigabytes past a full disk (${strategy}) does not fill the memory instead`, {
    skip: requires("root", "mount:tmpfs"),
  }, async () => {
    using mount = mountFileSystem("tmpfs", { byteLength: 4 * mebibyte });
    const length = rounds({ short: 2 ** 29, long: 2 ** 31 });
    const result = await endsWell(
      `
        const growing = GrowingFile.create(process.argv[2], {
          maxByteLength: 2 ** 33,
          strategy: "${strategy}",
        });
        const bytes = growing.bytes(0, ${length});
        const before = scene.residentBytes();
        for (let at = 0; at < bytes.length; at += pageSize) bytes[at] = 7;
        const forward = scene.residentBytes() - before;
        const entries = scene.mapEntryCount();
        const fault = trouble(() => growing.close());
        report({ forward, entries, fault });`,
      { args: [path.join(mount.folder, "file")] },
    );
    assertIncludes(result.fault, faultAs("extend-refused", "write"));
    assert.ok(result.fault.count > (length / 4096) * 0.9, `${result.fault.count} faults`);
    assert.ok(result.forward < 64 * mebibyte, `${result.forward / mebibyte} MiB`);
    assert.ok(result.entries < 5000, `${result.entries} map entries`);
  });
}

for (const strategy of ["extend-file", "remap"]) {
  test(`a growing file (${strategy}) that meets RLIMIT_FSIZE is no signal but a fault`, {
    skip: requires("linux", "prlimit"),
  }, async () => {
    const result = await endsWell(
      `
        const growing = GrowingFile.create(process.argv[2], {
          maxByteLength: 2 ** 30,
          strategy: "${strategy}",
        });
        const bytes = growing.bytes();
        bytes.fill(7, 0, 6 * 2 ** 20);
        const fault = trouble(() => growing.check());
        const ensure = trouble(() => growing.ensure(5 * 2 ** 20));
        const end = trouble(() => growing.close());
        const data = fs.readFileSync(process.argv[2]);
        report({
          fault,
          ensure,
          end,
          length: data.length,
          right: data.every((byte) => byte === 7),
        });`,
      { args: [temporaryPath()], prlimit: { fsize: 4 * mebibyte } },
    );
    assertIncludes(
      result.fault,
      faultAs("extend-refused", "write", { errnoName: "EFBIG", byteOffset: 4 * mebibyte }),
    );
    assertIncludes(result.ensure, { code: "ERR_TIDEMARK_FILE", errnoName: "EFBIG" });
    assert.deepEqual([result.end, result.length, result.right], [null, 4 * mebibyte, true]);
  });
}
