// The C++ compiler as an oracle: the same request for the same files.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { CompileResult } from "@tidemark/capnpc";
import { compile } from "@tidemark/capnpc";
import type { ObjectPointer } from "#capnpc/compile/object.js";
import { readRoot } from "#capnpc/compile/object-message.js";
import { nodeHost } from "#capnpc/node-host.js";

const mostOutput = 1 << 28;

export interface Compiled {
  /** Undefined if the files were refused. */
  readonly request: Uint8Array | undefined;
  /** What was reported, as lines that begin with `file:line:`. */
  readonly errors: string;
}

/** Compiles with the C++ compiler, in `folder`, which is in the import path. */
export function compileByOracle(folder: string, files: readonly string[]): Compiled {
  const args = ["compile", "-o-", "-I.", ...files];
  // It warns where the environment says otherwise than the system.
  // And it refuses layouts that its versions before 0.6 got wrong, unless told not to.
  const env = { ...process.env, PWD: folder, CAPNP_IGNORE_ISSUE_344: "1" };
  const result = spawnSync("capnp", args, { cwd: folder, env, maxBuffer: mostOutput });
  if (result.error !== undefined) throw result.error;
  const errors = result.stderr.toString();
  const accepted = result.status === 0 && result.stdout.length > 0;
  return { request: accepted ? result.stdout : undefined, errors };
}

/** Compiles with ours, as from within `folder`. */
export function compileByUs(folder: string, files: readonly string[]): CompileResult {
  const host = {
    readFile: (file: string) =>
      nodeHost.readFile(file.startsWith("/") ? file : path.join(folder, file)),
  };
  return compile(files, { host, importPath: [""] });
}

/** What is in a request, as the capnp tool shows it. */
export function decode(request: Uint8Array): string {
  const args = ["decode", "/usr/include/capnp/schema.capnp", "CodeGeneratorRequest"];
  const result = spawnSync("capnp", args, {
    input: request,
    maxBuffer: mostOutput,
    encoding: "utf8",
  });
  if (result.status !== 0) throw new Error(`capnp decode: ${result.stderr}`);
  return result.stdout;
}

/** Where two requests differ, also in what the capnp tool does not show; or undefined. */
export function difference(ours: Uint8Array, theirs: Uint8Array): string | undefined {
  const a = readRoot(ours);
  const b = readRoot(theirs);
  if (typeof a === "string" || typeof b === "string") return `unreadable: ${a} ${b}`;
  return differenceAt(a, b, "request");
}

function differenceAt(a: ObjectPointer, b: ObjectPointer, place: string): string | undefined {
  if (a === null || b === null) {
    return a === b ? undefined : `${place}: ${a === null ? "null" : "there"} here, not there`;
  }
  if (a.kind !== b.kind) return `${place}: ${a.kind} here, ${b.kind} there`;
  if (a.kind === "struct" && b.kind === "struct") {
    return (
      bytesDifference(a.data, b.data, place) ?? pointersDifference(a.pointers, b.pointers, place)
    );
  }
  if (a.kind === "scalars" && b.kind === "scalars") {
    if (a.elementSize !== b.elementSize || a.length !== b.length) {
      return `${place}: ${a.length} of size ${a.elementSize}, ${b.length} of ${b.elementSize}`;
    }
    return bytesDifference(a.data, b.data, place);
  }
  if (a.kind === "pointers" && b.kind === "pointers") {
    if (a.pointers.length !== b.pointers.length) return `${place}: lengths`;
    return pointersDifference(a.pointers, b.pointers, place);
  }
  if (a.kind !== "structs" || b.kind !== "structs") return undefined;
  if (a.structs.length !== b.structs.length) {
    return `${place}: ${a.structs.length} structs here, ${b.structs.length} there`;
  }
  return pointersDifference(a.structs, b.structs, place);
}

function pointersDifference(
  a: readonly ObjectPointer[],
  b: readonly ObjectPointer[],
  place: string,
): string | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const found = differenceAt(a[i] ?? null, b[i] ?? null, `${place}.${i}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

// What is not there is zero.
function bytesDifference(a: Uint8Array, b: Uint8Array, place: string): string | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return `${place}: byte ${i}: ${a[i]} here, ${b[i]} there`;
  }
  return undefined;
}

/** Writes files into `folder`. */
export function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly text: string | Uint8Array }[],
): void {
  for (const { name, text } of files) fs.writeFileSync(path.join(folder, name), text);
}
