// tidemark compile and tidemark schema diff.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot, repositoryRoot } from "@tidemark/testing/locations.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { inShell, tidemark } from "../running.js";

const point = "@0x9e3ac1d2f4b60817;\nstruct Point {\n  x @0 :Int32;\n  y @1 :Int32;\n}\n";

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

test("compile writes what the plugin of the C++ compiler writes", () => {
  const folder = temporaryFolder();
  const schemas = path.join(repositoryRoot, "conformance", "schemas");
  const names = ["all-types", "person", "generics"];
  const files = names.map((name) => path.join(schemas, `${name}.capnp`));
  const ending = tidemark("compile", ...files, "--src-prefix", schemas, "-o", folder);
  assert.deepEqual([ending.status, ending.stderr], [0, ""]);
  for (const name of names) {
    const committed = path.join(repositoryRoot, "packages/testing/src/schemas", `${name}.capnp.ts`);
    const ours = fs.readFileSync(path.join(folder, `${name}.capnp.ts`), "utf8");
    assert.equal(ours, fs.readFileSync(committed, "utf8"), name);
  }
});

test("imports are found where -I says, and in the package", () => {
  const folder = folderWith({
    "a.capnp": [
      "@0xd1e2f3a4b5c6d7e8;",
      'using import "/shared/point.capnp".Point;',
      'using Cxx = import "/capnp/c++.capnp";',
      '$Cxx.namespace("a");',
      "struct A { p @0 :Point; }",
    ].join("\n"),
    "include/shared/point.capnp": point,
  });
  const line = `cd ${folder} && $TIDEMARK compile a.capnp -I include -o out`;
  const { status, stdout, stderr } = inShell(line);
  assert.deepEqual([status, stdout, stderr], [0, "out/a.capnp.ts\n", ""]);
});

test("mistakes are shown with their lines, and nothing is written", () => {
  const folder = folderWith({ "a.capnp": point.replace("Int32", "Int33") });
  const { status, stdout, stderr } = inShell(`cd ${folder} && $TIDEMARK compile a.capnp`);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /a\.capnp:3:\d+: error: .*Int33[\s\S]*\^/);
  assert.deepEqual(fs.readdirSync(folder), ["a.capnp"]);
  const json = inShell(`cd ${folder} && $TIDEMARK compile a.capnp --json`);
  assert.equal(json.status, 1);
  assert.equal(JSON.parse(json.stdout).diagnostics[0].line, 3);
  assert.equal(tidemark("compile", path.join(folder, "missing.capnp")).status, 1);
});

test("with --watch a file that changes is compiled again", async () => {
  const folder = folderWith({ "a.capnp": point });
  const program = path.join(packageRoot, "dist", "command", "main.js");
  const child = spawn(process.execPath, [program, "compile", "a.capnp", "--watch"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    fs.writeFileSync(path.join(folder, "a.capnp"), point.replace("Point", "Place"));
    await once(child.stdout, "data");
    assert.match(fs.readFileSync(path.join(folder, "a.capnp.ts"), "utf8"), /class PlaceReader/);
  } finally {
    child.kill();
  }
});

test("schema diff ends with 0 while old messages stay readable, with 1 when not", () => {
  const folder = folderWith({
    "old.capnp": point,
    "grown.capnp": point.replace("}\n", "  z @2 :Text;\n}\n"),
    "broken.capnp": point.replace("y @1 :Int32", "y @1 :Int64"),
    "wrong.capnp": "struct {",
  });
  const diff = (name: string) => {
    return inShell(`cd ${folder} && $TIDEMARK schema diff old.capnp ${name}.capnp`);
  };
  assert.deepEqual(diff("old"), { status: 0, stdout: "Old messages stay readable.\n", stderr: "" });
  const grown = diff("grown");
  assert.equal(grown.status, 0);
  assert.match(grown.stdout, /compatible: Point\.z/);
  const broken = diff("broken");
  assert.equal(broken.status, 1);
  assert.match(broken.stdout, /breaking: Point\.y/);
  const wrong = diff("wrong");
  assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
  assert.match(wrong.stderr, /wrong\.capnp:1:/);
  const json = inShell(`cd ${folder} && $TIDEMARK schema diff old.capnp broken.capnp --json`);
  assert.equal(JSON.parse(json.stdout).compatible, false);
});
