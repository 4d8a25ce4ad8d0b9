// Code is generated from every schema there is here, and is right for the strictest compiler.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { requires } from "@tidemark/testing/requirements.js";
import { generate } from "#capnpc/generator/generate.js";
import { compileSchemas, schemaFolder } from "../oracle/oracle.js";
import { includeFolder, standardFiles } from "./standard-files.js";
import { typeCheck } from "./type-check.js";

const skip = requires("capnp", "libcapnp");

test("every schema file that Debian ships", { skip }, () => {
  const names = standardFiles();
  assert.ok(names.length >= 7, names.join());
  const paths = names.map((name) => `${includeFolder}/${name}`);
  const files = generate(compileSchemas(paths, [`--src-prefix=${includeFolder}`]));
  assert.deepEqual(files.map(({ path }) => path).sort(), names.map((name) => `${name}.ts`).sort());
  assert.equal(typeCheck(files), "");
});

test("every schema file of ours: the classes are checked by the build", { skip }, () => {
  const names = fs.readdirSync(schemaFolder).sort();
  assert.deepEqual(
    generate(compileSchemas(names)).map(({ path }) => path),
    names.map((name) => `${name}.ts`),
  );
});

test("each of them alone, with what it imports", { skip }, () => {
  for (const name of standardFiles()) {
    const options = [`--src-prefix=${includeFolder}`];
    const [file] = generate(compileSchemas([`${includeFolder}/${name}`], options));
    assert.equal(file?.path, `${name}.ts`);
  }
});
