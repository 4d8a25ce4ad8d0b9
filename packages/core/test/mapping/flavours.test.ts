// Private or shared, of a file or of nothing: what another process sees, what reaches the file.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { descriptors, mapEntries } from "@tidemark/testing/memory-map.js";
import { Peer, type PeerTools } from "@tidemark/testing/peer.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";

const peer = new Peer();
after(() => peer[Symbol.dispose]());

/** What the second process has of a file, by its own map and by read(2): the first bytes. */
function look({ core, fs, kept }: PeerTools, file: string): [mapped: string, read: string] {
  kept[file] ??= core.Mapping.openFile(file);
  const mapped = Buffer.from(kept[file].bytes(0, 8)).toString();
  const bytes = Buffer.alloc(8);
  const fd = fs.openSync(file, "r");
  fs.readSync(fd, bytes, 0, 8, 0);
  fs.closeSync(fd);
  return [mapped, bytes.toString()];
}

function writtenFile(text: string): string {
  const file = temporaryPath();
  fs.writeFileSync(file, text.padEnd(3 * pageSize, "."));
  return file;
}

for (const shared of [false, true]) {
  const kind = shared ? "SharedArrayBuffer" : "ArrayBuffer";

  test(`a read-write change reaches file and processes at once (${kind})`, async () => {
    const file = writtenFile("original");
    using mapping = Mapping.openFile(file, { access: "read-write", shared });
    assert.deepEqual(await peer.call(look, file), ["original", "original"]);
    mapping.bytes().set(Buffer.from("changed!"));
    // No flush and no close: both are about the disk, not about who sees it.
    assert.deepEqual(await peer.call(look, file), ["changed!", "changed!"]);
    assert.equal(fs.readFileSync(file, "utf8").slice(0, 8), "changed!");
  });

  test(`what another process writes is in the map at once (${kind})`, async () => {
    const file = writtenFile("original");
    using reader = Mapping.openFile(file, { shared });
    using writer = Mapping.openFile(file, { access: "read-write", shared });
    const seen = (): string[] => {
      return [reader, writer].map((mapping) => Buffer.from(mapping.bytes(0, 8)).toString());
    };
    await peer.call(({ core }, path) => {
      const mapping = core.Mapping.openFile(path, { access: "read-write" });
      mapping.bytes().set(Buffer.from("by map.."));
      mapping.close();
    }, file);
    assert.deepEqual(seen(), ["by map..", "by map.."]);
    await peer.call(({ fs }, path) => {
      const fd = fs.openSync(path, "r+");
      fs.writeSync(fd, "by write", 0);
      fs.closeSync(fd);
    }, file);
    assert.deepEqual(seen(), ["by write", "by write"]);
  });

  test(`a copy-on-write change never leaves the process (${kind})`, async () => {
    const file = writtenFile("original");
    const mapping = Mapping.openFile(file, { access: "copy-on-write", shared });
    mapping.bytes().fill(0x78);
    assert.equal(Buffer.from(mapping.bytes(0, 8)).toString(), "xxxxxxxx");
    assert.deepEqual(await peer.call(look, file), ["original", "original"]);
    mapping.flushSync();
    await mapping.flush();
    assert.deepEqual(await peer.call(look, file), ["original", "original"]);
    mapping.close();
    assert.deepEqual(await peer.call(look, file), ["original", "original"]);
    assert.equal(fs.readFileSync(file, "utf8"), "original".padEnd(3 * pageSize, "."));
  });
}

test("a copy-on-write map needs no right to write the file", { skip: requires("linux") }, () => {
  const file = writtenFile("original");
  const fd = fs.openSync(file, "r");
  using mapping = Mapping.openFile(fd, { access: "copy-on-write" });
  fs.closeSync(fd);
  mapping.bytes().set(Buffer.from("mine"));
  assert.equal(Buffer.from(mapping.bytes(0, 8)).toString(), "mineinal");
});

