// The generated code in the repository is what the generator writes today.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";

test("no committed file is stale", { skip: requires("capnp", "libcapnp") }, () => {
  const script = path.join(repositoryRoot, "scripts", "generate.mjs");
  const args = [script, "--check"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(stdout, "", "npm run generate writes them anew");
  assert.equal(status, 0);
});
