// Memory handed to workers, to children and to processes that are nobody's relatives.

import assert from "node:assert/strict";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { GrowingFile, Mapping, type MappingHandle, pageSize } from "@tidemark/core";
import { startChild } from "@tidemark/testing/child.js";
import { descriptors } from "@tidemark/testing/memory-map.js";
import { Peer } from "@tidemark/testing/peer.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

const linux = { skip: requires("linux") };
const linuxRoot = { skip: requires("linux", "root") };

/** What each receiver of a handle does: looks for 11, writes 22, tells where the memory is from. */
const receiver = new URL("./handle-receiver.js", import.meta.url);

function told(memory: { readonly path?: string; readonly handle?: unknown }): string {
  return JSON.stringify(memory);
}

/** Memory to hand over, with 11 in its first byte. */
const kinds: Readonly<Record<string, () => Mapping>> = {
  "shared anonymous memory": () => Mapping.anonymous(2 * pageSize, { sharing: "shared" }),
  "a file": () => {
    const file = temporaryPath();
    fs.writeFileSync(file, Buffer.alloc(2 * pageSize));
    return Mapping.openFile(file, { access: "read-write" });
  },
  "a growing file": () => GrowingFile.create(temporaryPath(), { maxByteLength: 1 << 24 }),
};

for (const [kind, open] of Object.entries(kinds)) {
  const filled = (): Mapping => {
    const mapping = open();
    mapping.bytes()[0] = 11;
    return mapping;
  };
  const expected = (mapping: Mapping): object => ({ found: 11, inode: mapping.handle().ino });

  test(`${kind} is handed to a worker: the same pages, no copy`, linux, async () => {
    using mapping = filled();
    const worker = new Worker(receiver, { workerData: mapping.handle() });
    const [[answer]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
    assert.deepEqual(answer, expected(mapping));
    assert.equal(mapping.bytes()[0], 22);
    mapping.bytes()[0] = 33;
    assert.equal(mapping.bytes()[0], 33, "the worker's end takes nothing away");
  });

  test(`${kind} is handed to a child by message, cloned or as JSON`, linux, async () => {
    for (const serialization of ["json", "advanced"] as const) {
      using mapping = filled();
      const child = fork(receiver, ["by-message"], { serialization });
      child.send(mapping.handle());
      const [[answer]] = await Promise.all([once(child, "message"), once(child, "exit")]);
      assert.deepEqual(answer, expected(mapping));
      assert.equal(mapping.bytes()[0], 22);
    }
  });

  test(`${kind} is handed to a child by a descriptor in stdio`, linux, async () => {
    using mapping = filled();
    const handle = mapping.handle();
    // The number is of no use in the child: as if this process could not be looked into.
    const said = told({ handle: { ...handle, pid: 2 ** 22 + 1 } });
    const child = spawn(process.execPath, [receiver.pathname, "by-descriptor", said], {
      stdio: ["ignore", "pipe", "inherit", handle.fd],
    });
    const [[answer]] = await Promise.all([
      once(child.stdout as Readable, "data"),
      once(child, "exit"),
    ]);
    assert.deepEqual(JSON.parse(String(answer)), expected(mapping));
    assert.equal(mapping.bytes()[0], 22);
  });

  test(`${kind} is handed to a process that is no relative`, linux, async () => {
    using mapping = filled();
    const file = temporaryPath();
    // Its parent has ended before it begins, in a session of its own.
    const command = `setsid "$0" "$1" by-file "$2" "$3" &`;
    const said = told({ handle: mapping.handle() });
    spawn("sh", ["-c", command, process.execPath, receiver.pathname, said, file]);
    while (!fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
    const { parent, ...answer } = JSON.parse(fs.readFileSync(file, "utf8"));
    assert.deepEqual(answer, expected(mapping));
    assert.notEqual(parent, process.pid);
    assert.equal(mapping.bytes()[0], 22);
  });
}

test("a child maps an inherited descriptor without any handle", linux, async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  mapping.bytes()[0] = 11;
  const source = `
    import { Mapping } from "@tidemark/core";
    const mapping = Mapping.openFile(3, { access: "read-write", shared: true });
    const found = mapping.bytes()[0];
    mapping.bytes()[0] = 22;
    console.log(JSON.stringify([found, mapping.byteLength]));`;
  const module = temporaryPath("child.mjs");
  const here = path.join(import.meta.dirname, path.basename(module));
  fs.writeFileSync(here, source);
  const child = spawn(process.execPath, [here], {
    stdio: ["ignore", "pipe", "inherit", mapping.handle().fd],
  });
  const [[answer]] = await Promise.all([
    once(child.stdout as Readable, "data"),
    once(child, "exit"),
  ]);
  fs.rmSync(here);
  assert.deepEqual(JSON.parse(String(answer)), [11, pageSize]);
  assert.equal(mapping.bytes()[0], 22);
});

test(
  "shared anonymous memory cannot be made shorter by anyone it is handed to",
  linux,
  async () => {
    using mapping = Mapping.anonymous(2 * pageSize, { sharing: "shared" });
    using peer = new Peer();
    const { pid, fd } = mapping.handle();
    const truncating = peer.call(
      ({ fs }, name) => fs.truncateSync(name, 0),
      `/proc/${pid}/fd/${fd}`,
    );
    await assert.rejects(truncating, { code: "EPERM" });
    mapping.bytes().fill(1);
    assert.deepEqual(mapping.faults, []);
  },
);

test(
  "everyone goes on when the one who made the memory has closed it, or ended",
  linux,
  async () => {
    using peer = new Peer();
    const make = async (): Promise<MappingHandle> => {
      return await peer.call(({ core, kept }) => {
        kept["mapping"] = core.Mapping.anonymous(8192, { sharing: "shared" });
        kept["mapping"].bytes()[0] = 5;
        return kept["mapping"].handle();
      });
    };
    using first = Mapping.attach(await make());
    await peer.call(({ kept }) => kept["mapping"].close());
    assert.equal(first.bytes()[0], 5);
    using second = Mapping.attach(await make());
    await peer.end();
    second.bytes()[1] = 6;
    // What is held here can be handed on from here.
    using third = Mapping.attach(second.handle());
    assert.deepEqual([...third.bytes(0, 2)], [5, 6]);
    assert.deepEqual([...first.bytes(0, 1)], [5]);
  },
);

test("a handle that leads nowhere is an error that says why", linux, async () => {
  const code = "ERR_TIDEMARK_STALE_HANDLE";
  const before = descriptors().size;
  const file = temporaryPath();
  fs.writeFileSync(file, "content");
  const mapping = Mapping.openFile(file);
  const handle = mapping.handle();
  // Deleted and written anew, it is still the old file's memory.
  fs.rmSync(file);
  fs.writeFileSync(file, "another");
  const attached = Mapping.attach(handle);
  assert.equal(String(Buffer.from(attached.bytes())), "content");
  attached.close();
  mapping.close();
  assert.throws(() => Mapping.attach(handle), { code });
  // Another process has the number, and another file in the place of the descriptor.
  const other = fs.openSync(file, "r");
  assert.throws(() => Mapping.attach({ ...handle, fd: other }), { code, message: /another file/ });
  assert.throws(() => Mapping.attach({ ...handle, pid: 1 }), { code });
  assert.throws(() => Mapping.attach({ ...handle, pid: 2 ** 22 + 1 }), { code });
  assert.throws(() => Mapping.attach(handle, { descriptor: other }), {
    code,
    message: /descriptor \d+ is another file/,
  });
  fs.closeSync(other);
  assert.throws(() => Mapping.attach(handle, { descriptor: other }), { code: "ERR_TIDEMARK_FILE" });
  for (const descriptor of [-1, 1.5, 2 ** 40]) {
    assert.throws(() => Mapping.attach(handle, { descriptor }), {
      code: "ERR_TIDEMARK_ARGUMENT_RANGE",
    });
  }
  for (const options of [{ descriptor: "3" }, { other: 1 }, 5]) {
    assert.throws(() => Mapping.attach(handle, options as never), {
      code: "ERR_TIDEMARK_ARGUMENT_TYPE",
    });
  }
  assert.equal(descriptors().size, before);
});

test("a handle grants no more than the file: others need its permissions", linuxRoot, async () => {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(pageSize));
  fs.chmodSync(file, 0o644);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const handle = mapping.handle();
  using peer = new Peer({ uid: 65_534 });
  const attach = (told: MappingHandle): Promise<void> => {
    return peer.call(({ core }, given) => core.Mapping.attach(given).close(), told);
  };
  // Neither may it look into our process, nor does a handle forged for itself let it write.
  await assert.rejects(attach(handle), { code: "ERR_TIDEMARK_STALE_HANDLE" });
  const open = await peer.call(({ core, kept }, name) => {
    kept["mapping"] = core.Mapping.openFile(name);
    return kept["mapping"].handle() as MappingHandle;
  }, file);
  await attach(open);
  await assert.rejects(attach({ ...open, access: "read-write" }), {
    code: "ERR_TIDEMARK_STALE_HANDLE",
  });
  // A mapping that may only be read gives a handle for reading.
  using reading = Mapping.openFile(file);
  using again = Mapping.attach(reading.handle());
  assert.equal(again.access, "read");
});