test("private anonymous memory has no file and no name by which another process could get it", {
  skip: requires("linux"),
}, async () => {
  const before = descriptors().size;
  using mapping = Mapping.anonymous(5 * pageSize);
  assert.ok(mapping.buffer instanceof ArrayBuffer);
  assert.ok(mapping.bytes().every((byte) => byte === 0));
  mapping.bytes().fill(7);
  assert.equal(descriptors().size, before);
  assert.throws(() => mapping.handle(), { code: "ERR_TIDEMARK_UNSUPPORTED" });
  // What the other process finds of ours are the entries without a name, private to us.
  const entries = await peer.call(({ fs }, pid) => {
    return fs.readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  }, process.pid);
  assert.ok(
    entries.every((line) => !/ r\S*s .*(memfd|zero)/.test(line)),
    "nothing is shared",
  );
  assert.ok(mapEntries().some(({ permissions, path }) => permissions === "rw-p" && path === ""));
});

test("shared anonymous memory is seen by who attaches to its handle, both ways and at once", {
  skip: requires("linux"),
}, async () => {
  const mapping = Mapping.anonymous(5 * pageSize, { sharing: "shared" });
  assert.ok(mapping.buffer instanceof SharedArrayBuffer);
  assert.ok(mapping.bytes().every((byte) => byte === 0));
  mapping.bytes().set(Buffer.from("from here"));
  const seen = await peer.call(({ core, fs, kept }, handle) => {
    kept["memory"] = core.Mapping.attach(handle);
    const bytes = Buffer.alloc(9);
    const fd = fs.openSync(`/proc/${handle.pid}/fd/${handle.fd}`, "r");
    fs.readSync(fd, bytes, 0, 9, 0);
    fs.closeSync(fd);
    return [Buffer.from(kept["memory"].bytes(0, 9)).toString(), bytes.toString()];
  }, mapping.handle());
  assert.deepEqual(seen, ["from here", "from here"]);

  await peer.call(({ kept }) => void kept["memory"].bytes().set(Buffer.from("from there"), 5000));
  assert.equal(Buffer.from(mapping.bytes(5000, 10)).toString(), "from there");

  mapping.close();
  const kept = await peer.call(({ kept }) => Buffer.from(kept["memory"].bytes(0, 9)).toString());
  assert.equal(kept, "from here", "it lives as long as anyone has it");
});

test("an atomic counter in shared memory loses nothing between processes", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const counter = new Int32Array(mapping.buffer);
  const counting = peer.call(({ core }, handle) => {
    const mapping = core.Mapping.attach(handle);
    const counter = new Int32Array(mapping.buffer);
    for (let count = 0; count < 100_000; count++) Atomics.add(counter, 0, 1);
  }, mapping.handle());
  for (let count = 0; count < 100_000; count++) Atomics.add(counter, 0, 1);
  await counting;
  assert.equal(Atomics.load(counter, 0), 200_000);
});

test("read(2), write(2) and two maps of a file always agree", () => {
  const byteLength = 3 * pageSize;
  const operation = fc.record({
    by: fc.constantFrom("map", "other map", "write"),
    byteOffset: fc.nat(byteLength - 1),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 2 * pageSize }),
  });
  const property = fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
    const file = temporaryPath();
    const model = Buffer.alloc(byteLength);
    fs.writeFileSync(file, model);
    const fd = fs.openSync(file, "r+");
    using map = Mapping.openFile(file, { access: "read-write" });
    using otherMap = Mapping.openFile(fd, { access: "read-write", shared: true });
    const maps = { map: map.bytes(), "other map": otherMap.bytes() };
    for (const { by, byteOffset, bytes } of operations) {
      const fitting = bytes.subarray(0, byteLength - byteOffset);
      model.set(fitting, byteOffset);
      if (by === "write") fs.writeSync(fd, fitting, 0, fitting.length, byteOffset);
      else maps[by].set(fitting, byteOffset);
      const read = Buffer.alloc(byteLength);
      fs.readSync(fd, read, 0, byteLength, 0);
      assert.ok(model.equals(read) && model.equals(map.bytes()) && model.equals(otherMap.bytes()));
    }
    fs.closeSync(fd);
  });
  fc.assert(property, { numRuns: 40 });
});
