// Compiling files of the file system, and again when they change.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compileFiles, watchFiles } from "@tidemark/capnpc/files";
import { temporaryFolder } from "@tidemark/testing/temporary.js";

test("imports are found beside the file, in the import path, and in the package", () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, "shared"));
  fs.writeFileSync(path.join(folder, "shared/b.capnp"), "@0xabcdefabcdef0002; struct B {}");
  fs.writeFileSync(
    path.join(folder, "a.capnp"),
    `@0xabcdefabcdef0001;
using import "shared/b.capnp".B;
using C = import "/b.capnp";
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("x");
struct A { b @0 :B; c @1 :C.B; }`,
  );
  const file = path.join(folder, "a.capnp");
  const importPath = [path.join(folder, "shared")];
  const result = compileFiles([file], { importPath, sourcePrefix: folder });
  assert.deepEqual(result.diagnostics, []);
  assert.ok(result.paths.includes(path.join(folder, "shared/b.capnp")));
  const without = compileFiles([file]);
  assert.match(without.diagnostics[0]?.message ?? "", /Cannot import "\/b\.capnp"/);
});

test("a file that is there but cannot be read is the system's error", () => {
  const folder = temporaryFolder();
  const host = path.join(folder, "a".repeat(300));
  assert.throws(() => compileFiles([host]), { code: "ENAMETOOLONG" });
});

test("watching compiles again when an import changes, until it is closed", async () => {
  const folder = temporaryFolder();
  const imported = path.join(folder, "b.capnp");
  const file = path.join(folder, "a.capnp");
  fs.writeFileSync(
    file,
    '@0xabcdefabcdef0001; using B = import "b.capnp"; struct A { b @0 :B.B; }',
  );
  fs.writeFileSync(imported, "@0xabcdefabcdef0002; struct B {}");
  const results: boolean[] = [];
  let heard: () => void = () => {};
  const watcher = watchFiles([file], {}, ({ ok }) => {
    results.push(ok);
    heard();
  });
  // Until `wanted` is what the last compilation came to.
  const until = async (wanted: boolean): Promise<void> => {
    while (results.at(-1) !== wanted) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  await until(true);
  fs.writeFileSync(imported, "@0xabcdefabcdef0002; struct B {");
  await until(false);
  fs.writeFileSync(imported, "@0xabcdefabcdef0002; struct B { x @0 :Int8; }");
  await until(true);
  fs.rmSync(imported);
  await until(false);
  watcher.close();
  watcher.close();
});
