// Huge pages: transparent ones where the system has them at hand, reserved ones or an error.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { FileError, Mapping, pageSize } from "@tidemark/core";
import { addressOf, memoryField } from "@tidemark/testing/memory-map.js";
import { requires } from "@tidemark/testing/requirements.js";
import { native } from "#core/binding.js";

const pool = "/proc/sys/vm/nr_hugepages";
const hugeSize = native.hugePageSize;

function transparentMissing(): string | false {
  const missing = requires("linux");
  if (missing !== false) return missing;
  const state = "/sys/kernel/mm/transparent_hugepage/enabled";
  const isOff = !fs.existsSync(state) || fs.readFileSync(state, "utf8").includes("[never]");
  return isOff && "transparent huge pages are off";
}

/** Runs with `count` huge pages in the pool, and restores it. */
function withReserved(count: number, run: () => void): void {
  const before = fs.readFileSync(pool, "utf8");
  fs.writeFileSync(pool, String(count));
  try {
    run();
  } finally {
    fs.writeFileSync(pool, before);
  }
}

test("transparent huge pages back what is written, starting where huge pages do", {
  skip: transparentMissing(),
}, () => {
  using mapping = Mapping.anonymous(4 * hugeSize, { hugePages: "transparent" });
  const address = addressOf(mapping.bytes());
  assert.equal(address % hugeSize, 0);
  mapping.bytes().fill(1);
  assert.match(memoryField(address, "VmFlags"), /\bhg\b/);
  assert.notEqual(memoryField(address, "AnonHugePages"), "0 kB");
});

test("transparent huge pages are asked for shared memory, too", {
  skip: transparentMissing(),
}, () => {
  using mapping = Mapping.anonymous(2 * hugeSize, { hugePages: "transparent", sharing: "shared" });
  const address = addressOf(mapping.bytes());
  assert.equal(address % hugeSize, 0);
  assert.match(memoryField(address, "VmFlags"), /\bhg\b/);
});

test("reserved huge pages are used, and everything works on them", {
  skip: requires("linux", "root"),
}, (context) => {
  withReserved(4, () => {
    if (Number(fs.readFileSync(pool, "utf8")) < 4) {
      context.skip("the system could not reserve four huge pages");
      return;
    }
    const mapping = Mapping.anonymous(2 * hugeSize - 100, { hugePages: "reserved" });
    assert.equal(mapping.byteLength, 2 * hugeSize - 100);
    const bytes = mapping.bytes();
    const address = addressOf(bytes);
    assert.match(memoryField(address, "VmFlags"), /\bht\b/);
    assert.equal(memoryField(address, "KernelPageSize"), `${hugeSize / 1024} kB`);
    bytes.fill(3);
    mapping.flushSync();
    mapping.prefetch(undefined, { write: true });
    assert.equal(mapping.residency().residentCount, mapping.residency().pageCount);
    assert.throws(() => mapping.protect({ byteLength: 4096 }, "none"), /whole pages/);
    mapping.protect({ byteLength: hugeSize }, "none");
    assert.equal(bytes[5], 0, "a guard page of this size");
    assert.throws(() => mapping.check(), { kind: "no-access", byteOffset: 5 });
    assert.equal(bytes[hugeSize], 3);
    mapping.punchHole({ byteOffset: hugeSize });
    assert.equal(bytes[hugeSize], 0);
    mapping.release({ byteOffset: hugeSize });
    mapping.close();
    assert.equal(bytes.length, 0);
  });
});

test("reserved huge pages that are not there are an error that says what to do", {
  skip: requires("linux", "root"),
}, () => {
  withReserved(0, () => {
    assert.throws(() => Mapping.anonymous(hugeSize * 1024, { hugePages: "reserved" }), {
      code: "ERR_TIDEMARK_RESOURCE_LIMIT",
      message: /reserved huge pages.*vm\.nr_hugepages/,
    });
  });
});

test('memory advised to "collapse" is in huge pages, with what it held', {
  skip: transparentMissing(),
}, (context) => {
  using mapping = Mapping.anonymous(4 * hugeSize, { sharing: "shared" });
  const bytes = mapping.bytes();
  const address = addressOf(bytes);
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = at / 4096;
  const wanted = `${(4 * hugeSize) / 1024} kB`;
  let found = "";
  // The system may take a huge page apart, or out of the page table, at any moment: a few times.
  for (let attempt = 0; attempt < 10 && found !== wanted; attempt++) {
    try {
      mapping.advise(undefined, "collapse");
    } catch (error) {
      // Kernels before 6.1 do not know it, and there may be no free huge page.
      context.skip(`the system does not collapse pages now: ${(error as Error).message}`);
      return;
    }
    for (let at = 0; at < bytes.length; at += 4096) assert.equal(bytes[at], (at / 4096) % 256);
    found = memoryField(address, "ShmemPmdMapped");
  }
  assert.equal(found, wanted);
});

test('advice to "collapse" less than a huge page is an error', () => {
  using mapping = Mapping.anonymous(pageSize);
  assert.throws(() => mapping.advise(undefined, "collapse"), FileError);
});
