// Schemas made to break the compiler: it ends in time, without running out of stack or memory.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compile, MemoryHost } from "@tidemark/capnpc";
import { packageRoot, repositoryRoot } from "@tidemark/testing/locations.js";
import { rounds } from "@tidemark/testing/torture.js";
import { Random } from "./random-source.js";

const head = "@0xabcdefabcdef0003;\n";

function compileText(text: string): ReturnType<typeof compile> {
  return compile(["a.capnp"], { host: new MemoryHost({ "a.capnp": text }) });
}

function repeat(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join("\n");
}

const many = 5_000;

const hostile: Readonly<Record<string, string>> = {
  "open parentheses": `const a :Int8 = ${"(".repeat(many)}`,
  "open brackets": `const a :Int8 = ${"[".repeat(many)}`,
  "open blocks": repeat(many, () => "struct A {"),
  "closing blocks": "}".repeat(many),
  "a long chain of members": `const a :Int8 = a${".b".repeat(many)};`,
  "a long chain of applications": `struct A { a @0 :A${"(A)".repeat(many)}; }`,
  "aliases that double": `struct P(X, Y) {}\nusing A0 = P(Text, Text);\n${repeat(
    60,
    (i) => `using A${i + 1} = P(A${i}, A${i});`,
  )}struct S { a @0 :A60; }`,
  "generic aliases that double": `struct P(X, Y) {}\nstruct G(T) {\nusing A0 = P(T, T);\n${repeat(
    60,
    (i) => `using A${i + 1} = P(A${i}, A${i});`,
  )}a @0 :A60; }`,
  "a chain of aliases": `using A0 = Text;\n${repeat(many, (i) => `using A${i + 1} = A${i};`)}`,
  "a chain of aliases, the last first": `${repeat(many, (i) => `using A${i} = A${i + 1};`)}`,
  "a chain of constants": `const c0 :Int8 = 1;\n${repeat(
    many,
    (i) => `const c${i + 1} :Int8 = .c${i};`,
  )}`,
  "a chain of constants, the last first": repeat(many, (i) => `const c${i} :Int8 = .c${i + 1};`),
  "constants in a ring": "const a :Int8 = .b; const b :Int8 = .c; const c :Int8 = .a;",
  "interfaces in a ring": "interface A extends(B) {} interface B extends(A) {}",
  "a number of a million digits": `const a :UInt64 = ${"9".repeat(1_000_000)};`,
  "a name of a million letters": `struct A { a @0 :${"B".repeat(1_000_000)}; }`,
  "a line of a million mistakes": `struct A { ${"? ".repeat(1_000_000)} }`,
  "an endless text": `const a :Text = "${"x".repeat(1_000_000)}`,
};

for (const [name, text] of Object.entries(hostile)) {
  test(`ends in time: ${name}`, () => {
    const { diagnostics } = compileText(head + text);
    assert.ok(diagnostics.length <= 100);
  });
}

test("a ring of thousands of structs, each with a field of the next, compiles", () => {
  const structs = repeat(many, (i) => `struct S${i} { a @0 :S${(i + 1) % many}; }`);
  assert.equal(compileText(head + structs).ok, true);
});

test("paths cannot be made to name objects of the runtime", () => {
  const text = `${head}using A = import "/__proto__"; using B = import "/constructor";
struct S { a @0 :constructor; b @1 :__proto__; c @2 :S.toString; }`;
  assert.equal(compileText(text).ok, false);
});

const corpus = [
  ...["standard/capnp", "test/accepted", "test/broken"].map((name) => path.join(packageRoot, name)),
  path.join(repositoryRoot, "conformance/schemas"),
]
  .flatMap((folder) => {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith(".capnp"));
    return names.map((name) => fs.readFileSync(path.join(folder, name)));
  })
  .filter(({ length }) => length < 4096);

const pieces =
  '{ } ( ) [ ] ; , : = . - " @ $ # ! \n \\ 0x" import union group List( -> stream'.split(" ");

function mutate(random: Random, original: Uint8Array): Uint8Array {
  let bytes = Buffer.from(original);
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = random.below(bytes.length + 1);
    const length = random.below(random.chance(0.8) ? 8 : 200);
    const other = random.pick(corpus);
    const from = random.below(other.length);
    const inserted = random.pick([
      Buffer.from(random.pick(pieces)),
      Buffer.from(other.subarray(from, from + length)),
      Buffer.of(random.below(256)),
      Buffer.alloc(0),
    ]);
    bytes = Buffer.concat([
      bytes.subarray(0, at),
      inserted,
      bytes.subarray(at + random.below(2) * length),
    ]);
  }
  return bytes;
}

const count = rounds({ short: 2_000, long: 500_000 });
const seed = Number(process.env["TIDEMARK_SEED"] ?? Date.now() % 0x7fff_ffff);

test(`${count} mutated files, from seed ${seed} on, are compiled or refused`, (t) => {
  t.diagnostic(`TIDEMARK_SEED=${seed} repeats this`);
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const random = new Random(seed + i);
    const text = mutate(random, random.pick(corpus));
    try {
      const { ok, diagnostics } = compile(["a.capnp"], {
        host: new MemoryHost({ "a.capnp": text }),
      });
      assert.equal(ok, diagnostics.length === 0);
      if (!ok) refused++;
    } catch (error) {
      throw new Error(`seed ${seed + i}: ${JSON.stringify(Buffer.from(text).toString("latin1"))}`, {
        cause: error,
      });
    }
  }
  assert.ok(refused > 0 && refused < count);
});

test("memory does not grow with the number of files compiled", () => {
  const text = corpus[0] as Uint8Array;
  const host = new MemoryHost({ "a.capnp": text });
  for (let i = 0; i < 200; i++) compile(["a.capnp"], { host });
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2_000; i++) compile(["a.capnp"], { host });
  assert.ok(process.memoryUsage().heapUsed - before < 100 * 2 ** 20);
});
