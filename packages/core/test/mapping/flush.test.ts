// Writing back: on this thread or off it, a range or all, and with what of the file.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { ArgumentRangeError, Mapping, pageSize } from "@tidemark/core";
import { runChild } from "@tidemark/testing/child.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

function pagesFile(pageCount: number): string {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(pageCount * pageSize));
  return file;
}

test("flushing takes all, a range, and every way of waiting", async () => {
  const file = pagesFile(4);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  mapping.bytes().fill(5);
  assert.equal(await mapping.flush(), undefined);
  await mapping.flush({ byteOffset: 100, byteLength: 5000 });
  await mapping.flush({ byteOffset: 4n, byteLength: 0n });
  mapping.flushSync();
  mapping.flushSync({ byteOffset: 1 });
  for (const wait of [true, false]) {
    for (const invalidate of [true, false]) mapping.flushSync({}, { wait, invalidate });
  }
  assert.ok(mapping.bytes().every((byte) => byte === 5));
});

test("every flavour can be flushed", async () => {
  const file = pagesFile(2);
  const mappings = [
    Mapping.openFile(file),
    Mapping.openFile(file, { access: "copy-on-write" }),
    Mapping.openFile(file, { access: "read-write", shared: true }),
    Mapping.anonymous(pageSize),
    Mapping.anonymous(pageSize, { sharing: "shared" }),
    Mapping.openFile("/dev/zero", { byteLength: pageSize }),
  ];
  for (const mapping of mappings) {
    mapping.flushSync();
    await mapping.flush();
    mapping.close();
  }
});

test("many flushes at once all end", async () => {
  using mapping = Mapping.openFile(pagesFile(64), { access: "read-write" });
  mapping.bytes().fill(1);
  await Promise.all(
    Array.from({ length: 64 }, (_, page) => {
      return mapping.flush({ byteOffset: page * pageSize, byteLength: pageSize });
    }),
  );
});

test("a bad range is refused by a rejection, not by a throw", async () => {
  using mapping = Mapping.anonymous(pageSize);
  const promise = mapping.flush({ byteOffset: -1 });
  await assert.rejects(promise, ArgumentRangeError);
});

test("a recorded fault is thrown by the next flush, and by no other", async () => {
  using mapping = Mapping.anonymous(3 * pageSize);
  mapping.protect({}, "none");
  const bytes = mapping.bytes();
  bytes[0] = 1;
  await assert.rejects(mapping.flush(), { code: "ERR_TIDEMARK_MAPPING_FAULT", byteOffset: 0 });
  await mapping.flush();
  bytes[pageSize] = 1;
  assert.throws(() => mapping.flushSync(), { byteOffset: pageSize });
  mapping.flushSync();
});

// ---- Seen from outside

const syncCalls = "msync,fsync,fdatasync";

interface Call {
  readonly thread: number;
  readonly text: string;
}

/** The calls of sync(2)'s family that a program makes between `mark(name)` and the next mark. */
async function traced(body: string): Promise<{ main: number; calls: Map<string, Call[]> }> {
  const trace = temporaryPath("trace");
  const source = `
    import fs from "node:fs";
    import { GrowingFile, Mapping } from "@tidemark/core";
    const mark = (name) => { try { fs.statSync("/mark/" + name); } catch {} };
    const [file] = process.argv.slice(2);
    ${body}
    mark("end");
    console.log(process.pid);`;
  const result = await runChild(source, {
    args: [pagesFile(4)],
    under: ["strace", "--follow-forks", "--output", trace, "--trace", `stat,statx,${syncCalls}`],
  });
  assert.equal(result.code, 0, result.stderr);
  const calls = new Map<string, Call[]>();
  let current: Call[] = [];
  for (const line of fs.readFileSync(trace, "utf8").split("\n")) {
    const [, thread = "", text = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, name] = /"\/mark\/(\w+)"/.exec(text) ?? [];
    if (name !== undefined) {
      current = [];
      calls.set(name, current);
    } else if (/^(msync|fsync|fdatasync)\(/.test(text)) {
      current.push({ thread: Number(thread), text });
    }
  }
  return { main: result.json, calls };
}

test("an asynchronous flush waits for the device off the main thread, a synchronous one on it", {
  skip: requires("linux", "strace"),
}, async () => {
  const { main, calls } = await traced(`
    const mapping = Mapping.openFile(file, { access: "read-write" });
    mapping.bytes().fill(1);
    mark("asynchronous"); await mapping.flush();
    mark("range"); await mapping.flush({ byteOffset: 5000, byteLength: 10 });
    mark("synchronous"); mapping.flushSync();
    mark("started"); mapping.flushSync({}, { wait: false });
    mark("invalidated"); mapping.flushSync({}, { invalidate: true });
    mark("closing"); mapping.close();`);
  const only = (name: string): Call => {
    assert.equal(calls.get(name)?.length, 1, `${name}: ${JSON.stringify(calls.get(name))}`);
    return calls.get(name)?.[0] as Call;
  };
  assert.match(only("asynchronous").text, /^msync\(0x\w+, 16384, MS_SYNC/);
  assert.notEqual(only("asynchronous").thread, main);
  assert.match(only("range").text, /^msync\(0x\w+, 4096, MS_SYNC/);
  assert.match(only("synchronous").text, /^msync\(0x\w+, 16384, MS_SYNC/);
  assert.equal(only("synchronous").thread, main);
  assert.match(only("started").text, /MS_ASYNC/);
  assert.match(only("invalidated").text, /MS_SYNC\|MS_INVALIDATE|MS_INVALIDATE\|MS_SYNC/);
  assert.deepEqual(calls.get("closing"), [], "closing waits for no device");
});

test("a flush writes the file's metadata when its length changed, and only then", {
  skip: requires("linux", "strace"),
}, async () => {
  const { main, calls } = await traced(`
    const growing = GrowingFile.create(file + "-growing", { maxByteLength: 2 ** 30 });
    const bytes = growing.bytes(0, 1 << 20);
    bytes[0] = 1;
    mark("grown"); await growing.flush();
    bytes[1] = 1;
    mark("same"); await growing.flush();
    growing.ensure(growing.fileByteLength + 1);
    mark("extended"); growing.flushSync();
    mark("closing"); growing.close();`);
  const names = (mark: string): string[] => {
    return (calls.get(mark) ?? []).map(({ text }) => text.replace(/\(.*/s, ""));
  };
  // The second fsync is of the folder, which has a new entry.
  assert.deepEqual(names("grown"), ["msync", "fsync", "fsync"]);
  assert.ok(calls.get("grown")?.every(({ thread }) => thread !== main));
  assert.deepEqual(names("same"), ["msync"]);
  assert.deepEqual(names("extended"), ["msync", "fsync"]);
});
