// Generated files find one another, also in a circle; what has one name in two files is told apart.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import ts from "typescript";
import { type GeneratedFile, generate } from "#capnpc/generator/generate.js";
import { compileSchemas } from "../oracle/oracle.js";
import { typeCheck } from "./type-check.js";

const skip = requires("capnp");

/** Generated code of schema texts by their paths. */
function generateOf(texts: Readonly<Record<string, string>>): GeneratedFile[] {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(texts)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  const files = Object.keys(texts).map((name) => path.join(folder, name));
  return generate(compileSchemas(files, [`--src-prefix=${folder}`, `-I${folder}`]));
}

/** The code as JavaScript in a folder from which the runtime is found. */
function compileTo(folder: string, files: readonly GeneratedFile[]): void {
  for (const { path: name, text } of files) {
    const file = path.join(folder, name.replace(/\.ts$/, ".js"));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
    fs.writeFileSync(file, ts.transpileModule(text, { compilerOptions }).outputText);
  }
}

const circle = {
  "first.capnp": `@0xb0a0c0d0e0f00001;
    using Second = import "/inside/second.capnp";
    struct Node { value @0 :Int32 = 7; other @1 :Second.Node; others @2 :List(List(Second.Node)); }
    const one :Second.Node = (value = 1, back = (value = 2));
    const mine :Node = (value = 4);
    enum Kind { a @0; b @1; }`,
  "inside/second.capnp": `@0xb0a0c0d0e0f00002;
    using First = import "../first.capnp";
    struct Node { value @0 :Int32; back @1 :First.Node; kind @2 :First.Kind = b; }
    struct NodeReader { value @0 :Int32; }
    const two :First.Node = (value = 3);
    const kind :First.Kind = b;`,
};

test("two files that import each other, whichever is loaded first", { skip }, async () => {
  const files = generateOf(circle);
  assert.equal(typeCheck(files), "");
  for (const order of [
    ["first.capnp.js", "inside/second.capnp.js"],
    ["inside/second.capnp.js", "first.capnp.js"],
  ]) {
    const folder = fs.mkdtempSync(path.join(packageRoot, "build", "circle-"));
    try {
      compileTo(folder, files);
      const loaded: Record<string, Record<string, unknown>> = {};
      for (const name of order) {
        loaded[name] = await import(pathToFileURL(path.join(folder, name)).href);
      }
      const first = loaded["first.capnp.js"] as Record<string, () => Record<string, unknown>>;
      const second = loaded["inside/second.capnp.js"] as typeof first;
      const one = first["one"]?.();
      assert.equal(one?.["value"], 1);
      const back = one?.["back"] as Record<string, unknown>;
      assert.equal(back["value"], 2);
      assert.equal(second["two"]?.()["value"], 3);
      assert.equal((first["mine"] as unknown as Record<string, unknown>)["value"], 4);
      assert.equal(second["kind"], 1);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
});

test("a file in a folder finds one that nobody asked for where it would be", { skip }, () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, "deep", "er"), { recursive: true });
  fs.writeFileSync(
    path.join(folder, "base.capnp"),
    "@0xb0a0c0d0e0f00003;\nstruct Base { x @0 :Int32; }",
  );
  fs.writeFileSync(
    path.join(folder, "deep", "er", "user.capnp"),
    `@0xb0a0c0d0e0f00004;
    struct User { a @0 :import "../../base.capnp".Base; b @1 :import "/base.capnp".Base; }`,
  );
  const user = path.join(folder, "deep", "er", "user.capnp");
  const [file] = generate(compileSchemas([user], [`--src-prefix=${folder}`, `-I${folder}`]));
  assert.equal(file?.path, "deep/er/user.capnp.ts");
  assert.match(file.text, /from "\.\.\/\.\.\/base\.capnp\.js";/);
});

test("names that meet one another get a _, and those that were there first keep theirs", {
  skip,
}, () => {
  const [file] = generateOf({
    "meet.capnp": `@0xb0a0c0d0e0f00005;
      struct Thing {
        hasName @1 :Bool; name @0 :Text; constructor @2 :Int32; asReader @3 :Int32;
        struct Which {}
        part :group { x @4 :Int32; }
        union { a @5 :Void; b @6 :Void; }
      }
      struct ThingReader { x @0 :Int32; }
      struct StructReader { x @0 :Int32; }
      const delete :Int32 = 1;`,
  });
  const { text } = file as GeneratedFile;
  assert.equal(typeCheck([file as GeneratedFile]), "");
  assert.match(text, /get name\(\): string/);
  assert.match(text, /hasName\(\): boolean/);
  assert.match(text, /get hasName_\(\): boolean/);
  assert.match(text, /get constructor_\(\): number/);
  assert.match(text, /get asReader_\(\): number/);
  assert.match(text, /export class ThingReader_Reader extends StructReader \{/);
  assert.match(text, /export class StructReader_Reader extends StructReader \{/);
  assert.match(text, /export const Thing_Which_: StructType</);
  assert.match(text, /export const delete_: number = 1;/);
});
