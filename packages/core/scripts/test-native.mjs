// Builds and runs the C tests: each test/native/*_test.c is a program, linked with the core's C
// files (without the binding), that exits with 0 when all is well, or with 77 when it cannot run
// here and has said why.
//
//   test-native.mjs [NAME…] [--target host|linux-arm64|linux-x64-musl]
//                   [--variant plain|memory|threads]
//
// Variants: plain; memory (ASan, UBSan); threads (TSan, for *_threads_test.c). Without --variant,
// all that the target can run: a cross-compiled one runs plain, under qemu where machines differ.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  BuildError,
  commandExists,
  compileObjects,
  compilerFor,
  coreSources,
  filesIn,
  hostTarget,
  kernelHeaderFlags,
  packageRoot,
  runCompiler,
  runScript,
  targetNamed,
  warningFlags,
} from "./toolchain.mjs";

/** @import { Target } from "./toolchain.mjs" */

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {string[]} flags
 * @property {Record<string, string>} environment
 * @property {string[]} launcher             A command the program is run by.
 * @property {(test: string) => boolean} takes
 */

const sourceDirectory = path.join(packageRoot, "native");
const testDirectory = path.join(packageRoot, "test", "native");
const timeoutMs = 180_000;
const skippedCode = 77;

await runScript("test-native", async () => {
  const { values: options, positionals: names } = parseArgs({
    allowPositionals: true,
    options: {
      target: { type: "string", default: "host" },
      variant: { type: "string" },
    },
  });
  const target = targetNamed(options.target);
  const tests = filesIn(testDirectory, "_test.c").filter((test) => {
    return names.length === 0 || names.some((name) => path.basename(test).includes(name));
  });
  if (tests.length === 0) throw new BuildError(`no matching *_test.c in ${testDirectory}`);
  const variants = variantsOf(target).filter(({ name }) => (options.variant ?? name) === name);
  if (variants.length === 0) {
    throw new BuildError(`${target.name} has no variant "${options.variant}"`);
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const variant of variants) {
    const taken = tests.filter((test) => variant.takes(test));
    const programs = await buildPrograms(target, variant, taken);
    for (const program of programs) {
      counts[await runProgram(program, variant, target)]++;
    }
  }
  console.log(`native ${target.name}: ${counts.skipped} skipped`);
  console.log(`native ${target.name}: ${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

/**
 * @param {Target} target
 * @returns {Variant[]}
 */
function variantsOf(target) {
  const emulator = emulatorOf(target);
  const plain = {
    name: "plain",
    flags: ["-O2"],
    // Tells the tests to leave out what qemu does not do as a kernel does (see expect.h).
    environment: emulator.length > 0 ? { TIDEMARK_EMULATED: "yes" } : {},
    launcher: emulator,
    takes: () => true,
  };
  if (target.name !== hostTarget().name) return [plain];
  return [
    plain,
    {
      name: "memory",
      flags: ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
      environment: {
        // The signals are what is tested: ours are handled by our handler, the rest by the default.
        ASAN_OPTIONS: "handle_segv=0:handle_sigbus=0:detect_stack_use_after_return=0",
        UBSAN_OPTIONS: "print_stacktrace=1",
      },
      launcher: [],
      takes: () => true,
    },
    {
      name: "threads",
      flags: ["-O1", "-fsanitize=thread"],
      environment: { TSAN_OPTIONS: "halt_on_error=1:handle_segv=0:handle_sigbus=0" },
      // TSan's fixed shadow addresses collide with a kernel's wide address randomization.
      launcher: commandExists("setarch") ? ["setarch", "--addr-no-randomize"] : [],
      takes: (test) => test.endsWith("_threads_test.c"),
    },
  ];
}

/**
 * @param {Target} target
 * @returns {string[]}
 */
function emulatorOf(target) {
  if (target.architecture === process.arch) return [];
  const machine = { x64: "x86_64", arm64: "aarch64" }[target.architecture];
  const emulator = `qemu-${machine}`;
  if (!commandExists(emulator)) throw new BuildError(`${emulator} not found: install qemu-user`);
  return [emulator, "-L", `/usr/${machine}-linux-gnu`];
}

/**
 * @param {Target} target
 * @param {Variant} variant
 * @param {string[]} tests
 * @returns {Promise<string[]>} the programs
 */
async function buildPrograms(target, variant, tests) {
  const compiler = compilerFor(target);
  const buildDirectory = path.join(packageRoot, "build", "native-test", target.name, variant.name);
  const includeDirectory = path.join(sourceDirectory, "include");
  const { objects } = await compileObjects({
    compiler,
    flags: [
      ..."-std=gnu11 -g -fno-omit-frame-pointer -pthread -D_GNU_SOURCE".split(" "),
      "-D_FILE_OFFSET_BITS=64",
      ...variant.flags,
      ...warningFlags,
      ...[includeDirectory, sourceDirectory, testDirectory].map((directory) => `-I${directory}`),
      ...kernelHeaderFlags(target, buildDirectory),
    ],
    sources: [...coreSources(sourceDirectory, target), ...tests],
    headers: [sourceDirectory, includeDirectory, testDirectory].flatMap((directory) =>
      filesIn(directory, ".h"),
    ),
    objectDirectory: buildDirectory,
    force: false,
  });
  const coreObjects = objects.slice(0, objects.length - tests.length);
  const testObjects = objects.slice(objects.length - tests.length);
  return Promise.all(
    testObjects.map(async (object) => {
      const program = object.replace(/\.o$/, "");
      const flags = [...variant.flags, "-pthread", "-ldl"];
      await runCompiler([...compiler, object, ...coreObjects, ...flags, "-o", program]);
      return program;
    }),
  );
}

/**
 * @param {string} program
 * @param {Variant} variant
 * @param {Target} target
 * @returns {Promise<"passed" | "failed" | "skipped">}
 */
async function runProgram(program, variant, target) {
  const [command = program, ...args] = [...variant.launcher, program];
  const started = performance.now();
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...variant.environment },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const output = /** @type {Buffer[]} */ ([]);
  child.stdout.on("data", (piece) => output.push(piece));
  child.stderr.on("data", (piece) => output.push(piece));
  const ending = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const name = `${path.basename(program).replace(/^native-/, "")} (${variant.name}, ${seconds} s)`;
  if (ending === 0) {
    console.log(`ok ${name}`);
    return "passed";
  }
  // An emulated machine may lack what the real one has: there, and only there, CI lets it pass.
  const maySkip = process.env["TIDEMARK_REQUIRE"] !== "all" || target.name !== hostTarget().name;
  if (ending === skippedCode && maySkip) {
    console.log(`skipped ${name}: ${Buffer.concat(output).toString().trim()}`);
    return "skipped";
  }
  console.log(`not ok ${name}: ended with ${ending}`);
  fs.writeSync(process.stdout.fd, Buffer.concat(output));
  return "failed";
}
