// Everything a caller can get wrong with a tracked file is an error with a code, and ends nothing.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  Mapping,
  pageSize,
  TidemarkError,
  TrackedFile,
  type TrackedFileOptions,
} from "@tidemark/core";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell } from "./ending.js";

const odd: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  -(2n ** 64n),
  2n ** 64n,
  "",
  "text\0",
  Symbol("symbol"),
  [],
  {},
  { byteOffset: -1 },
  { byteLength: 2 ** 60 },
  { byteOffset: 1, byteLength: Number.MAX_SAFE_INTEGER },
  { durable: "yes" },
  { commit: 1 },
  { byteLength: Number.NaN },
  { unknown: 1 },
  () => undefined,
  new Uint8Array(3),
  new Proxy({}, {}),
];

const codes = /^ERR_TIDEMARK_(ARGUMENT_(TYPE|RANGE)|FILE|NOT_MAPPABLE|RESOURCE_LIMIT|UNSUPPORTED)$/;

/** The code of what an action throws; undefined when it throws nothing. Others are a failure. */
async function codeOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof TidemarkError) return error.code;
    throw error;
  }
}

test("whatever a tracked file is opened with, it opens or is an error with a code", async () => {
  const file = temporaryPath();
  fs.writeFileSync(file, "content");
  for (const value of odd) {
    const bad = value as never;
    const attempts: (() => TrackedFile)[] = [
      () => TrackedFile.open(bad),
      () => TrackedFile.open(file, bad),
      ...["maxByteLength", "detection", "shared", "create", "mode"].map((key) => () => {
        return TrackedFile.open(file, { [key]: bad } as TrackedFileOptions);
      }),
    ];
    for (const attempt of attempts) {
      const code = await codeOf(() => attempt().close());
      if (code !== undefined) assert.match(code, codes);
    }
    assert.throws(() => new (TrackedFile as unknown as new (value: unknown) => unknown)(value), {
      code: "ERR_TIDEMARK_ARGUMENT_TYPE",
    });
  }
  assert.equal(fs.readFileSync(file, "utf8"), "content");
});

test("whatever the methods are given, they work or throw an error with a code", async () => {
  for (const detection of ["guard-pages", "kernel"] as const) {
    const path = temporaryPath();
    const file = TrackedFile.open(path, { create: true, detection, maxByteLength: 2 ** 20 });
    file.bytes()[0] = 1;
    for (const value of odd) {
      const bad = value as never;
      for (const attempt of [
        () => file.bytes(bad),
        () => file.bytes(0, bad),
        () => file.touch(bad),
        () => file.commit(bad),
        () => file.commitSync(bad),
      ]) {
        const code = await codeOf(attempt);
        if (code !== undefined) assert.match(code, codes);
      }
    }
    assert.throws(() => file.commitSync({ byteLength: 2 ** 20 + 1 }), {
      code: "ERR_TIDEMARK_ARGUMENT_RANGE",
    });
    for (const bad of [null, 1, "text", [], { commit: 1 }, { durable: "no" }, { unknown: 1 }]) {
      assert.throws(() => file.close(bad as never), { code: "ERR_TIDEMARK_ARGUMENT_TYPE" });
    }
    file.close();
  }
});

test("a closed tracked file says so, and its views are empty", async () => {
  const file = TrackedFile.open(temporaryPath(), { create: true });
  const bytes = file.bytes(0, 100);
  bytes[0] = 1;
  file.close();
  assert.equal(bytes.length, 0);
  const closed = { code: "ERR_TIDEMARK_CLOSED" };
  for (const use of [
    () => file.buffer,
    () => file.bytes(),
    () => file.byteLength,
    () => file.fileByteLength,
    () => file.dirtyRanges(),
    () => file.touch(),
    () => file.commitSync(),
    () => file.rollback(),
  ]) {
    assert.throws(use, closed);
  }
  await assert.rejects(file.commit(), closed);
  assert.doesNotThrow(() => file.check());
  file.close();
  await file[Symbol.asyncDispose]();
});

