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

test("every schema file that Debian ships, and ours", { skip }, () => {
  const standard = standardFiles();
  assert.ok(standard.length >= 7, standard.join());
  const paths = standard.map((name) => `${includeFolder}/${name}`);
  const theirs = generate(compileSchemas(paths, [`--src-prefix=${includeFolder}`]));
  const names = fs.readdirSync(schemaFolder).sort();
  const ours = generate(compileSchemas(names));
  const files = [...theirs, ...ours];
  assert.deepEqual(
    files.map(({ path }) => path).sort(),
    [...standard, ...names].map((name) => `${name}.ts`).sort(),
  );
  assert.equal(typeCheck(files), "");
});

test("each of them alone, with what it imports", { skip }, () => {
  for (const name of standardFiles()) {
    const options = [`--src-prefix=${includeFolder}`];
    const [file] = generate(compileSchemas([`${includeFolder}/${name}`], options));
    assert.equal(file?.path, `${name}.ts`);
  }
});
