// Checks that a built addon is what users may be given: for the right machine, loadable on the
// oldest system Node runs on, hardened, and exporting nothing but its entry points. Linux only.
//
//   check-binary.mjs [FILE…]     without files: every prebuilds/linux-*/tidemark.node

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { BuildError, packageRoot, runScript, targetNamed } from "./toolchain.mjs";

/** @import { Target } from "./toolchain.mjs" */

/** What the official binaries of Node 20 to 26 need (BUILDING.md of Node.js, "Platform list"). */
const glibcFloor = [2, 28];

const entryPoints = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];

/** Of every shared library linked with musl: its start files do not hide them. */
const muslSymbols = ["_init", "_fini"];

await runScript("check-binary", async () => {
  const named = process.argv.slice(2);
  const files = named.length > 0 ? named : prebuiltAddons();
  if (files.length === 0)
    throw new BuildError("no prebuilds/linux-*/tidemark.node: build one first");
  const troubles = files.flatMap((file) => {
    const target = targetNamed(path.basename(path.dirname(path.resolve(file))));
    return troublesIn(file, target).map((trouble) => `${file}: ${trouble}`);
  });
  if (troubles.length > 0) throw new BuildError(troubles.join("\n"));
  console.log(`${files.length} addon(s) checked: ${files.join(", ")}`);
});

function prebuiltAddons() {
  const prebuilds = path.join(packageRoot, "prebuilds");
  if (!fs.existsSync(prebuilds)) return [];
  return fs
    .readdirSync(prebuilds)
    .filter((name) => name.startsWith("linux-"))
    .map((name) => path.relative(process.cwd(), path.join(prebuilds, name, "tidemark.node")))
    .filter((file) => fs.existsSync(file));
}

/**
 * @param {string} file
 * @param {Target} target
 * @returns {string[]} what is wrong with it, one sentence each
 */
function troublesIn(file, target) {
  return [
    ...architectureTroubles(file, target),
    ...symbolTroubles(file, target),
    ...hardeningTroubles(file),
  ];
}

/**
 * @param {string} file
 * @param {Target} target
 */
function architectureTroubles(file, target) {
  const machine = /Machine:\s+(.*)/.exec(readelf("--file-header", file))?.[1] ?? "unknown";
  const expected = { x64: "X86-64", arm64: "AArch64" }[target.architecture] ?? "unknown";
  return machine.includes(expected) ? [] : [`is for ${machine}, not for ${target.architecture}`];
}

/**
 * @param {string} file
 * @param {Target} target
 */
function symbolTroubles(file, target) {
  const troubles = [];
  const exported = /** @type {string[]} */ ([]);
  for (const line of readelf("--dyn-syms", file).split("\n")) {
    // Num: Value Size Type Bind Vis Ndx Name[@version]
    const [, , , , bind, , section, symbol] = line.trim().split(/\s+/);
    if (symbol === undefined || bind === "Bind" || bind === "LOCAL") continue;
    const [name = "", version] = symbol.split(/@+/);
    if (section !== "UND") exported.push(name);
    else if (version?.startsWith("GLIBC_") && target.musl) {
      troubles.push(`needs glibc (${symbol}), and is for musl`);
    } else if (version !== undefined && isAboveFloor(version)) {
      troubles.push(`needs ${symbol}, above GLIBC_${glibcFloor.join(".")}`);
    }
  }
  const visible = target.musl ? [...entryPoints, ...muslSymbols] : entryPoints;
  for (const name of exported.filter((name) => !visible.includes(name))) {
    troubles.push(`exports ${name}: only the entry points may be visible`);
  }
  for (const name of entryPoints.filter((name) => !exported.includes(name))) {
    troubles.push(`does not export ${name}`);
  }
  return troubles;
}

/** @param {string} version such as GLIBC_2.34 */
function isAboveFloor(version) {
  const numbers = /^GLIBC_(\d+)\.(\d+)/.exec(version);
  if (numbers === null) return false;
  const [floorMajor = 0, floorMinor = 0] = glibcFloor;
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  return major > floorMajor || (major === floorMajor && minor > floorMinor);
}

/** @param {string} file */
function hardeningTroubles(file) {
  const troubles = [];
  const segments = readelf("--program-headers", file);
  const dynamic = readelf("--dynamic", file);
  const stack = /GNU_STACK(?:\s+0x\S+){5}\s+([RWE]+)/.exec(segments);
  if (stack === null) troubles.push("does not say that its stack is not executable");
  else if (stack[1]?.includes("E")) troubles.push("asks for an executable stack");
  if (/^\s+LOAD.*\sRWE\s/m.test(segments)) troubles.push("has memory both writable and executable");
  if (!segments.includes("GNU_RELRO")) troubles.push("has no RELRO segment");
  if (!/BIND_NOW|Flags:.*NOW/.test(dynamic)) troubles.push("binds lazily: RELRO is not full");
  if (dynamic.includes("TEXTREL")) troubles.push("has relocations in its code");
  if (/RPATH|RUNPATH/.test(dynamic)) troubles.push("carries a library search path");
  return troubles;
}

/**
 * @param {string} option
 * @param {string} file
 */
function readelf(option, file) {
  const result = spawnSync("readelf", ["--wide", option, file], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  if (result.error !== undefined) throw new BuildError("readelf not found: install binutils");
  if (result.status !== 0) throw new BuildError(`readelf ${file}: ${result.stderr.trim()}`);
  return result.stdout;
}
