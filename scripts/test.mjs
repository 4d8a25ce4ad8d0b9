// Runs the compiled tests of every package, and of the benchmarks, with node's own test runner.
//
//   test.mjs [WORD…]     only the files whose path below packages/ contains one of the words,
//                        as in: test.mjs core/mapping fault bench/
//
// TIDEMARK_TORTURE=short|long   how many rounds the long tests take (packages/testing)
// TIDEMARK_REQUIRE=all          a test that would skip for want of a tool fails instead

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));
const fileTimeoutMs = process.env["TIDEMARK_TORTURE"] === "long" ? 1_800_000 : 300_000;

const words = process.argv.slice(2);
const files = testFiles().filter((file) => {
  const subject = file
    .split(path.sep)
    .join("/")
    .replace(/^packages\/|(?:build|dist)\/test\//g, "");
  return words.length === 0 || words.some((word) => subject.includes(word));
});
if (files.length === 0) {
  console.error(`no compiled test matches ${words.join(" ") || "packages/*/build/test"}`);
  process.exit(1);
}

// What a killed test leaves behind goes with this folder.
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-test-"));
const [command = "", ...args] = [
  ...ownMountNamespace(),
  process.execPath,
  "--enable-source-maps",
  `--import=${new URL("blocking-output.mjs", import.meta.url)}`,
  "--test",
  "--test-reporter=spec",
  `--test-concurrency=${os.availableParallelism()}`,
  // Node 20 ends a file at this time, later ones a test: those would wait for ever for a file whose
  // tests are over while something in it is still open.
  `--test-timeout=${fileTimeoutMs}`,
  "--test-force-exit",
  ...files,
];
const result = spawnSync(command, args, {
  cwd: repository,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, TMPDIR: temporary },
});
fs.rmSync(temporary, { recursive: true, force: true });
if (result.error !== undefined) throw result.error;
process.exitCode = result.status ?? 1;

function testFiles() {
  const packages = path.join(repository, "packages");
  const folders = fs
    .readdirSync(packages)
    .map((name) => path.join("packages", name, "build", "test"));
  return [...folders, path.join("bench", "dist", "test")]
    .filter((directory) => fs.existsSync(path.join(repository, directory)))
    .flatMap((directory) => testFilesIn(directory))
    .sort();
}

/**
 * @param {string} directory from the repository's root
 * @returns {string[]}
 */
function testFilesIn(directory) {
  return fs
    .readdirSync(path.join(repository, directory), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) return testFilesIn(file);
      // A compiled test stays when its source goes: only what still has one is run.
      return entry.name.endsWith(".test.js") && fs.existsSync(sourceOf(file)) ? [file] : [];
    });
}

/** @param {string} file */
function sourceOf(file) {
  const source = file.replace(/(?:build|dist)(?=.test\b)./, "").replace(/\.js$/, ".ts");
  return path.join(repository, source);
}

/**
 * The file systems that tests mount live in a mount namespace of the run, so that even a killed run
 * leaves none mounted. Where that is not permitted, neither are mounts, and the tests say so.
 */
function ownMountNamespace() {
  const wrapper = ["unshare", "--mount", "--propagation", "private"];
  const [program = "", ...options] = wrapper;
  return spawnSync(program, [...options, "true"]).status === 0 ? wrapper : [];
}
