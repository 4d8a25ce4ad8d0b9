// What a user gets: the packed package, installed where there is no compiler, runs the README's
// example; and where no prebuilt addon fits, the error says what to do, and doing it works.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { packageRoot, repositoryRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";

const tarballs: string[] = [];

/** A folder with node and npm in it, and nothing else. */
let bin: string | undefined;

before(() => {
  const folder = temporaryFolder();
  // The dependency's tarball is made from what is installed here, so that no network is needed.
  const dependency = path.join(repositoryRoot, "node_modules", "node-api-headers");
  for (const source of [packageRoot, dependency]) {
    const packed = expectSuccess(
      npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder, source], folder),
    );
    for (const { filename } of JSON.parse(packed.stdout) as { filename: string }[]) {
      tarballs.push(path.join(folder, filename));
    }
  }
});

test("the package holds what it needs and nothing of the workshop", () => {
  const files = packedFiles();
  for (const needed of [
    "dist/index.js",
    "dist/index.d.ts",
    "native/include/tidemark.h",
    "prebuilds/",
    "scripts/build-native.mjs",
    "LICENSE",
  ]) {
    assert.ok(
      files.some((file) => file.startsWith(needed)),
      `${needed} is missing from:\n${files.join("\n")}`,
    );
  }
  const strays = files.filter((file) => /^(src|test|build|node_modules)\/|tsbuildinfo/.test(file));
  assert.deepEqual(strays, []);
  const manifest = JSON.parse(fs.readFileSync(path.join(packageRoot, "package.json"), "utf8"));
  assert.deepEqual(
    Object.keys(manifest.scripts ?? {}).filter((name) => /install|prepare/.test(name)),
    [],
  );
});

test("the README's example runs in an empty folder, without scripts or compiler", () => {
  const folder = installed();
  fs.writeFileSync(path.join(folder, "example.mjs"), readmeExample());
  const result = runNode(["example.mjs"], folder);
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stderr, "");
});

test("without a prebuilt addon the error tells what to run, and running it helps", {
  skip: requires("compiler"),
}, () => {
  const folder = installed();
  const core = path.join(folder, "node_modules", "@tidemark", "core");
  fs.rmSync(path.join(core, "prebuilds"), { recursive: true });
  fs.writeFileSync(
    path.join(folder, "open.mjs"),
    `try {
       const { Mapping } = await import("@tidemark/core");
       Mapping.anonymous(4096, { sharing: "private" }).close();
       console.log(JSON.stringify({ opened: true }));
     } catch (error) {
       console.log(JSON.stringify({ code: error.code, message: error.message }));
     }`,
  );

  const missing = JSON.parse(expectSuccess(runNode(["open.mjs"], folder)).stdout);
  assert.equal(missing.code, "ERR_TIDEMARK_NATIVE_MISSING");
  assert.match(missing.message, /npx tidemark-build-native/);

  // As npx runs it, with the compiler back in PATH.
  const command = path.join(folder, "node_modules", ".bin", "tidemark-build-native");
  expectSuccess(spawnSync(command, [], { cwd: folder, encoding: "utf8" }));
  const present = JSON.parse(expectSuccess(runNode(["open.mjs"], folder)).stdout);
  assert.deepEqual(present, { opened: true });
});

test("a source build without a compiler fails with one line that says so", () => {
  const folder = installed();
  const command = path.join(folder, "node_modules", ".bin", "tidemark-build-native");
  const result = spawnSync(command, [], {
    cwd: folder,
    encoding: "utf8",
    env: { ...bareEnvironment(), CC: "" },
  });
  assert.equal(result.status, 1);
  assert.match(result.stderr, /^tidemark-build-native: no C compiler .*\n$/);
});

/** A new folder with the package installed in it, as by a user who allows no install scripts. */
function installed(): string {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, "package.json"), `{ "private": true, "type": "module" }`);
  expectSuccess(npm(["install", "--ignore-scripts", "--offline", ...tarballs], folder));
  return folder;
}

/** The first block of code below the heading "Example". */
function readmeExample(): string {
  const readme = fs.readFileSync(path.join(repositoryRoot, "README.md"), "utf8");
  const [, section] = readme.split(/^#+ Example$/m);
  const code = /^```(?:ts|js|typescript|javascript)\n(.*?)^```$/ms.exec(section ?? "")?.[1];
  assert.ok(code, "README.md has no block of code under a heading named Example");
  return code;
}

function packedFiles(): string[] {
  const tarball = tarballs[0] ?? "";
  const { stdout } = expectSuccess(spawnSync("tar", ["-tzf", tarball], { encoding: "utf8" }));
  return stdout
    .trim()
    .split("\n")
    .map((file) => file.replace("package/", ""));
}

function npm(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(path.join(bareBin(), "npm"), args, {
    cwd,
    encoding: "utf8",
    env: bareEnvironment(),
  });
}

function runNode(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8", env: bareEnvironment() });
}

/** Only what a fresh shell would have, and a PATH with node and npm but no compiler. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: bareBin(), HOME: process.env["HOME"], TMPDIR: process.env["TMPDIR"] };
}

function bareBin(): string {
  if (bin === undefined) {
    bin = temporaryFolder();
    fs.symlinkSync(process.execPath, path.join(bin, "node"));
    fs.symlinkSync(fs.realpathSync(inPath("npm")), path.join(bin, "npm"));
  }
  return bin;
}

function inPath(command: string): string {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const folder = folders.find((place) => fs.existsSync(path.join(place, command)));
  assert.ok(folder, `${command} is not in PATH`);
  return path.join(folder, command);
}

function expectSuccess(result: SpawnSyncReturns<string>): SpawnSyncReturns<string> {
  assert.equal(result.error, undefined);
  assert.equal(result.status, 0, `${result.stdout}\n${result.stderr}`);
  return result;
}
