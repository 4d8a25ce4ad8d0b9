// Handles: naming memory for another thread or process, and what is wrong with those one is sent.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  GrowingFile,
  Mapping,
  type MappingHandle,
  pageSize,
  StaleHandleError,
} from "@tidemark/core";
import { descriptors } from "@tidemark/testing/memory-map.js";
import { Peer } from "@tidemark/testing/peer.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";

const linux = { skip: requires("linux") };

function filledFile(): string {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(3 * pageSize, "handle "));
  return file;
}

test("a handle survives JSON and structured clone, and shows the same bytes", linux, () => {
  for (const access of ["read", "read-write", "copy-on-write"] as const) {
    using mapping = Mapping.openFile(filledFile(), { access, byteOffset: 7, byteLength: 5000 });
    const handle = mapping.handle();
    for (const copy of [JSON.parse(JSON.stringify(handle)), structuredClone(handle)]) {
      using attached = Mapping.attach(copy);
      assert.equal(attached.access, access);
      assert.equal(attached.byteLength, 5000);
      assert.ok(Buffer.from(mapping.bytes()).equals(attached.bytes()));
    }
  }
});

test("a handle of a file whose name is gone still reaches it", linux, async () => {
  const file = filledFile();
  using mapping = Mapping.openFile(file, { access: "read-write" });
  fs.unlinkSync(file);
  using peer = new Peer();
  await peer.call(({ core }, handle) => {
    const attached = core.Mapping.attach(handle);
    attached.bytes()[0] = 99;
    attached.close();
  }, mapping.handle());
  assert.equal(mapping.bytes()[0], 99);
});

test("a handle sent to a worker maps the same memory there", linux, async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     import("@tidemark/core").then(({ Mapping }) => {
       const mapping = Mapping.attach(workerData);
       mapping.bytes()[3] = 33;
       mapping.close();
       parentPort.postMessage("done");
     });`,
    { eval: true, workerData: mapping.handle() },
  );
  await new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  assert.equal(mapping.bytes()[3], 33);
  await worker.terminate();
});

test("a handle is stale once its mapping is closed", linux, () => {
  const mapping = Mapping.openFile(filledFile());
  const handle = mapping.handle();
  mapping.close();
  assert.throws(() => Mapping.attach(handle), StaleHandleError);
  assert.throws(() => mapping.handle(), { code: "ERR_TIDEMARK_CLOSED" });
});

test("a handle is stale when its descriptor is another file by now", linux, () => {
  const mapping = Mapping.openFile(filledFile());
  const handle = mapping.handle();
  mapping.close();
  const fd = fs.openSync(filledFile(), "r");
  assert.throws(() => Mapping.attach({ ...handle, fd }), {
    code: "ERR_TIDEMARK_STALE_HANDLE",
    message: /another file by now/,
  });
  fs.closeSync(fd);
});

test("a handle is stale once its process has ended", linux, async () => {
  using peer = new Peer();
  const handle = await peer.call(({ core, kept }) => {
    kept["mapping"] = core.Mapping.anonymous(100, { sharing: "shared" });
    return kept["mapping"].handle() as MappingHandle;
  });
  Mapping.attach(handle).close();
  await peer.end();
  assert.throws(() => Mapping.attach(handle), StaleHandleError);
});

test("a handle of another user's process says that it may not be looked into", {
  skip: requires("linux", "root"),
}, async () => {
  using mapping = Mapping.anonymous(100, { sharing: "shared" });
  using peer = new Peer({ uid: 65534 });
  const attaching = peer.call(({ core }, handle) => {
    core.Mapping.attach(handle).close();
  }, mapping.handle());
  await assert.rejects(attaching, {
    code: "ERR_TIDEMARK_STALE_HANDLE",
    message: /may not be looked into/,
  });
});

test("the handles of growing files and of others are not mixed up", linux, () => {
  const growing = GrowingFile.create(temporaryPath(), { maxByteLength: 1 << 20 });
  assert.throws(() => Mapping.attach(growing.handle()), {
    code: "ERR_TIDEMARK_ARGUMENT_TYPE",
    message: /GrowingFile\.attach/,
  });
  growing.close();
  using mapping = Mapping.openFile(filledFile());
  assert.throws(() => GrowingFile.attach(mapping.handle()), {
    code: "ERR_TIDEMARK_ARGUMENT_TYPE",
    message: /Mapping\.attach/,
  });
});

test(
  "a handle that someone changed is refused, or gives what its file gives, and leaks nothing",
  linux,
  () => {
    const file = filledFile();
    using mapping = Mapping.openFile(file, { access: "read-write" });
    const handle = mapping.handle();
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        Number.NaN,
        -1,
        1.5,
        2 ** 53,
        2n ** 64n,
        "",
        "1",
        {},
      ),
      fc.nat(70_000),
      fc.maxSafeInteger(),
      fc.bigInt(),
      fc.string(),
      fc.boolean(),
    );
    const keys = Object.keys(handle) as (keyof MappingHandle)[];
    const changes = fc.dictionary(fc.constantFrom(...keys, "maxByteLength", "other"), value, {
      minKeys: 1,
      maxKeys: 3,
    });
    const before = descriptors().size;
    const property = fc.property(changes, (changed) => {
      let attached: Mapping;
      try {
        attached = Mapping.attach({ ...handle, ...changed } as never);
      } catch (error) {
        assert.match((error as { code: string }).code, /^ERR_TIDEMARK_/);
        return;
      }
      attached.close();
    });
    fc.assert(property, { numRuns: 300 });
    assert.equal(descriptors().size, before);
  },
);

test("a handle may not place a shared buffer within a page", linux, () => {
  using mapping = Mapping.openFile(filledFile(), { shared: true });
  assert.throws(() => Mapping.attach({ ...mapping.handle(), byteOffset: 5, byteLength: 10 }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
    message: /handle\.byteOffset/,
  });
});

test(
  "a handle that claims more than its file has gives recorded faults, not a crash",
  linux,
  () => {
    using mapping = Mapping.openFile(filledFile());
    const attached = Mapping.attach({ ...mapping.handle(), byteLength: 10 * pageSize });
    assert.equal(attached.bytes()[9 * pageSize], 0);
    assert.throws(() => attached.close(), { kind: "past-end", byteOffset: 9 * pageSize });
  },
);
