// What can be done to the pages of a mapping: protection, release, holes, advice, locks, residency.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import {
  ArgumentRangeError,
  Mapping,
  type MappingAdvice,
  MappingFaultError,
  pageSize,
} from "@tidemark/core";
import { runChild } from "@tidemark/testing/child.js";
import {
  addressOf,
  descriptors,
  mapEntries,
  mapEntriesOf,
  memoryField,
  statusBytes,
} from "@tidemark/testing/memory-map.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";

const linux = { skip: requires("linux") };

/** A file of pages that are full of their own number, counted from 1. */
function pagesFile(pageCount: number): string {
  const file = temporaryPath();
  const bytes = Buffer.alloc(pageCount * pageSize);
  for (let page = 0; page < pageCount; page++) {
    bytes.fill(page + 1, page * pageSize, (page + 1) * pageSize);
  }
  fs.writeFileSync(file, bytes);
  return file;
}

function pages(first: number, count: number): { byteOffset: number; byteLength: number } {
  return { byteOffset: first * pageSize, byteLength: count * pageSize };
}

/** The first byte of each page. */
function firstBytes(mapping: Mapping): number[] {
  const bytes = mapping.bytes();
  return Array.from({ length: bytes.length / pageSize }, (_, page) => {
    return bytes[page * pageSize] as number;
  });
}

// ---- Protection

test("pages made read-only refuse writes with a recorded fault, and keep their bytes", () => {
  const file = pagesFile(4);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  mapping.protect(pages(1, 2), "read");
  const bytes = mapping.bytes();
  bytes[0] = 100;
  bytes[pageSize + 5] = 100;
  bytes[3 * pageSize] = 100;
  assert.equal(bytes[2 * pageSize], 3);
  assert.throws(
    () => mapping.check(),
    (error) => {
      assert.ok(error instanceof MappingFaultError);
      assert.deepEqual(
        [error.kind, error.byteOffset, error.access, error.count],
        ["read-only", pageSize + 5, "write", 1],
      );
      return true;
    },
  );
  const written = fs.readFileSync(file);
  assert.deepEqual(
    [0, 1, 2, 3].map((page) => written[page * pageSize]),
    [100, 2, 3, 100],
  );
  assert.equal(written[pageSize + 5], 2, "the write that was refused is not in the file");
});

test("pages that are made writable again can be written", () => {
  const file = pagesFile(2);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  mapping.protect({}, "read");
  mapping.protect(pages(1, 1), "read-write");
  mapping.bytes()[pageSize] = 50;
  mapping.check();
  assert.equal(fs.readFileSync(file)[pageSize], 50);
});

test("a guard page turns an overrun into a recorded fault instead of damage", () => {
  using mapping = Mapping.anonymous(3 * pageSize);
  mapping.protect(pages(1, 1), "none");
  const bytes = mapping.bytes();
  bytes.fill(1, 0, pageSize + 1);
  assert.equal(bytes[2 * pageSize], 0);
  assert.throws(() => mapping.check(), {
    code: "ERR_TIDEMARK_MAPPING_FAULT",
    kind: "no-access",
    byteOffset: pageSize,
    access: "write",
  });
});

test("protection is by whole pages, of which the last may be cut off by the mapping's end", () => {
  const file = temporaryPath();
  fs.writeFileSync(file, Buffer.alloc(2 * pageSize + 10));
  using mapping = Mapping.openFile(file, { access: "read-write" });
  mapping.protect({ byteOffset: 2 * pageSize, byteLength: 10 }, "read");
  mapping.protect({ byteOffset: pageSize }, "read");
  for (const range of [
    { byteOffset: 1 },
    { byteLength: pageSize - 1 },
    { byteOffset: 2 * pageSize, byteLength: 9 },
  ]) {
    assert.throws(() => mapping.protect(range, "none"), ArgumentRangeError);
    assert.throws(() => mapping.release(range), ArgumentRangeError);
  }
  using shifted = Mapping.openFile(file, { byteOffset: 100 });
  shifted.protect({ byteOffset: pageSize - 100 }, "none");
  assert.throws(() => shifted.protect({ byteOffset: pageSize }, "none"), ArgumentRangeError);
});

test("a mapping opened to read cannot be made writable", () => {
  using mapping = Mapping.openFile(pagesFile(1));
  assert.throws(() => mapping.protect({}, "read-write"), ArgumentRangeError);
});