test("a descriptor that may only be read gives no memory to write", linux, async () => {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(pageSize));
  using mapping = Mapping.openFile(file, { access: "read-write" });
  const descriptor = fs.openSync(file, "r");
  assert.throws(() => Mapping.attach(mapping.handle(), { descriptor }), {
    code: "ERR_TIDEMARK_FILE",
    errnoName: "EACCES",
  });
  fs.closeSync(descriptor);
});

test("a growing file grows from every side: workers, a child, and who made it", linux, async () => {
  const file = temporaryPath();
  const maxByteLength = 1 << 26;
  const growth = { minStep: pageSize, maxStep: pageSize };
  const growing = GrowingFile.create(file, { maxByteLength, growth });
  const handle = growing.handle();
  const pageCount = 600;
  const grower = new URL("./handle-grower.js", import.meta.url);
  const task = { handle, pageCount, writerCount: 5 };
  const workers = [0, 1].map(async (writer) => {
    const worker = new Worker(grower, { workerData: { ...task, writer } });
    return (await once(worker, "exit"))[0];
  });
  const children = [2, 3].map((writer) => {
    return startChild(grower, { args: [JSON.stringify({ ...task, writer })] });
  });
  for (const child of children) await child.line("open");
  for (const child of children) child.send("go");
  const bytes = growing.bytes();
  for (let page = 4; page < pageCount; page += 5) bytes[page * pageSize + 4] = 1 + (page % 255);
  assert.deepEqual(await Promise.all(workers), [0, 0]);
  for (const child of children) assert.equal((await child.finished).code, 0);
  assert.deepEqual(growing.faults, []);
  growing.close();
  const content = fs.readFileSync(file);
  assert.equal(content.length, pageCount * pageSize, "the last one has trimmed it");
  const lost = Array.from({ length: pageCount }, (_, page) => page).filter((page) => {
    return content[page * pageSize + (page % 5)] !== 1 + (page % 255);
  });
  assert.deepEqual(lost, []);
});

test("who has a growing file by a descriptor trims nothing while others have it", linux, () => {
  const file = temporaryPath();
  const first = GrowingFile.create(file, { maxByteLength: 1 << 24 });
  const handle = first.handle();
  const second = GrowingFile.attach(handle, { descriptor: handle.fd });
  second.bytes()[pageSize] = 1;
  const grown = second.fileByteLength;
  second.close();
  assert.equal(first.fileByteLength, grown, "it was not the last one");
  first.bytes()[2 * pageSize] = 2;
  first.close();
  assert.equal(fs.statSync(file).size, 3 * pageSize);
});
