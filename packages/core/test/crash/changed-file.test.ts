// A file that others change under a mapping: truncated, deleted; or that never was as long.

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell, faultAs } from "./ending.js";

const fixedMappings = {
  "read-only mapping": `Mapping.openFile(file, { access: "read" })`,
  "read-write mapping": `Mapping.openFile(file, { access: "read-write" })`,
  "copy-on-write mapping": `Mapping.openFile(file, { access: "copy-on-write" })`,
  "shared mapping": `Mapping.openFile(file, { access: "read-write", shared: true })`,
  "growing file that grows only when told": `GrowingFile.open(file, {
    maxByteLength: 2 ** 24,
    strategy: "explicit",
  })`,
};

for (const [name, opening] of Object.entries(fixedMappings)) {
  test(`a ${name} reads zeros where its file was truncated by another process`, async () => {
    const result = await endsWell(
      `const file = process.argv[2];
      fs.writeFileSync(file, Buffer.alloc(64 * pageSize, 7));
      const mapping = ${opening};
      const bytes = mapping.bytes();
      const before = bytes[40 * pageSize];
      scene.truncateElsewhere(file, 2 * pageSize + 10);
      const read = [bytes[10 * pageSize + 3], bytes[40 * pageSize]];
      const first = trouble(() => mapping.check());
      const again = trouble(() => mapping.check());
      if (mapping.access !== "read") bytes[20 * pageSize + 4] = 9;
      const second = trouble(() => mapping.flushSync());
      report({
        before, read, first, again, second,
        kept: [bytes[0], bytes[2 * pageSize + 9]],
        writes: mapping.access !== "read",
        length: fs.statSync(file).size,
        end: trouble(() => mapping.close()),
      });`,
      { args: [temporaryPath()] },
    );
    assert.deepEqual([result.before, result.read, result.kept], [7, [0, 0], [7, 7]]);
    assertIncludes(
      result.first,
      faultAs("past-end", "read", { byteOffset: result.first.byteOffset }),
    );
    assert.equal(result.first.byteOffset % 4096, 3);
    assert.equal(result.again, null, "a fault is thrown once");
    if (result.writes) assertIncludes(result.second, faultAs("past-end", "write"));
    assert.equal(result.end, null);
    assert.equal(result.length, 2 * 4096 + 10);
  });
}

for (const strategy of ["extend-file", "remap"]) {
  test(`a growing file (${strategy}) that another truncates is extended again`, async () => {
    const result = await endsWell(
      `
        const file = process.argv[2];
        const strategy = "${strategy}";
        const growing = GrowingFile.create(file, { maxByteLength: 2 ** 26, strategy });
        const bytes = growing.bytes();
        bytes.fill(7, 0, 64 * pageSize);
        growing.flushSync();
        scene.truncateElsewhere(file, 2 * pageSize);
        const read = bytes[40 * pageSize + 3];
        const first = trouble(() => growing.check());
        bytes[50 * pageSize] = 9;
        const second = trouble(() => growing.check());
        const end = trouble(() => growing.close());
        const data = fs.readFileSync(file);
        report({
          read,
          first,
          second,
          end,
          length: data.length,
          kept: data[pageSize],
          written: data[50 * pageSize],
        });`,
      { args: [temporaryPath()] },
    );
    assert.equal(result.read, 0);
    assertIncludes(result.first, faultAs("truncated", "read", { byteOffset: 40 * 4096 + 3 }));
    assert.deepEqual([result.second, result.end], [null, null]);
    assert.deepEqual([result.length, result.kept, result.written], [51 * 4096, 7, 9]);
  });
}

test("a file that is deleted stays usable until it is closed", async () => {
  const result = await endsWell(
    `
      const file = process.argv[2];
      fs.writeFileSync(file, Buffer.alloc(4 * pageSize, 7));
      const mapping = Mapping.openFile(file, { access: "read-write" });
      fs.unlinkSync(file);
      mapping.bytes()[3] = 8;
      const growing = GrowingFile.create(file, { maxByteLength: 2 ** 26 });
      fs.unlinkSync(file);
      growing.bytes().fill(5, 0, 2 ** 22);
      report({
        read: [mapping.bytes()[3], mapping.bytes()[4], growing.bytes()[2 ** 22 - 1]],
        troubles: [
          () => mapping.flushSync(),
          () => growing.flushSync(),
          () => mapping.close(),
          () => growing.close(),
        ].map((action) => trouble(action)),
      });`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual(result, { read: [8, 7, 5], troubles: [null, null, null, null] });
});

test("a mapping may be longer than its file: the rest reads zeros and is told", async () => {
  const result = await endsWell(
    `const file = process.argv[2];
    fs.writeFileSync(file, Buffer.alloc(100, 7));
    const mapping = Mapping.openFile(file, { access: "read-write", byteLength: 8 * pageSize });
    const bytes = mapping.bytes();
    const tail = [bytes[99], bytes[100], bytes[pageSize - 1]];
    const quiet = trouble(() => mapping.check());
    const read = bytes[pageSize + 1];
    const first = trouble(() => mapping.check());
    bytes[2 * pageSize] = 1;
    const second = trouble(() => mapping.close());
    report({ tail, quiet, read, first, second, length: fs.statSync(file).size });`,
    { args: [temporaryPath()] },
  );
  assert.deepEqual([result.tail, result.quiet, result.read], [[7, 0, 0], null, 0]);
  assertIncludes(result.first, faultAs("past-end", "read", { byteOffset: 4097 }));
  assertIncludes(result.second, faultAs("past-end", "write", { byteOffset: 8192 }));
  assert.equal(result.length, 100);
});
