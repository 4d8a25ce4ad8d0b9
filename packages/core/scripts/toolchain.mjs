// What the native build scripts share: targets, compilers, sources, and compiling them in parallel.
// Plain JavaScript: it also runs from an installed package, where nothing compiles TypeScript.

import { execFile, spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const packageRoot = fileURLToPath(new URL("..", import.meta.url));

/** A failure whose message says it all: the scripts print it as one line, without a stack. */
export class BuildError extends Error {}

/**
 * @typedef {object} Target
 * @property {string} name          Also the name of its folder in prebuilds/.
 * @property {string} platform      As in process.platform.
 * @property {string} architecture  As in process.arch.
 * @property {boolean} musl
 */

/** @returns {Target} */
export function hostTarget() {
  const musl = process.platform === "linux" && !hostUsesGlibc();
  return targetOf(process.platform, process.arch, musl);
}

/**
 * @param {string} name `host`, or as in prebuilds/: linux-x64, linux-arm64-musl
 * @returns {Target}
 */
export function targetNamed(name) {
  if (name === "host") return hostTarget();
  const parts = /^(linux|darwin|freebsd|openbsd)-(x64|arm64)(-musl)?$/.exec(name);
  if (parts === null) {
    throw new BuildError(
      `unknown target "${name}": use host, or <system>-<x64|arm64>[-musl] such as linux-arm64`,
    );
  }
  return targetOf(String(parts[1]), String(parts[2]), parts[3] !== undefined);
}

/**
 * @param {string} platform
 * @param {string} architecture
 * @param {boolean} musl
 * @returns {Target}
 */
function targetOf(platform, architecture, musl) {
  return {
    name: `${platform}-${architecture}${musl ? "-musl" : ""}`,
    platform,
    architecture,
    musl,
  };
}

function hostUsesGlibc() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report?.getReport()
  );
  return report?.header?.glibcVersionRuntime !== undefined;
}

/**
 * The compiler's command and its first arguments. CC overrides, and may carry some ("ccache gcc").
 * @param {Target} target
 * @returns {string[]}
 */
export function compilerFor(target) {
  const chosen = process.env["CC"]?.trim();
  if (chosen) return chosen.split(/\s+/);
  const candidates = compilerCandidates(target);
  const found = candidates.find((candidate) => commandExists(candidate));
  if (found === undefined) {
    throw new BuildError(
      `no C compiler for ${target.name} found in PATH (looked for ${candidates.join(", ")}): ` +
        "install one, or name it in the environment variable CC",
    );
  }
  return [found];
}

/** @param {Target} target */
function compilerCandidates(target) {
  if (target.name === hostTarget().name) return ["cc", "gcc", "clang"];
  const machine = { x64: "x86_64", arm64: "aarch64" }[target.architecture];
  if (target.musl) {
    const cross = `${machine}-linux-musl-gcc`;
    return target.architecture === process.arch ? ["musl-gcc", cross] : [cross];
  }
  return [`${machine}-linux-gnu-gcc`];
}

/** @param {string} command */
export function commandExists(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

/**
 * The core's C files for a system: all but the platform files of the others.
 * @param {string} sourceDirectory
 * @param {Target} target
 * @returns {string[]}
 */
export function coreSources(sourceDirectory, target) {
  const platform = `platform_${platformFamily(target.platform)}`;
  return filesIn(sourceDirectory, ".c").filter((file) => {
    const name = path.basename(file, ".c");
    return !name.startsWith("platform_") || name === platform || name.startsWith(`${platform}_`);
  });
}

/** @param {string} platform */
function platformFamily(platform) {
  return platform === "freebsd" || platform === "openbsd" ? "bsd" : platform;
}

/**
 * @param {string} directory
 * @param {string} extension
 * @returns {string[]} full paths, sorted; none when there is no such folder
 */
export function filesIn(directory, extension) {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => path.join(directory, name));
}

/** The folder of node_api.h: the only headers an addon in C needs. */
export function nodeApiIncludeDirectory() {
  try {
    const headers = createRequire(import.meta.url)("node-api-headers");
    return /** @type {string} */ (headers.include_dir);
  } catch (cause) {
    throw new BuildError("the package node-api-headers is not installed: run npm install", {
      cause,
    });
  }
}

