// Secret memory: locked, out of core dumps and of forked children, all zero when it is given back.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { startChild } from "@tidemark/testing/child.js";
import { addressOf, memoryField, statusBytes } from "@tidemark/testing/memory-map.js";
import { requires } from "@tidemark/testing/requirements.js";

test("secret memory is locked, and left out of core dumps and of forked children", {
  skip: requires("linux"),
}, () => {
  const before = statusBytes("VmLck");
  const mapping = Mapping.anonymous(2 * pageSize + 1, { secret: true });
  assert.equal(statusBytes("VmLck") - before, 3 * pageSize);
  assert.equal(mapping.residency().residentCount, 3);
  const flags = memoryField(addressOf(mapping.bytes()), "VmFlags").split(" ");
  assert.deepEqual(
    ["lo", "dd", "dc"].filter((flag) => !flags.includes(flag)),
    [],
    "VmFlags: locked, do not dump, do not copy on fork",
  );
  mapping.close();
  assert.equal(statusBytes("VmLck"), before);
});

test("secret memory is private, and cannot be handed over", () => {
  using mapping = Mapping.anonymous(pageSize, { secret: true });
  assert.ok(mapping.buffer instanceof ArrayBuffer);
  assert.throws(() => mapping.handle(), { code: "ERR_TIDEMARK_UNSUPPORTED" });
  assert.throws(() => Mapping.anonymous(pageSize, { secret: true, sharing: "shared" }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
  assert.throws(() => Mapping.anonymous(pageSize, { secret: true, hugePages: "reserved" }), {
    code: "ERR_TIDEMARK_ARGUMENT_RANGE",
  });
});

test("a hole can be punched into secret memory, which wipes it", () => {
  using mapping = Mapping.anonymous(3 * pageSize, { secret: true });
  mapping.bytes().fill(0x53);
  mapping.punchHole({ byteOffset: pageSize, byteLength: pageSize });
  assert.deepEqual(
    [0, 1, 2].map((page) => mapping.bytes()[page * pageSize]),
    [0x53, 0, 0x53],
  );
});

// Closing replaces the pages after it has overwritten them, so that normally nothing is left to
// look at. A process that may have no more address space cannot: then the old pages are seen.
const closingWithoutRoom = `
  import fs from "node:fs";
  import { Mapping } from "@tidemark/core";
  import { addressOf } from "@tidemark/testing/memory-map.js";
  const mapping = Mapping.anonymous(16384, { secret: process.argv[2] === "secret" });
  const address = addressOf(mapping.bytes());
  mapping.bytes().fill(0x53);
  mapping.protect({ byteOffset: 4096, byteLength: 4096 }, "read");
  const left = Buffer.alloc(16384);
  const memory = fs.openSync("/proc/self/mem", "r");
  const look = () => {
    fs.readSync(memory, left, 0, 16384, address);
    return left.reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0);
  };
  const before = look();
  fs.writeSync(1, "ready\\n");
  fs.readSync(0, Buffer.alloc(1));
  mapping.close();
  fs.writeSync(1, "[" + before + "," + look() + "]\\n");
  process.reallyExit(0);`;

test("secret memory is overwritten with zeros at close", {
  skip: requires("linux", "prlimit"),
}, async () => {
  for (const [kind, bytesLeft] of [
    ["secret", 0],
    ["plain", 16384],
  ] as const) {
    const child = startChild(closingWithoutRoom, { args: [kind] });
    await child.line("ready");
    const limit = spawnSync("prlimit", ["--pid", String(child.process.pid), "--as=4096"]);
    assert.equal(limit.status, 0);
    child.send("");
    const result = await child.finished;
    assert.deepEqual([kind, result.json], [kind, [16384, bytesLeft]]);
  }
});
