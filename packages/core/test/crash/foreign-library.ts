// A native library that knows nothing of us: it faults, or installs handlers of its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { packageRoot } from "@tidemark/testing/locations.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";

/** Compiles foreign-fault.c; its path, for process.dlopen. */
export function foreignLibrary(): string {
  const library = path.join(temporaryFolder(), "foreign-fault.node");
  const source = path.join(packageRoot, "test", "crash", "foreign-fault.c");
  // Node unloads what is no addon, but a handler must stay.
  const options = ["-shared", "-fPIC", "-O1", "-Wl,-z,nodelete", source, "-o", library];
  const { status, stderr } = spawnSync(process.env["CC"] ?? "cc", options);
  assert.equal(status, 0, String(stderr));
  return library;
}