test("no page is ever executable", linux, () => {
  const file = pagesFile(2);
  const flavours = (["read", "read-write", "copy-on-write"] as const).flatMap((access) => {
    return [false, true].map((shared) => Mapping.openFile(file, { access, shared }));
  });
  const shared = Mapping.anonymous(2 * pageSize, { sharing: "shared" });
  const anonymous = Mapping.anonymous(2 * pageSize);
  const address = addressOf(anonymous.bytes());
  const ours = (): string[] => {
    return mapEntries()
      .filter(({ path, start, end }) => {
        return path === file || /memfd:tidemark/.test(path) || (start <= address && address < end);
      })
      .map(({ permissions }) => permissions);
  };
  assert.equal(ours().length, flavours.length + 2);
  for (const access of ["read", "none", "read"] as const) {
    assert.deepEqual(
      ours().filter((permissions) => permissions.includes("x")),
      [],
    );
    for (const mapping of [...flavours, shared, anonymous]) mapping.protect({}, access);
  }
  anonymous.protect({}, "read-write");
  assert.deepEqual(
    ours().filter((permissions) => permissions.includes("x")),
    [],
  );
  for (const mapping of [...flavours, shared, anonymous]) mapping.close();
});

// ---- Release

test("releasing the middle lets go of the file there, and leaves both ends usable", linux, () => {
  const file = pagesFile(8);
  const mapping = Mapping.openFile(file, { access: "read-write" });
  const bytes = mapping.bytes();
  mapping.release(pages(2, 4));
  assert.deepEqual(
    mapEntriesOf(file).map(({ start, end, fileOffset }) => [
      (end - start) / pageSize,
      fileOffset / pageSize,
    ]),
    [
      [2, 0],
      [2, 6],
    ],
  );
  bytes[0] = 201;
  bytes[8 * pageSize - 1] = 208;
  const written = fs.readFileSync(file);
  assert.deepEqual([written[0], written.at(-1)], [201, 208]);
  mapping.check();
  assert.equal(bytes[3 * pageSize], 0, "what was released reads as zeros");
  assert.throws(() => mapping.check(), { kind: "no-access", byteOffset: 3 * pageSize });
  assert.equal(written[3 * pageSize], 4, "and stays in the file");
  mapping.close();
  assert.deepEqual(mapEntriesOf(file), []);
});

test("releasing anonymous memory gives it back to the system", linux, () => {
  const byteLength = 64 << 20;
  using mapping = Mapping.anonymous(byteLength);
  mapping.prefetch(undefined, { write: true });
  const before = statusBytes("VmRSS");
  mapping.release({ byteOffset: pageSize, byteLength: byteLength - 2 * pageSize });
  assert.ok(before - statusBytes("VmRSS") > 0.9 * byteLength);
  mapping.bytes()[0] = 1;
  mapping.check();
});

test("any set of pages can be released, and the others keep what they hold", () => {
  const property = fc.property(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (gone) => {
    const mapping = Mapping.openFile(pagesFile(12), { access: "read-write" });
    gone.forEach((isGone, page) => {
      if (isGone) mapping.release(pages(page, 1));
    });
    const kept = gone.map((isGone, page) => (isGone ? 0 : page + 1));
    assert.deepEqual(firstBytes(mapping), kept);
    const goneCount = gone.filter(Boolean).length;
    // Of many faults at once the first eight are kept in full.
    assert.equal(mapping.faults.length, Math.min(goneCount, 8));
    if (goneCount === 0) mapping.close();
    else assert.throws(() => mapping.close(), { count: goneCount });
  });
  fc.assert(property, { numRuns: 25 });
});

test("releasing all of a mapping leaves it open, with nothing in it", linux, () => {
  const file = pagesFile(2);
  const mapping = Mapping.openFile(file);
  mapping.release({});
  assert.deepEqual(mapEntriesOf(file), []);
  assert.equal(mapping.closed, false);
  assert.equal(mapping.byteLength, 2 * pageSize);
  mapping.close();
});

// ---- Holes

test("punching a hole gives the file's blocks back and reads as zeros, everywhere", linux, () => {
  const file = pagesFile(64);
  const before = fs.statSync(file);
  using mapping = Mapping.openFile(file, { access: "read-write" });
  mapping.flushSync();
  mapping.punchHole(pages(16, 32));
  assert.equal(mapping.bytes()[20 * pageSize], 0);
  assert.deepEqual([mapping.bytes()[15 * pageSize], mapping.bytes()[48 * pageSize]], [16, 49]);
  const after = fs.statSync(file);
  assert.equal(after.size, before.size);
  assert.ok(before.blocks - after.blocks >= (32 * pageSize) / 512, "the blocks are free");
  assert.ok(
    fs
      .readFileSync(file)
      .subarray(16 * pageSize, 48 * pageSize)
      .every((byte) => byte === 0),
  );
});

