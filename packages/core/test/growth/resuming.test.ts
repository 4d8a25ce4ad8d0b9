// Once a fault was told, its cause may be gone: memory then is the file's again.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { GrowingFile, Mapping, MappingFaultError, pageSize } from "@tidemark/core";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

function assertFault(check: () => void, kind: string): void {
  assert.throws(check, (error) => error instanceof MappingFaultError && error.kind === kind);
}

test("a store after a fault that was told, where the file is by now, reaches the file", () => {
  const name = temporaryPath();
  const file = GrowingFile.create(name, { maxByteLength: 2 ** 20, strategy: "explicit" });
  const bytes = file.bytes();
  bytes[pageSize + 1] = 1;
  assertFault(() => file.check(), "past-end");
  file.ensure(2 * pageSize);
  assert.equal(bytes[pageSize + 1], 0, "what was lost comes back");
  bytes[pageSize + 1] = 7;
  file.close();
  assert.equal(fs.readFileSync(name)[pageSize + 1], 7);
});

test("a store where there still is no file is told again", () => {
  const file = GrowingFile.create(temporaryPath(), {
    maxByteLength: 2 ** 20,
    strategy: "explicit",
  });
  const bytes = file.bytes();
  for (let time = 0; time < 3; time++) {
    bytes[0] = 1;
    assertFault(() => file.check(), "past-end");
  }
  file.close();
});

for (const shared of [false, true]) {
  const kind = shared ? "shared " : "";
  test(`a ${kind}mapping shows the file again when it is as long again`, () => {
    const name = temporaryPath();
    fs.writeFileSync(name, Buffer.alloc(4 * pageSize, 5));
    const mapping = Mapping.openFile(name, { shared });
    const bytes = mapping.bytes();
    fs.truncateSync(name, pageSize);
    assert.equal(bytes[2 * pageSize], 0);
    assertFault(() => mapping.check(), "past-end");
    fs.writeFileSync(name, Buffer.alloc(4 * pageSize, 6));
    assert.equal(bytes[2 * pageSize], 6);
    mapping.close();
  });
}

test("guard pages and released pages stay what they are after a fault was told", () => {
  const name = temporaryPath();
  fs.writeFileSync(name, Buffer.alloc(4 * pageSize, 5));
  const mapping = Mapping.openFile(name, { access: "read-write" });
  const bytes = mapping.bytes();
  mapping.protect({ byteOffset: pageSize, byteLength: pageSize }, "none");
  mapping.release({ byteOffset: 2 * pageSize, byteLength: pageSize });
  fs.truncateSync(name, 3 * pageSize);
  assert.equal(bytes[3 * pageSize], 0);
  assertFault(() => mapping.check(), "past-end");
  assert.equal(bytes[pageSize], 0);
  assertFault(() => mapping.check(), "no-access");
  assert.equal(bytes[2 * pageSize], 0);
  assertFault(() => mapping.check(), "no-access");
  mapping.close();
});

for (const strategy of ["extend-file", "remap"] as const) {
  const skip = requires("mount:tmpfs");
  test(`a file that found no room grows on by ${strategy} when there is room`, { skip }, () => {
    using mount = mountFileSystem("tmpfs", { byteLength: 64 * pageSize });
    const ballast = path.join(mount.folder, "ballast");
    fs.writeFileSync(ballast, Buffer.alloc(32 * pageSize, 1));
    const name = path.join(mount.folder, "file");
    const file = GrowingFile.create(name, { maxByteLength: 2 ** 24, strategy });
    const bytes = file.bytes();
    for (let page = 0; page < 48; page++) bytes[page * pageSize] = page + 1;
    assert.throws(() => file.check(), MappingFaultError);
    fs.rmSync(ballast);
    for (let page = 0; page < 48; page++) bytes[page * pageSize] = page + 1;
    file.close();
    const read = fs.readFileSync(name);
    for (let page = 0; page < 48; page++) assert.equal(read[page * pageSize], page + 1);
  });
}
