// Messages that were found to break something, each in a file named for it: what is in the folder
// is read in every way, by every schema.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import { loadSchemas } from "../dynamic/schemas.js";
import { readAll } from "./subjects.js";

const corpus = path.join(packageRoot, "test/fuzz/corpus");
const schemas = [
  loadSchemas("all-types").struct("AllTypes"),
  loadSchemas("generics").struct("Uses"),
  loadSchemas("annotated").struct("Annotated"),
];

test("what was found once stays found", () => {
  const files = fs.readdirSync(corpus);
  assert.ok(files.length > 0);
  for (const file of files) {
    const bytes = Uint8Array.from(fs.readFileSync(path.join(corpus, file)));
    for (const schema of schemas) readAll(bytes, schema);
  }
});
