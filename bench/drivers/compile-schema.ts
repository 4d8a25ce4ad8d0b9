// Compiles one schema file: with our compiler, in this process, or with the C++ one, in its own.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { compileFiles } from "@tidemark/capnpc/files";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface Parameters {
  readonly file: string;
  readonly compiler: "ours" | "c++";
  readonly repeat: number;
}

const mostOutput = 2 ** 28;

function compileOnce({ file, compiler }: Parameters): Uint8Array {
  if (compiler === "ours") {
    const { request, diagnostics } = compileFiles([file]);
    if (request === undefined) throw new Error(diagnostics[0]?.message);
    return request;
  }
  const run = spawnSync("capnp", ["compile", "-o-", file], { maxBuffer: mostOutput });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return run.stdout;
}

// Of what the capnp tool shows of the request: both compilers must have made the same.
function checksumOf(request: Uint8Array): number {
  const args = ["decode", "--short", "/usr/include/capnp/schema.capnp", "CodeGeneratorRequest"];
  const { stdout, status } = spawnSync("capnp", args, { input: request, maxBuffer: mostOutput });
  if (status !== 0) throw new Error("capnp cannot decode the request");
  let sum = 0;
  for (const byte of stdout) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

await drive((parameters: Parameters): Sample => {
  if (spawnSync("capnp", ["--version"]).error !== undefined) {
    return { metrics: {}, skipped: "there is no capnp in PATH to compare with" };
  }
  if (!fs.existsSync(parameters.file)) {
    return { metrics: {}, skipped: `there is no ${parameters.file}` };
  }
  const times: number[] = [];
  let request = new Uint8Array();
  for (let i = 0; i <= parameters.repeat; i++) {
    const begun = now();
    request = new Uint8Array(compileOnce(parameters));
    times.push(now() - begun);
  }
  const [firstMs = Number.NaN, ...again] = times;
  return { metrics: { firstMs, againMs: median(again) }, checksum: checksumOf(request) };
});
