// What the system may refuse at a commit: the file is as it was then, what was written is still in
// memory, and a later commit succeeds.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { recordingEnvironment } from "../tracking/power-loss/recording.js";
import { assertIncludes, endsWell } from "./ending.js";

const mebibyte = 2 ** 20;
const journal = ".tidemark-journal";

/** What each scene here begins with. */
const tracked = `import { TrackedFile } from "#core/index.js";
const file = process.argv[2];
const reads = () => fs.readFileSync(file);
const others = () => fs.readdirSync(path.dirname(file)).filter((name) => name !== "file");
`;

const EIO = 5;
const ENOSPC = 28;

// CALL:NAME:FIRST:COUNT:ERRNO, see storage-recorder.c.
const failures = [
  `create:${journal}:1:1:${ENOSPC}`,
  `create:${journal}:1:1:13`,
  `write:${journal}:1:1:${ENOSPC}`,
  `write:${journal}:2:1:${EIO}`,
  `sync:${journal}:1:1:${EIO}`,
  `sync:.:1:1:${EIO}`,
  `sync:.:2:1:${EIO}`,
  `read:file:1:1:${EIO}`,
  `write:file:1:1:${ENOSPC}`,
  `write:file:3:1:${EIO}`,
  `sync:file:1:1:${EIO}`,
  `unlink:${journal}:1:1:${EIO}`,
];

for (const [more, cases] of [
  ["", failures],
  // Cut off in the end.
  ["{ byteLength: 5000 }", [`truncate:file:1:1:${EIO}`, `write:${journal}:3:1:${EIO}`]],
  ["{ byteLength: 70000 }", [`truncate:file:1:1:${ENOSPC}`]],
] as const) {
  test(`a commit (${more}) any of whose calls fails is none, and can be had again`, {
    skip: requires("linux", "compiler"),
  }, async () => {
    const folder = temporaryFolder();
    const results = await endsWell(
      `${tracked}
      const results = [];
      for (const failure of ${JSON.stringify(cases)}) {
        fs.writeFileSync(file, Buffer.alloc(30_000, 65));
        const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30 });
        const bytes = opened.bytes();
        for (const at of [0, 10_000, 20_000, 50_000]) bytes[at] = 66;
        // Until the environment says so, nothing fails; and each case counts anew.
        process.env.RECORDER_FAIL = failure;
        const refused = trouble(() => opened.commitSync(${more}));
        delete process.env.RECORDER_FAIL;
        const before = reads();
        const asBefore = before.length === 30_000 && before.every((byte) => byte === 65);
        const kept = [0, 10_000, 20_000, 50_000].every((at) => bytes[at] === 66);
        const dirty = opened.dirtyRanges().length;
        const left = others();
        const again = trouble(() => opened.commitSync(${more}));
        const data = reads();
        const end = data.length < 9000 ? 66 : data[20_000];
        const changed = data[0] === 66 && data[1] === 65 && end === 66;
        const { length } = data;
        results.push({ failure, refused, asBefore, kept, dirty, left, again, changed, length });
        opened.close();
      }
      report(results);`,
      { args: [path.join(folder, "file")], env: recordingEnvironment(folder) },
    );
    for (const { failure, refused, ...rest } of results) {
      const errno = Number(failure.split(":").at(-1));
      const errnoName = errno === EIO ? "EIO" : errno === ENOSPC ? "ENOSPC" : "EACCES";
      assertIncludes(refused, { code: "ERR_TIDEMARK_FILE", errnoName });
      const length = more === "" ? 53_248 : Number(/\d+/.exec(more)?.[0]);
      const wanted = { asBefore: true, kept: true, dirty: 4, left: [], again: null, changed: true };
      assert.deepEqual({ failure, ...rest }, { failure, ...wanted, length });
    }
  });
}

