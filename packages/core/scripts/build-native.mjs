#!/usr/bin/env node
// Builds the native addon with nothing but a C compiler: no node-gyp, no Python, no downloads.
//
//   build-native.mjs [--target host|linux-x64|linux-arm64|linux-x64-musl|…] [--force]
//                    [--source-dir DIR] [--out-dir DIR]
//
// The result is prebuilds/<system>-<architecture>[-musl]/tidemark.node. CC names another compiler.

import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  BuildError,
  compileObjects,
  compilerFor,
  coreSources,
  filesIn,
  kernelHeaderFlags,
  newestTime,
  nodeApiIncludeDirectory,
  packageRoot,
  runCompiler,
  runScript,
  targetNamed,
  warningFlags,
} from "./toolchain.mjs";

/** @import { Target } from "./toolchain.mjs" */

const glibcFloorHeader = path.join(packageRoot, "scripts", "glibc-floor.h");

await runScript("tidemark-build-native", async () => {
  const { values: options } = parseArgs({
    options: {
      target: { type: "string", default: "host" },
      force: { type: "boolean", default: false },
      "source-dir": { type: "string", default: path.join(packageRoot, "native") },
      "out-dir": { type: "string", default: path.join(packageRoot, "prebuilds") },
    },
  });
  const target = targetNamed(options.target);
  const addon = path.join(options["out-dir"], target.name, "tidemark.node");
  const built = await buildAddon({
    target,
    sourceDirectory: path.resolve(options["source-dir"]),
    addon,
    force: options.force,
  });
  console.log(`${path.relative(process.cwd(), addon)} ${built ? "built" : "is up to date"}`);
});

/**
 * @param {{ target: Target, sourceDirectory: string, addon: string, force: boolean }} job
 * @returns {Promise<boolean>} false when there was nothing to do
 */
async function buildAddon({ target, sourceDirectory, addon, force }) {
  const bindingDirectory = path.join(sourceDirectory, "binding");
  const includeDirectory = path.join(sourceDirectory, "include");
  const sources = [...coreSources(sourceDirectory, target), ...filesIn(bindingDirectory, ".c")];
  if (sources.length === 0) throw new BuildError(`no C files in ${sourceDirectory}`);
  const headers = [sourceDirectory, includeDirectory, bindingDirectory]
    .flatMap((directory) => filesIn(directory, ".h"))
    .concat(glibcFloorHeader);
  const compiler = compilerFor(target);
  const buildDirectory = path.join(packageRoot, "build", "native", target.name);
  const { objects, compiled } = await compileObjects({
    compiler,
    flags: [
      ...compileFlags(target),
      ...warningFlags,
      ...[includeDirectory, sourceDirectory].map((directory) => `-I${directory}`),
      // Not ours to warn about.
      ...["-isystem", nodeApiIncludeDirectory()],
      ...kernelHeaderFlags(target, buildDirectory),
    ],
    sources,
    headers,
    objectDirectory: buildDirectory,
    force,
  });
  if (compiled === 0 && newestTime([addon]) > newestTime(objects)) return false;

  fs.mkdirSync(path.dirname(addon), { recursive: true });
  // A process may have the old addon mapped: writing into it would change its code under its feet,
  // so the new one takes its name instead.
  const fresh = `${addon}.${process.pid}`;
  await runCompiler([...compiler, ...objects, ...linkFlags(target), "-o", fresh]);
  fs.renameSync(fresh, addon);
  return true;
}

/** @param {Target} target */
function compileFlags(target) {
  return [
    ..."-std=gnu11 -O2 -g0 -fPIC -fvisibility=hidden -pthread -fstack-protector-strong".split(" "),
    // Some systems' compilers set it already, and a second setting is a warning.
    ..."-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2".split(" "),
    ..."-D_FILE_OFFSET_BITS=64 -DNAPI_VERSION=8".split(" "),
    ...(target.platform === "linux" ? ["-D_GNU_SOURCE"] : []),
    ...(usesGlibc(target) ? ["-include", glibcFloorHeader] : []),
  ];
}

/** @param {Target} target */
function linkFlags(target) {
  if (target.platform === "darwin") {
    // Node-API's functions are found in the running node.
    return ["-bundle", "-undefined", "dynamic_lookup", "-Wl,-x", "-pthread"];
  }
  return [
    ..."-shared -s -pthread -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack".split(" "),
    ...(usesGlibc(target) ? ["-ldl"] : []),
  ];
}

/** @param {Target} target */
function usesGlibc(target) {
  return target.platform === "linux" && !target.musl;
}