/** Flags for every C file of ours, whatever it becomes part of. */
export const warningFlags = [
  ..."-Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wvla".split(
    " ",
  ),
  // A user's newer compiler may warn of more than ours: only our own CI insists.
  ...(process.env["CI"] && !packageRoot.includes("node_modules") ? ["-Werror"] : []),
];

/**
 * musl-gcc sees none of the kernel's headers (linux/falloc.h …), which hold for any libc. They lie
 * beside glibc's, which musl must not see, so they are linked into a folder of their own.
 * @param {Target} target
 * @param {string} buildDirectory
 * @returns {string[]} the flags that add it
 */
export function kernelHeaderFlags(target, buildDirectory) {
  if (!target.musl || target.name === hostTarget().name) return [];
  const directory = path.join(buildDirectory, "kernel-headers");
  fs.mkdirSync(directory, { recursive: true });
  const machine = { x64: "x86_64", arm64: "aarch64" }[target.architecture];
  const origins = {
    linux: ["/usr/include/linux"],
    "asm-generic": ["/usr/include/asm-generic"],
    asm: [`/usr/include/${machine}-linux-gnu/asm`, "/usr/include/asm"],
  };
  for (const [name, places] of Object.entries(origins)) {
    const origin = places.find((place) => fs.existsSync(place));
    const link = path.join(directory, name);
    if (origin !== undefined && !fs.existsSync(link)) fs.symlinkSync(origin, link);
  }
  return ["-idirafter", directory];
}

/**
 * Compiles each source whose object is missing or older than it, or than any header, or was made
 * with another command. Runs one compiler a core.
 * @param {object} job
 * @param {string[]} job.compiler
 * @param {string[]} job.flags
 * @param {string[]} job.sources
 * @param {string[]} job.headers
 * @param {string} job.objectDirectory
 * @param {boolean} job.force
 * @returns {Promise<{ objects: string[], compiled: number }>}
 */
export async function compileObjects(job) {
  fs.mkdirSync(job.objectDirectory, { recursive: true });
  const command = [...job.compiler, ...job.flags];
  const stale = job.force || commandChanged(job.objectDirectory, command);
  const headersTime = newestTime(job.headers);
  const pairs = job.sources.map((source) => ({
    source,
    object: path.join(job.objectDirectory, `${objectName(source)}.o`),
  }));
  const pending = pairs.filter(
    ({ source, object }) =>
      stale || newestTime([object]) <= Math.max(headersTime, newestTime([source])),
  );
  // The record goes first and comes back last, so that a broken build is not taken for a whole one.
  const record = commandRecord(job.objectDirectory);
  if (pending.length > 0) fs.rmSync(record, { force: true });
  let next = 0;
  const worker = async () => {
    for (let pair = pending[next++]; pair !== undefined; pair = pending[next++]) {
      await runCompiler([...command, "-c", pair.source, "-o", pair.object]);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
  fs.writeFileSync(record, command.join("\n"));
  return { objects: pairs.map(({ object }) => object), compiled: pending.length };
}

/** @param {string[]} command */
export async function runCompiler(command) {
  const [program, ...args] = command;
  try {
    const { stderr } = await run(String(program), args, { maxBuffer: 64 << 20 });
    if (stderr !== "") process.stderr.write(stderr);
  } catch (cause) {
    const failure = /** @type {{ stderr?: string, message: string }} */ (cause);
    process.stderr.write(failure.stderr ?? "");
    const subject = args.find((argument) => argument.endsWith(".c")) ?? args.at(-1);
    throw new BuildError(`${program} failed on ${subject}`, { cause });
  }
}

/** @param {string[]} files */
export function newestTime(files) {
  return files.reduce((newest, file) => {
    return Math.max(newest, fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  }, 0);
}

/** @param {string} source */
function objectName(source) {
  return `${path.basename(path.dirname(source))}-${path.basename(source, ".c")}`;
}

/** @param {string} objectDirectory */
function commandRecord(objectDirectory) {
  return path.join(objectDirectory, "command.txt");
}

/**
 * @param {string} objectDirectory
 * @param {string[]} command
 */
function commandChanged(objectDirectory, command) {
  const record = commandRecord(objectDirectory);
  return !fs.existsSync(record) || fs.readFileSync(record, "utf8") !== command.join("\n");
}

/**
 * Runs a script's work; a BuildError becomes one line and exit code 1.
 * @param {string} name
 * @param {() => Promise<void>} work
 */
export async function runScript(name, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