test("storage that can neither write nor take back leaves the file to its journal", {
  skip: requires("linux", "compiler"),
}, async () => {
  const folder = temporaryFolder();
  const result = await endsWell(
    `${tracked}
    fs.writeFileSync(file, Buffer.alloc(30_000, 65));
    const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30 });
    const bytes = opened.bytes();
    for (const at of [0, 10_000, 20_000]) bytes[at] = 66;
    process.env.RECORDER_FAIL = "write:file:2:1000:5";
    const refused = trouble(() => opened.commitSync());
    const left = others();
    const stillRefused = trouble(() => opened.commitSync());
    delete process.env.RECORDER_FAIL;
    fs.cpSync(file, file + ".torn");
    const again = trouble(() => opened.commitSync());
    const data = reads();
    report({
      refused, left, stillRefused, again, torn: fs.readFileSync(file + ".torn").includes(66),
      right: [0, 10_000, 20_000].every((at) => data[at] === 66) && data[1] === 65,
    });`,
    { args: [path.join(folder, "file")], env: recordingEnvironment(folder) },
  );
  assertIncludes(result.refused, { code: "ERR_TIDEMARK_FILE", errnoName: "EIO" });
  assertIncludes(result.stillRefused, { code: "ERR_TIDEMARK_FILE", errnoName: "EIO" });
  assert.deepEqual(result.left, [`file${journal}`]);
  assert.deepEqual([result.again, result.torn, result.right], [null, true, true]);
});

for (const fileSystem of ["tmpfs", "ext4"] as const) {
  test(`a commit to a full ${fileSystem} is none, and can be had when there is room`, {
    skip: requires("root", `mount:${fileSystem}`),
  }, async () => {
    using mount = mountFileSystem(fileSystem, { byteLength: 8 * mebibyte });
    const result = await endsWell(
      `${tracked}
      fs.writeFileSync(file, Buffer.alloc(2 ** 20, 65));
      fs.writeFileSync(path.join(path.dirname(file), "other"), Buffer.alloc(3 * 2 ** 20));
      const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30 });
      const bytes = opened.bytes();
      bytes.fill(66, 2 ** 19, 5 * 2 ** 20);
      const refused = [trouble(() => opened.commitSync()), await scene.troubleOf(opened.commit())];
      const before = reads();
      const asBefore = before.length === 2 ** 20 && before.every((byte) => byte === 65);
      const left = others();
      fs.rmSync(path.join(path.dirname(file), "other"));
      const again = trouble(() => opened.close());
      const data = reads();
      report({ refused, asBefore, left, again, length: data.length,
        right: data[0] === 65 && data.subarray(2 ** 19).every((byte) => byte === 66) });`,
      { args: [path.join(mount.folder, "file")] },
    );
    for (const refused of result.refused) {
      assertIncludes(refused, { code: "ERR_TIDEMARK_FILE", errnoName: "ENOSPC" });
    }
    assert.equal(result.asBefore, true);
    assert.deepEqual(
      result.left.filter((name: string) => name !== "lost+found"),
      ["other"],
    );
    assert.deepEqual([result.again, result.length, result.right], [null, 5 * mebibyte, true]);
  });
}

test("a commit in a directory that may not be written is none", {
  skip: requires("root", "linux"),
}, async () => {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  const file = path.join(folder, "file");
  fs.writeFileSync(file, "as it was");
  fs.chmodSync(file, 0o666);
  const result = await endsWell(
    `${tracked}
    const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30 });
    opened.bytes()[0] = 65;
    const refused = trouble(() => opened.commitSync());
    const closed = trouble(() => opened.close());
    const open = opened.closed;
    opened.close({ commit: false });
    report({ refused, closed, open, text: reads().toString() });`,
    { args: [file], uid: 65534, cwd: "/" },
  );
  assertIncludes(result.refused, { code: "ERR_TIDEMARK_FILE", errnoName: "EACCES" });
  assertIncludes(result.closed, { errnoName: "EACCES" });
  assert.deepEqual([result.open, result.text], [false, "as it was"]);
});

