// The same request as the C++ compiler's, for schema files that people have written.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { formatDiagnostic } from "@tidemark/capnpc";
import { packageRoot, repositoryRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { compileByOracle, compileByUs, decode, difference } from "./oracle.js";

const skip = requires("capnp");

/** Every schema file below a folder. */
function schemasIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".capnp"))
    .map((name) => path.join(folder, name));
}

const installed = fs.existsSync("/usr/include/capnp") ? schemasIn("/usr/include/capnp") : [];
const own = [
  ...schemasIn(path.join(repositoryRoot, "conformance/schemas")),
  ...schemasIn(path.join(packageRoot, "test/accepted")),
];

for (const file of [...installed, ...own]) {
  test(`${path.basename(file)} compiles to what the C++ compiler makes`, { skip }, () => {
    const theirs = compileByOracle("/", [file]);
    assert.ok(theirs.request, theirs.errors);
    const ours = compileByUs("/", [file]);
    assert.deepEqual(ours.diagnostics.map(formatDiagnostic), []);
    assert.ok(ours.request);
    assert.equal(decode(ours.request), decode(theirs.request));
    assert.equal(difference(ours.request, theirs.request), undefined);
  });
}

test("several files in one request are as with the C++ compiler", { skip }, () => {
  const files = own;
  const theirs = compileByOracle("/", files);
  const ours = compileByUs("/", files);
  assert.ok(ours.request && theirs.request, theirs.errors);
  assert.equal(decode(ours.request), decode(theirs.request));
});

test("the standard files in the package are those of Debian", {
  skip: installed.length === 0,
}, () => {
  const folder = path.join(packageRoot, "standard/capnp");
  for (const file of installed) {
    const carried = path.join(folder, path.relative("/usr/include/capnp", file));
    assert.deepEqual(fs.readFileSync(carried), fs.readFileSync(file), file);
  }
});
