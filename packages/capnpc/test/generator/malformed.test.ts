// A request that no compiler makes gives an error that says so, and nothing else.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { generate } from "#capnpc/generator/generate.js";
import { compileSchemas } from "../oracle/oracle.js";

const command = path.join(packageRoot, "bin", "capnpc-tidemark.mjs");
const skip = requires("capnp");

/** What the program says to a request: its exit code, and the lines on standard error. */
function run(request: Uint8Array, args: readonly string[] = []) {
  const folder = temporaryFolder();
  const { status, stderr, stdout } = spawnSync(process.execPath, [command, ...args], {
    input: request,
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stderr, stdout, files: fs.readdirSync(folder) };
}

for (const [what, request] of [
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("struct Foo { bar @0 :Int32; }\n")],
  ["half a table", Buffer.from([1, 0, 0, 0])],
  ["a table of too many segments", Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])],
  ["random bytes", Buffer.alloc(4096, "0123456789abcdef", "hex")],
] as const) {
  test(`${what} on standard input: one line, and exit code 1`, () => {
    const { status, stderr, files } = run(request);
    assert.match(stderr, /^capnpc-tidemark: [^\n]+\n$/);
    assert.doesNotMatch(stderr, /\bat .*\.js/);
    assert.deepEqual({ status, files }, { status: 1, files: [] });
  });
}

test("an unknown option: one line, and exit code 1", () => {
  const { status, stderr } = run(Buffer.alloc(0), ["--nonsense"]);
  assert.match(stderr, /^capnpc-tidemark: [^\n]*--nonsense[^\n]*\n$/);
  assert.equal(status, 1);
});

test("the capnp tool runs the program as its plugin", { skip }, () => {
  const folder = temporaryFolder();
  const schema = path.join(folder, "small.capnp");
  fs.writeFileSync(schema, "@0xf00ddeadbeef0001;\nstruct Small { x @0 :Int32; }\n");
  const args = ["compile", "-o", `${command}:${folder}`, `--src-prefix=${folder}`, schema];
  const { status, stderr } = spawnSync("capnp", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(fs.readFileSync(path.join(folder, "small.capnp.ts"), "utf8"), /class SmallReader/);
});

/** Runs the generator in this process; anything but its own errors is a defect. */
function tryGenerate(request: Uint8Array): boolean {
  try {
    generate(request);
    return true;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    assert.match(code ?? "", /^ERR_TIDEMARK_/, (error as Error).stack);
    assert.doesNotMatch(message, /undefined|\[object/);
    return false;
  }
}

test("a request that ends anywhere is refused", { skip }, () => {
  const whole = compileSchemas(["shapes.capnp"]);
  assert.ok(tryGenerate(whole));
  for (let length = 0; length < whole.length; length += 8) {
    assert.equal(tryGenerate(whole.subarray(0, length)), false, `${length} bytes of it`);
  }
});

test("a request with changed bytes is refused, or something is made of it", { skip }, () => {
  const requests = [compileSchemas(["shapes.capnp"]), compileSchemas(["generics.capnp"])];
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  let refused = 0;
  const numRuns = rounds({ short: 400, long: 50_000 });
  fc.assert(
    fc.property(fc.constantFrom(...requests), changes, (whole, changed) => {
      const request = Buffer.from(whole);
      for (const [at, byte] of changed) request[at % request.length] = byte;
      if (!tryGenerate(request)) refused++;
    }),
    { numRuns },
  );
  assert.ok(refused > 0 && refused < numRuns, `${refused} of ${numRuns} were refused`);
});
