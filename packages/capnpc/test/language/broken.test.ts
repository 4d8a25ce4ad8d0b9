// Schemas that are wrong: refused, with the mistake shown where it is.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile, formatDiagnostic, MemoryHost } from "@tidemark/capnpc";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { rounds } from "@tidemark/testing/torture.js";
import { compileByOracle, compileByUs } from "./oracle.js";

const folder = path.join(packageRoot, "test/broken");
const names = fs.readdirSync(folder).sort();
// Each costs a start of the C++ compiler: a short run takes every eighth.
const step = rounds({ short: 8, long: 1 });

test(`all ${names.length} broken schemas are refused, with a line, a caret and a reason`, () => {
  assert.ok(names.length >= 200);
  for (const name of names) {
    const { ok, request, diagnostics } = compileByUs(folder, [name]);
    assert.equal(ok, false, name);
    assert.equal(request, undefined);
    const [first] = diagnostics;
    assert.ok(first, name);
    const [head, line = "", caret = ""] = formatDiagnostic(first).split("\n");
    assert.equal(head, `${name}:${first.line}:${first.column}: error: ${first.message}`);
    const text = fs.readFileSync(path.join(folder, name), "utf8").split("\n")[first.line - 1];
    assert.equal(first.sourceLine, text, name);
    // Below an empty line, which is not shown, a caret would point at nothing.
    // Of a long line a part is shown.
    if (first.sourceLine.trim() === "" || first.sourceLine.length > 120) continue;
    assert.equal(line, `  ${text}`, name);
    assert.equal(caret.indexOf("^"), first.column + 1, name);
  }
});

test("the C++ compiler refuses the same schemas, in the same lines", {
  skip: requires("capnp"),
}, () => {
  for (const name of names.filter((_, i) => i % step === 0)) {
    const theirs = compileByOracle(folder, [name]);
    assert.equal(theirs.request, undefined, name);
    const lines = [...theirs.errors.matchAll(/^\S+?:(\d+):.*error: /gm)]
      .map((match) => Number(match[1]))
      // What it cannot place it puts into the first line.
      .filter((line) => line > 1);
    const { diagnostics } = compileByUs(folder, [name]);
    const ours = diagnostics.flatMap(({ line, related }) => [line, related?.line]);
    assert.ok(lines.includes(diagnostics[0]?.line ?? 0), `${name}: ${lines} there, ${ours} here`);
    assert.ok(ours.includes(lines[0]), `${name}: ${lines} there, ${ours} here`);
  }
});

function problems(text: string): string[] {
  const host = new MemoryHost({ "a.capnp": `@0xabcdefabcdef0003;\n${text}` });
  const { diagnostics } = compile(["a.capnp"], { host });
  return diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test("several mistakes are found in one run, and one mistake makes no second one", () => {
  const found = problems(`struct A {
  a @0 :Nope;
  b @1 :Int8
  c @2 :Int8 = 1000;
  d @3 ;
  e @4 :List(;
}
struct B @0x5 {
  ok @0 :Int8;
  a @1 :A;
}
const x :Text = 5;`);
  assert.deepEqual(
    found.map((one) => one.replace(/ .*/, "")),
    ["3:9", "5:3", "5:16", "6:8", "7:14", "9:11", "13:17"],
  );
});

test("a mistake says what was expected, and what was probably meant", () => {
  assert.deepEqual(problems("struct A { a @0 :Txet; }"), [
    "2:18 'Txet' is not defined. Did you mean 'Text'?",
  ]);
  assert.deepEqual(problems("struct A { a @0 :Int8 }"), ["2:23 Expected ';', but found '}'."]);
  assert.deepEqual(problems("const a :Int8 =-5;"), [
    "2:15 '=-' is read as one operator: put a space after '='.",
  ]);
  assert.deepEqual(problems("struct A { a @0 :B = (frist = 1); }\nstruct B { first @0 :Int8; }"), [
    "2:23 There is no field named 'frist'. Did you mean 'first'?",
  ]);
  assert.deepEqual(problems("const a :UInt8 = 300;"), [
    "2:18 300 is out of range: UInt8 holds 0 to 255.",
  ]);
});

test("what was defined first is shown beside what is defined again", () => {
  const host = new MemoryHost({
    "a.capnp": "@0xabcdefabcdef0003;\nstruct A {\n  a @0 :Int8;\n  a @1 :Int8;\n}\n",
  });
  const { diagnostics } = compile(["a.capnp"], { host });
  assert.equal(
    diagnostics.map(formatDiagnostic).join("\n"),
    `a.capnp:4:3: error: 'a' is already defined in this scope.
    a @1 :Int8;
    ^
a.capnp:3:3: note: 'a' is first defined here.
    a @0 :Int8;
    ^`,
  );
});

test("columns count characters, and tabs keep the caret in its place", () => {
  const host = new MemoryHost({
    "a.capnp": '@0xabcdefabcdef0003;\n\tconst t :Text = "é€"; const n :Int8 = 200;\n',
  });
  const [diagnostic] = compile(["a.capnp"], { host }).diagnostics;
  assert.ok(diagnostic);
  assert.equal(diagnostic.column, 40);
  const [, line = "", caret = ""] = formatDiagnostic(diagnostic).split("\n");
  assert.ok(caret.startsWith("  \t"));
  assert.equal(line.slice(caret.indexOf("^"), caret.indexOf("^") + 3), "200");
});

test("a file that is missing or is no text is a diagnostic too", () => {
  const host = new MemoryHost({ "a.capnp": Uint8Array.of(0x23, 0xff, 0x0a) });
  const missing = compile(["nope.capnp"], { host }).diagnostics;
  assert.match(missing[0]?.message ?? "", /no such file/);
  const binary = compile(["a.capnp"], { host }).diagnostics;
  const found = binary.find(({ message }) => message.includes("not UTF-8"));
  assert.equal(found?.startByte, 1);
});

test("wrong arguments are refused by name", () => {
  const host = new MemoryHost({});
  const wrong = (files: unknown, options: unknown): void => {
    compile(files as string[], options as { host: MemoryHost });
  };
  assert.throws(() => wrong("a.capnp", { host }), /files must be an array/);
  assert.throws(() => wrong([1], { host }), /files must be an array/);
  assert.throws(() => wrong([], undefined), /options\.host/);
  assert.throws(() => wrong([], { host: {} }), /options\.host/);
  assert.throws(() => wrong([], { host, importPath: "x" }), /importPath/);
  assert.throws(() => wrong([], { host, sourcePrefix: [5] }), /sourcePrefix/);
});