test("a file as long as this process may make one is an error, and no signal", {
  skip: requires("linux", "prlimit"),
}, async () => {
  const result = await endsWell(
    `${tracked}
    fs.writeFileSync(file, "short");
    const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30 });
    opened.bytes()[3 * 2 ** 20] = 1;
    const refused = trouble(() => opened.commitSync());
    const text = reads().toString();
    opened.rollback();
    opened.bytes()[0] = 83;
    report({ refused, text, again: trouble(() => opened.close()), then: reads().toString() });`,
    { args: [temporaryPath()], prlimit: { fsize: 2 * mebibyte } },
  );
  assertIncludes(result.refused, { code: "ERR_TIDEMARK_FILE", errnoName: "EFBIG" });
  assert.deepEqual([result.text, result.again, result.then], ["short", null, "Short"]);
});

for (const detection of ["guard-pages", "kernel"]) {
  test(`a file that is cut off under the memory is not committed to (${detection})`, async () => {
    const result = await endsWell(
      `${tracked}
      fs.writeFileSync(file, Buffer.alloc(2 ** 20, 65));
      const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30, detection: "${detection}" });
      const bytes = opened.bytes();
      bytes[0] = 66;
      scene.truncateElsewhere(file, 4096);
      const zero = bytes[2 ** 19];
      bytes[2 ** 19] = 1;
      const refused = [1, 2].map(() => trouble(() => opened.commitSync()));
      const closing = trouble(() => opened.close());
      const kept = bytes[0];
      opened.rollback();
      const shown = [bytes[0], bytes[2 ** 19], opened.byteLength];
      bytes[1] = 67;
      const again = trouble(() => opened.close());
      const { length, 1: byte } = reads();
      report({ zero, refused, closing, kept, shown, again, length, byte });`,
      { args: [temporaryPath()] },
    );
    assert.deepEqual([result.zero, result.kept, result.shown], [0, 66, [65, 0, 4096]]);
    for (const refused of [...result.refused, result.closing]) {
      assertIncludes(refused, { code: "ERR_TIDEMARK_MAPPING_FAULT", kind: "past-end" });
    }
    assert.deepEqual([result.again, result.length, result.byte], [null, 4096, 67]);
  });
}

test("where the kernel does not tell what was written, guard pages know every page", {
  skip: requires("linux", "compiler"),
}, async () => {
  const folder = temporaryFolder();
  const result = await endsWell(
    `${tracked}
    fs.writeFileSync(file, Buffer.alloc(3 * 4096, 65));
    const unsupported = trouble(() => TrackedFile.open(file, { detection: "kernel" }));
    const opened = TrackedFile.open(file, { maxByteLength: 2 ** 30 });
    const bytes = opened.bytes();
    bytes[4096] = 1;
    for (let page = 10; page < 40; page++) bytes[page * 4096] = 1;
    const few = opened.dirtyRanges();
    // More of them apart than the process may have map entries for.
    const count = 40_000;
    for (let index = 0; index < count; index++) bytes[(100 + 2 * index) * 4096 + 5] = 7;
    const many = opened.dirtyRanges().length;
    opened.close({ durable: false });
    const data = reads();
    let right = 0;
    for (let index = 0; index < count; index++) right += data[(100 + 2 * index) * 4096 + 5] === 7;
    report({ unsupported, detection: opened.detection, few, many, right, length: data.length });`,
    {
      args: [path.join(folder, "file")],
      env: { ...recordingEnvironment(folder), RECORDER_NO_PAGEMAP: "yes" },
    },
  );
  assertIncludes(result.unsupported, { code: "ERR_TIDEMARK_UNSUPPORTED" });
  assert.equal(result.detection, "guard-pages");
  assert.deepEqual(result.few, [
    { byteOffset: 4096, byteLength: 4096 },
    { byteOffset: 10 * 4096, byteLength: 30 * 4096 },
  ]);
  assert.deepEqual([result.many, result.right, result.length], [40_002, 40_000, 80_099 * 4096]);
});