test("what is no file, or cannot be opened, is an error", () => {
  const folder = temporaryFolder();
  assert.throws(() => TrackedFile.open(folder), { code: "ERR_TIDEMARK_NOT_MAPPABLE" });
  assert.throws(() => TrackedFile.open("/dev/null"), { code: "ERR_TIDEMARK_NOT_MAPPABLE" });
  assert.throws(() => TrackedFile.open(path.join(folder, "none")), { errnoName: "ENOENT" });
  const long = path.join(folder, "n".repeat(250));
  assert.throws(() => TrackedFile.open(long, { create: true }), { errnoName: "ENAMETOOLONG" });
  const file = path.join(folder, "file");
  fs.writeFileSync(file, Buffer.alloc(2 * pageSize));
  assert.throws(() => TrackedFile.open(file, { maxByteLength: pageSize }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
});

test("a file is found by its real name, whatever it was opened by", () => {
  const folder = temporaryFolder();
  const real = path.join(folder, "real folder");
  fs.mkdirSync(real);
  fs.writeFileSync(path.join(real, "däta"), "abc");
  fs.symlinkSync(path.join(real, "däta"), path.join(folder, "link"));
  const file = TrackedFile.open(path.join(folder, "link"));
  assert.equal(file.path, fs.realpathSync(path.join(real, "däta")));
  file.bytes(0, 1)[0] = 65;
  // The directory may get another name: the journal goes where the file is.
  fs.renameSync(real, path.join(folder, "moved"));
  file.commitSync();
  file.close();
  assert.equal(fs.readFileSync(path.join(folder, "moved", "däta"), "utf8"), "Abc");
  const byBuffer = TrackedFile.open(Buffer.from(path.join(folder, "moved", "däta")));
  byBuffer.bytes(0, 2)[1] = 66;
  byBuffer.close();
  assert.equal(fs.readFileSync(path.join(folder, "moved", "däta"), "utf8"), "ABc");
});

test("opening and closing, and forgetting to close, leaves nothing behind", async () => {
  const result = await endsWell(
    `import { TrackedFile } from "#core/index.js";
    const file = process.argv[2];
    fs.writeFileSync(file, Buffer.alloc(8192));
    const open = (detection) => TrackedFile.open(file, { detection, maxByteLength: 2 ** 30 });
    const turn = () => {
      for (const detection of ["guard-pages", "kernel"]) {
        const opened = open(detection);
        opened.bytes()[1] = opened.bytes()[1] + 1;
        opened.close({ durable: false });
        open(detection);
        trouble(() => TrackedFile.open(file, { maxByteLength: 1 }));
      }
    };
    turn();
    await scene.collectGarbage();
    const before = scene.descriptorCount();
    for (let round = 0; round < 50; round++) turn();
    await scene.collectGarbage();
    await scene.until(() => (gc(), scene.descriptorCount() <= before));
    report(scene.descriptorCount() - before);`,
    { args: [temporaryPath()], execArgv: ["--expose-gc"] },
  );
  assert.ok(result <= 0, `${result} descriptors`);
});

test("a shared buffer of a closed tracked file reads as zeros and changes nothing", async () => {
  const file = temporaryPath();
  const result = await endsWell(
    `import { TrackedFile } from "#core/index.js";
    fs.writeFileSync(process.argv[2], "content");
    const opened = TrackedFile.open(process.argv[2], { shared: true, maxByteLength: 2 ** 20 });
    const bytes = opened.bytes();
    opened.close();
    const zero = bytes[0];
    bytes[0] = 1;
    report({ zero, text: fs.readFileSync(process.argv[2], "utf8") });`,
    { args: [file] },
  );
  assert.deepEqual(result, { zero: 0, text: "content" });
});

test("a replaced handler is told before a commit", {
  skip: requires("linux"),
}, async () => {
  const result = await endsWell(
    `import { TrackedFile } from "#core/index.js";
    const opened = TrackedFile.open(process.argv[2], { create: true, maxByteLength: 2 ** 20,
      detection: "guard-pages" });
    process.on("SIGSEGV", () => undefined);
    opened.bytes()[0] = 1;
    process.removeAllListeners("SIGSEGV");
    opened.bytes()[5000] = 1;
    opened.close();
    report(fs.statSync(process.argv[2]).size);`,
    { args: [temporaryPath()] },
  );
  assert.equal(result, 8192);
});

test("a tracked file is not mistaken for a mapping", () => {
  const file = TrackedFile.open(temporaryPath(), { create: true });
  assert.equal((file as unknown) instanceof Mapping, false);
  file.close();
});

test("what faults in a tracked file is told as an event", async () => {
  const result = await endsWell(
    `import { TrackedFile } from "#core/index.js";
    fs.writeFileSync(process.argv[2], Buffer.alloc(2 ** 20, 65));
    const opened = TrackedFile.open(process.argv[2], { maxByteLength: 2 ** 30 });
    let told;
    opened.on("fault", (error) => { told = error; });
    const bytes = opened.bytes();
    scene.truncateElsewhere(process.argv[2], 0);
    const zero = bytes[2 ** 19];
    await scene.until(() => told !== undefined);
    const first = trouble(() => { throw told; });
    const checked = trouble(() => opened.check());
    const faults = opened.faults.length;
    opened.close({ commit: false });
    report({ zero, first, checked, faults });`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual([result.zero, result.faults], [0, 1]);
  assertIncludes(result.first, { kind: "past-end", access: "read" });
  assertIncludes(result.checked, { kind: "past-end", access: "read" });
});
