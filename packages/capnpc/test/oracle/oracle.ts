// Cap'n Proto's own C++ library as a process that is asked (conformance/oracle/oracle.cc).

import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

/** A whole message with its table, packed or not. */
export type MessageFormat = "flat" | "packed";

/** How C++ reads it: `segment` is one segment without a table. */
export type ReadingWay = MessageFormat | "stream" | "segment";

interface Waiting {
  resolve(answer: Buffer): void;
  reject(reason: Error): void;
}

/** What C++ says; its own refusals come as errors with its words. */
export class OracleError extends Error {}

/** Speaks of the types of one request. End it with `using`. */
export class Oracle implements Disposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);

  constructor(request: Uint8Array) {
    const file = temporaryPath("request");
    fs.writeFileSync(file, request);
    this.#process = spawn(oracleProgram(), [file], { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdin.on("error", () => undefined);
    this.#process.stdout.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      while (this.#answerNext()) {}
    });
    this.#process.on("close", (code, signal) => {
      for (const { reject } of this.#waiting) reject(new Error(`C++ ended: ${code ?? signal}`));
    });
  }

  /** A message built in the order of the tree, in segments of `segmentWords` words. */
  async build(type: string, tree: unknown, format: MessageFormat = "flat", segmentWords = 1 << 20) {
    const payload = Buffer.from(JSON.stringify(tree, (_, value) => escaped(value)));
    return await this.#ask(`build ${type} ${format} ${segmentWords}`, payload);
  }

  /** Its text, as `capnp decode --short` prints it. */
  async read(type: string, how: ReadingWay, message: Uint8Array): Promise<string> {
    return (await this.#ask(`read ${type} ${how}`, message)).toString();
  }

  async tree(type: string, how: ReadingWay, message: Uint8Array): Promise<unknown> {
    return JSON.parse((await this.#ask(`tree ${type} ${how}`, message)).toString());
  }

  /** The canonical form, one segment without a table, of a flat message. */
  async canonical(type: string, message: Uint8Array): Promise<Uint8Array> {
    return await this.#ask(`canonical ${type}`, message);
  }

  async isCanonical(type: string, segment: Uint8Array): Promise<boolean> {
    return (await this.#ask(`is-canonical ${type}`, segment)).toString() === "true";
  }

  [Symbol.dispose](): void {
    this.#process.stdin.end();
  }

  #ask(question: string, payload: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${question} ${payload.length}\n`);
      this.#process.stdin.write(payload);
    });
  }

  #answerNext(): boolean {
    const end = this.#received.indexOf("\n");
    if (end < 0) return false;
    const [kind, length] = this.#received.toString("latin1", 0, end).split(" ");
    const last = end + 1 + Number(length);
    if (this.#received.length < last) return false;
    const payload = this.#received.subarray(end + 1, last);
    this.#received = this.#received.subarray(last);
    const waiting = this.#waiting.shift();
    if (kind === "ok") waiting?.resolve(payload);
    else waiting?.reject(new OracleError(payload.toString()));
    return true;
  }
}

function escaped(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.replace(/[%\p{Cc}]/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x80 ? `%${code.toString(16).padStart(2, "0")}` : character;
  });
}

let program: string | undefined;

/** Compiled once for each text of its source, and kept in the package's build folder. */
function oracleProgram(): string {
  program ??= compileOracle();
  return program;
}

function compileOracle(): string {
  const folder = path.join(repositoryRoot, "conformance", "oracle");
  const sources = ["oracle.cc", "tree.cc", "tree.h"].map((name) => path.join(folder, name));
  const hash = createHash("sha256");
  for (const source of sources) hash.update(fs.readFileSync(source));
  const name = `oracle-${hash.digest("hex").slice(0, 16)}`;
  const target = path.join(repositoryRoot, "packages", "capnpc", "build", name);
  if (fs.existsSync(target)) return target;
  // Several test files may come here at once: each compiles its own, and the last one stays.
  const own = `${target}.${process.pid}`;
  const compiled = spawnSync(
    process.env["CXX"] ?? "g++",
    ["-std=c++14", "-O1", "-o", own, ...sources.slice(0, 2), ...libraries],
    { encoding: "utf8" },
  );
  if (compiled.status !== 0) throw new Error(`the oracle does not compile:\n${compiled.stderr}`);
  fs.renameSync(own, target);
  return target;
}

const libraries = ["-lcapnp-json", "-lcapnp", "-lkj"];

export const schemaFolder: string = path.join(repositoryRoot, "conformance", "schemas");

/** What the `capnp` tool makes of schema files: the bytes of a CodeGeneratorRequest. */
export function compileSchemas(files: readonly string[], options: readonly string[] = []): Buffer {
  return runTool(["compile", "-o-", ...options, ...files]);
}

/** What the `capnp` tool writes; it runs in the folder of the schemas. */
export function runTool(args: readonly string[], input: Uint8Array = Buffer.alloc(0)): Buffer {
  const { status, stdout, stderr } = spawnSync("capnp", args, {
    cwd: schemaFolder,
    env: { ...process.env, PWD: schemaFolder },
    input,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`capnp ${args.join(" ")}: ${stderr}`);
  return stdout;
}
