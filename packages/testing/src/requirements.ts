// What a test needs of the machine beyond Node.js. For a test that cannot run everywhere:
//
//   test("…", { skip: requires("mount:xfs") }, …)
//
// With TIDEMARK_REQUIRE=all nothing may be skipped silently: a missing requirement throws.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export type Requirement =
  | "linux"
  | "root"
  | "compiler"
  | "capnp"
  | "libcapnp"
  | "prlimit"
  | "strace"
  | "spin"
  | "bash"
  | "zsh"
  | "fuse"
  | "mount:tmpfs"
  | "mount:ext4"
  | "mount:xfs"
  | "mount:btrfs";

/** False when all are met, else why not: what `skip` takes. */
export function requires(...requirements: readonly Requirement[]): string | false {
  for (const requirement of requirements) {
    const missing = missingFor(requirement);
    if (missing === undefined) continue;
    if (process.env["TIDEMARK_REQUIRE"] === "all") {
      throw new Error(`TIDEMARK_REQUIRE=all, but ${missing}`);
    }
    return missing;
  }
  return false;
}

const answers = new Map<Requirement, string | undefined>();

function missingFor(requirement: Requirement): string | undefined {
  if (!answers.has(requirement)) answers.set(requirement, probe(requirement));
  return answers.get(requirement);
}

function probe(requirement: Requirement): string | undefined {
  switch (requirement) {
    case "linux":
      return process.platform === "linux" ? undefined : "this is not Linux";
    case "root":
      return process.geteuid?.() === 0 ? undefined : "this needs root";
    case "compiler":
      return missingCommand(process.env["CC"]?.split(" ")[0] ?? "cc", "a C compiler");
    case "capnp":
      return missingCommand("capnp", "Cap'n Proto's own compiler");
    case "libcapnp":
      return missingCpp();
    case "prlimit":
    case "strace":
    case "spin":
    case "bash":
    case "zsh":
      return missingCommand(requirement, requirement);
    case "fuse":
      return missingFuse();
    case "mount:tmpfs":
      return missingMount();
    case "mount:ext4":
    case "mount:xfs":
    case "mount:btrfs":
      return missingMount() ?? missingImage(requirement.slice("mount:".length));
  }
}

function missingCommand(command: string, meaning: string): string | undefined {
  // One that does not know the option answers with its usage: it is there all the same.
  const found = spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
  return found ? undefined : `${meaning} is needed (no ${command} in PATH)`;
}

// The C++ library has no command of its own: its header is looked for by the compiler.
function missingCpp(): string | undefined {
  const compiler = process.env["CXX"] ?? "g++";
  const args = ["-fsyntax-only", "-x", "c++", "-"];
  const found = spawnSync(compiler, args, { input: "#include <capnp/common.h>\n" });
  if (found.error !== undefined) return `a C++ compiler is needed (no ${compiler} in PATH)`;
  return found.status === 0 ? undefined : "the headers of libcapnp are needed";
}

// Tests speak its protocol themselves: no library is needed.
function missingFuse(): string | undefined {
  return fs.existsSync("/dev/fuse") ? missingMount() : "there is no /dev/fuse";
}

// Root in a container is often not permitted to mount, so it is tried.
function missingMount(): string | undefined {
  if (process.platform !== "linux") return "mounting is done on Linux only";
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-probe-"));
  try {
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", place]);
    if (mounted.status !== 0) return "mounting a file system is not permitted";
    spawnSync("umount", ["--lazy", place]);
    return undefined;
  } finally {
    fs.rmdirSync(place);
  }
}

function missingImage(fileSystem: string): string | undefined {
  if (!fs.existsSync("/dev/loop-control")) return "there are no loop devices";
  return missingCommand(`mkfs.${fileSystem}`, `formatting ${fileSystem}`);
}