test("a hole may be any range of bytes, also where the mapping does not start a page", () => {
  const file = pagesFile(4);
  const model = fs.readFileSync(file);
  using mapping = Mapping.openFile(file, { access: "read-write", byteOffset: 10 });
  mapping.punchHole({ byteOffset: 5, byteLength: 2 * pageSize });
  model.fill(0, 15, 15 + 2 * pageSize);
  assert.ok(model.equals(fs.readFileSync(file)));
  assert.ok(model.subarray(10).equals(mapping.bytes()));
});

test("punching a hole into anonymous memory frees its pages", linux, () => {
  for (const sharing of ["private", "shared"] as const) {
    using mapping = Mapping.anonymous(8 * pageSize, { sharing });
    mapping.bytes().fill(1);
    mapping.punchHole(pages(2, 4));
    assert.equal(mapping.residency().residentCount, 4, sharing);
    assert.deepEqual(firstBytes(mapping), [1, 1, 0, 0, 0, 0, 1, 1]);
  }
});

test("only what writes to its file can punch holes into it", () => {
  for (const access of ["read", "copy-on-write"] as const) {
    using mapping = Mapping.openFile(pagesFile(1), { access });
    assert.throws(() => mapping.punchHole({}), ArgumentRangeError);
  }
});

// ---- Advice, prefetch, residency

const advice: Record<Exclude<MappingAdvice, "collapse">, true> = {
  normal: true,
  random: true,
  sequential: true,
  "will-need": true,
  "dont-need": true,
  cold: true,
  "page-out": true,
  "huge-page": true,
  "no-huge-page": true,
  "dont-dump": true,
  "do-dump": true,
  "dont-fork": true,
  "do-fork": true,
};

for (const word of Object.keys(advice) as (keyof typeof advice)[]) {
  test(`the advice "${word}" is taken, and changes no byte`, () => {
    const opened = Mapping.openFile(pagesFile(4), { access: "read-write" });
    const shared = Mapping.anonymous(4 * pageSize, { sharing: "shared" });
    const anonymous = Mapping.anonymous(4 * pageSize);
    for (const mapping of [opened, shared, anonymous]) {
      mapping.bytes().fill(8);
      if (mapping === anonymous && word === "dont-need") {
        assert.throws(() => mapping.advise({}, word), ArgumentRangeError);
      } else {
        mapping.advise(undefined, word);
        mapping.advise({ byteOffset: 5, byteLength: pageSize }, word);
      }
      assert.ok(mapping.bytes().every((byte) => byte === 8));
      mapping.close();
    }
  });
}

test("advice reaches the kernel", linux, () => {
  const effects = [
    ["random", "rr", true],
    ["normal", "rr", false],
    ["sequential", "sr", true],
    ["dont-dump", "dd", true],
    ["do-dump", "dd", false],
    ["dont-fork", "dc", true],
    ["do-fork", "dc", false],
    ["huge-page", "hg", true],
    ["no-huge-page", "nh", true],
  ] as const;
  using mapping = Mapping.anonymous(4 * pageSize);
  const address = addressOf(mapping.bytes());
  for (const [word, flag, isSet] of effects) {
    mapping.advise(undefined, word);
    const flags = memoryField(address, "VmFlags").split(" ");
    assert.equal(flags.includes(flag), isSet, `${word}: ${flags}`);
  }
});

test('"dont-need" on private changes is refused, as it would lose them', () => {
  using mapping = Mapping.openFile(pagesFile(1), { access: "copy-on-write" });
  mapping.bytes().fill(99);
  assert.throws(() => mapping.advise(undefined, "dont-need"), ArgumentRangeError);
  assert.equal(mapping.bytes()[0], 99);
});

test("prefetch brings in what it is asked for, ready to be written with write", linux, () => {
  using mapping = Mapping.anonymous(32 * pageSize);
  mapping.advise(undefined, "no-huge-page");
  assert.equal(mapping.residency().residentCount, 0);
  mapping.prefetch(pages(4, 8), { write: true });
  const { residentCount, pageCount, bitmap } = mapping.residency();
  assert.deepEqual([residentCount, pageCount, [...bitmap]], [8, 32, [0xf0, 0x0f, 0, 0]]);
  using file = Mapping.openFile(pagesFile(4));
  file.prefetch();
  assert.equal(file.residency().residentCount, 4);
  assert.throws(() => file.prefetch(undefined, { write: true }), ArgumentRangeError);
});

