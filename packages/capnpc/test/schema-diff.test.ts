// Comparing two versions of a schema.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  diffSchemas,
  formatDiagnostic,
  formatSchemaDiff,
  MemoryHost,
} from "@tidemark/capnpc";

function request(text: string): Uint8Array {
  const host = new MemoryHost({ "a.capnp": `@0xabcdefabcdef0003;\n${text}` });
  const result = compile(["a.capnp"], { host });
  assert.ok(result.request, result.diagnostics.map(formatDiagnostic).join("\n"));
  return result.request;
}

/** The changes as "severity path", and what they say. */
function changes(before: string, after: string): string[] {
  const { changes: found, compatible } = diffSchemas(request(before), request(after));
  assert.equal(
    compatible,
    found.every(({ severity }) => severity === "compatible"),
  );
  return found.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

const compatible: Readonly<Record<string, readonly [string, string, RegExp]>> = {
  "a new field": [
    "struct A { a @0 :Int8; }",
    "struct A { a @0 :Int8; b @1 :Text; }",
    /A\.b: is new/,
  ],
  "a renamed field": [
    "struct A { a @0 :Int8; }",
    "struct A { b @0 :Int8; }",
    /A\.a: is now named b/,
  ],
  "a field that gets into a union": [
    "struct A { a @0 :Int8; }",
    "struct A { union { a @0 :Int8; b @1 :Text; } }",
    /A\.a: is now in a union/,
  ],
  "a field that gets into a group": [
    "struct A { a @0 :Int8; }",
    "struct A { g :group { a @0 :Int8; b @1 :Int8; } }",
    /^compatible/,
  ],
  "a list of numbers that becomes one of structs": [
    "struct A { a @0 :List(UInt32); }",
    "struct A { a @0 :List(B); } struct B { n @0 :UInt32; m @1 :Text; }",
    /whose first field that is/,
  ],
  "a new enumerant": ["enum E { a @0; }", "enum E { a @0; b @1; }", /E\.b: is new/],
  "a new method": ["interface I { a @0 (); }", "interface I { a @0 (); b @1 (); }", /I\.b: is new/],
  "a new parameter": ["interface I { a @0 (); }", "interface I { a @0 (x :Int8); }", /x: is new/],
  "text that becomes data": ["struct A { a @0 :Text; }", "struct A { a @0 :Data; }", /is Data/],
  "a removed constant": ["const a :Int8 = 1;", "struct B {}", /constant has been removed/],
};

for (const [name, [before, after, expected]] of Object.entries(compatible)) {
  test(`keeps old messages readable: ${name}`, () => {
    const found = changes(before, after);
    assert.ok(found.length > 0);
    assert.deepEqual(
      found.filter((one) => one.startsWith("breaking")),
      [],
    );
    assert.match(found.join("\n"), expected);
  });
}

const breaking: Readonly<Record<string, readonly [string, string, RegExp]>> = {
  "another type": ["struct A { a @0 :Int8; }", "struct A { a @0 :Int16; }", /was Int8, is Int16/],
  "another struct type": [
    "struct A { a @0 :B; } struct B {} struct C {}",
    "struct A { a @0 :C; } struct B {} struct C {}",
    /was of type B, is of type C/,
  ],
  "another default": [
    "struct A { a @0 :Int8; }",
    "struct A { a @0 :Int8 = 1; }",
    /another default/,
  ],
  "another default of a list": [
    "struct A { a @0 :List(Int8) = [1]; }",
    "struct A { a @0 :List(Int8) = [2]; }",
    /another default/,
  ],
  "swapped ordinals": [
    "struct A { a @0 :Int8; b @1 :Int16; }",
    "struct A { a @1 :Int8; b @0 :Int16; }",
    /A\.[ab]: has moved/,
  ],
  "a removed field": ["struct A { a @0 :Int8; b @1 :Text; }", "struct A { a @0 :Int8; }", /A\.b/],
  "a field that leaves a union": [
    "struct A { union { a @0 :Int8; b @1 :Int8; } }",
    "struct A { a @0 :Int8; b @1 :Int8; }",
    /no longer in the union/,
  ],
  "a list of bits that becomes one of structs": [
    "struct A { a @0 :List(Bool); }",
    "struct A { a @0 :List(B); } struct B { n @0 :Bool; }",
    /first field is something else/,
  ],
  "a removed struct": ["struct A {} struct B {}", "struct A {}", /struct has been removed/],
  "a removed enumerant": ["enum E { a @0; b @1; }", "enum E { a @0; }", /E\.b/],
  "swapped enumerants": ["enum E { a @0; b @1; }", "enum E { a @1; b @0; }", /was @0/],
  "a removed method": ["interface I { a @0 (); b @1 (); }", "interface I { a @0 (); }", /I\.b/],
  "another result": [
    "interface I { a @0 () -> (x :Int8); }",
    "interface I { a @0 () -> (x :Text); }",
    /was Int8, is Text/,
  ],
  "a struct that becomes an enum": ["struct A {}", "enum A {}", /was a struct, is a enum/],
  "a default deep in a group": [
    "struct A { g :group { a @0 :Int8; } }",
    "struct A { g :group { a @0 :Int8 = 5; } }",
    /A\.g\.a: has another default/,
  ],
};

for (const [name, [before, after, expected]] of Object.entries(breaking)) {
  test(`does not keep old messages readable: ${name}`, () => {
    const found = changes(before, after).filter((one) => one.startsWith("breaking"));
    assert.match(found.join("\n"), expected);
  });
}

test("a schema is compatible with itself, without changes", () => {
  const text = "struct A { a @0 :List(A); union { b @1 :Int8; c @2 :E; } } enum E { x @0; }";
  assert.deepEqual(changes(text, text), []);
  const diff = diffSchemas(request(text), request(text));
  assert.equal(formatSchemaDiff(diff), "Old messages stay readable.");
});

test("what is no request is refused", () => {
  const good = request("struct A {}");
  for (const bad of [new Uint8Array(0), new Uint8Array(7), new Uint8Array(64).fill(255)]) {
    assert.throws(() => diffSchemas(bad, good), RangeError);
    assert.throws(() => diffSchemas(good, bad), RangeError);
  }
  assert.throws(() => diffSchemas("x" as unknown as Uint8Array, good), RangeError);
});