test("prefetching past the end of a file is left to the first touch", () => {
  const mapping = Mapping.openFile(pagesFile(1), {
    access: "read-write",
    byteLength: 9 * pageSize,
  });
  mapping.prefetch(undefined, { write: true });
  mapping.check();
  assert.equal(mapping.bytes()[0], 1);
  mapping.close();
});

test("populate has every page in memory when the mapping is there", linux, () => {
  using mapping = Mapping.anonymous(16 * pageSize, { populate: true });
  assert.equal(mapping.residency().residentCount, 16);
  using shared = Mapping.anonymous(16 * pageSize, { populate: true, sharing: "shared" });
  assert.equal(shared.residency().residentCount, 16);
  using file = Mapping.openFile(pagesFile(16), { populate: true, access: "copy-on-write" });
  assert.equal(file.residency().residentCount, 16);
});

test("residency tells exactly which pages of a range are in memory", linux, () => {
  const touched = fc.uniqueArray(fc.nat(39), { maxLength: 20 });
  const property = fc.property(touched, fc.nat(40 * pageSize - 1), (present, byteOffset) => {
    using mapping = Mapping.anonymous(40 * pageSize);
    mapping.advise(undefined, "no-huge-page");
    for (const page of present) mapping.bytes()[page * pageSize] = 1;
    const { bitmap, pageCount, residentCount, pageSize: size } = mapping.residency({ byteOffset });
    const first = Math.floor(byteOffset / pageSize);
    const expected = present.filter((page) => page >= first);
    assert.deepEqual([pageCount, residentCount, size], [40 - first, expected.length, pageSize]);
    for (let page = first; page < 40; page++) {
      const bit = ((bitmap[(page - first) >> 3] ?? 0) >> ((page - first) & 7)) & 1;
      assert.equal(bit === 1, present.includes(page), `page ${page}`);
    }
  });
  fc.assert(property, { numRuns: 40 });
});

// ---- Locking

test("locked pages count as locked until they are unlocked or closed", linux, () => {
  const before = statusBytes("VmLck");
  const mapping = Mapping.anonymous(16 * pageSize);
  mapping.lock(pages(0, 8));
  assert.equal(statusBytes("VmLck") - before, 8 * pageSize);
  assert.equal(mapping.residency().residentCount, 8);
  mapping.unlock(pages(0, 4));
  assert.equal(statusBytes("VmLck") - before, 4 * pageSize);
  mapping.lock();
  assert.equal(statusBytes("VmLck") - before, 16 * pageSize);
  mapping.close();
  assert.equal(statusBytes("VmLck"), before);
});

test("what may not be locked is an error that states the limit", {
  skip: requires("linux", "root", "prlimit"),
}, async () => {
  const result = await runChild(
    `import { Mapping } from "@tidemark/core";
     const mapping = Mapping.anonymous(1 << 20);
     mapping.lock({ byteLength: 32768 });
     const errors = [];
     for (const attempt of [
       () => mapping.lock(),
       () => Mapping.anonymous(1 << 20, { secret: true }),
     ]) {
       try { attempt(); } catch (error) { errors.push({ ...error, message: error.message }); }
     }
     mapping.bytes()[500_000] = 1;
     console.log(JSON.stringify(errors));`,
    { uid: 65534, prlimit: { memlock: 65536 } },
  );
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.json.length, 2);
  for (const error of result.json) {
    assert.equal(error.code, "ERR_TIDEMARK_RESOURCE_LIMIT");
    assert.equal(error.syscall, "mlock");
    assert.match(error.message, /65536 bytes \(RLIMIT_MEMLOCK\).*ulimit -l/);
  }
});

// ---- Descriptors

test("every descriptor is close-on-exec", linux, () => {
  const before = descriptors();
  const file = pagesFile(1);
  const plain = fs.openSync(file, "r");
  const mappings = [
    Mapping.openFile(file),
    Mapping.openFile(plain),
    Mapping.anonymous(pageSize, { sharing: "shared" }),
  ];
  fs.closeSync(plain);
  const ours = [...descriptors().keys()].filter((fd) => !before.has(fd));
  assert.equal(ours.length, mappings.length);
  for (const fd of ours) {
    const flags = /flags:\s*([0-7]+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"));
    assert.ok(Number.parseInt(flags?.[1] ?? "0", 8) & 0o2000000, `descriptor ${fd}`);
  }
  for (const mapping of mappings) mapping.close();
  assert.deepEqual(
    [...descriptors().keys()].filter((fd) => !before.has(fd)),
    [],
  );
});
