// Runs a module in a fresh process of the same node, for tests of how a process ends.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { packageRoot } from "./locations.js";
import { threadsOf } from "./process-threads.js";

export interface ChildOptions {
  /** Found in process.argv from index 2 on. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
  /** After this the child is killed, and `timedOut` tells. */
  readonly timeoutMs?: number;
  /** Limits by prlimit's names, as { as: bytes, fsize: bytes, memlock: bytes, nofile: count }. */
  readonly prlimit?: Readonly<Record<string, number>>;
  /**
   * Run as this user and group (root and Linux only), without root's powers but for reading: so
   * that it reaches node and this package wherever they are.
   */
  readonly uid?: number;
  readonly cwd?: string;
  /** A command that runs it, as ["strace", "-f"]. */
  readonly under?: readonly string[];
}

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, parsed; throws with everything the child said if that is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what its own child prints.
  readonly json: any;
}

/**
 * Runs `source` (the text of a module, which may import "#core/…", or the URL of one) to its end.
 */
export function runChild(source: string | URL, options: ChildOptions = {}): Promise<ChildResult> {
  const child = startChild(source, options);
  child.process.stdin.end();
  return child.finished;
}

/** Like runChild, for a child that is watched, told things, or killed on its way. */
export function startChild(source: string | URL, options: ChildOptions = {}): Child {
  return new Child(source, options);
}

export class Child {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly finished: Promise<ChildResult>;
  #stdout = "";
  #stderr = "";
  #timedOut = false;

  constructor(source: string | URL, options: ChildOptions) {
    const module = typeof source === "string" ? writeModule(source) : fileURLToPath(source);
    const [command = process.execPath, ...args] = [
      ...limitingCommand(options.prlimit),
      ...userCommand(options.uid),
      ...(options.under ?? []),
      process.execPath,
      ...(options.execArgv ?? []),
      module,
      ...(options.args ?? []),
    ];
    this.process = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: options.cwd,
      env: { ...environment(), ...options.env },
    });
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    // A child that ends without reading what it was sent is no error of ours.
    this.process.stdin.on("error", () => undefined);
    this.finished = this.#finish(options.timeoutMs ?? 60_000).finally(() => {
      if (typeof source === "string") fs.rmSync(module, { force: true });
    });
  }

  /** Waits until the child has printed a line that matches; gives it. Rejects if it ends first. */
  line(pattern: RegExp | string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const complete = this.#stdout.split("\n").slice(0, -1);
        const found = complete.find((line) => {
          return typeof pattern === "string" ? line === pattern : pattern.test(line);
        });
        if (found === undefined) return;
        this.process.stdout.off("data", look);
        resolve(found);
      };
      this.process.stdout.on("data", look);
      look();
      this.finished.then(
        (result) => reject(new Error(`no line ${pattern}: ${told(result)}`)),
        reject,
      );
    });
  }

  /** Writes one line to the child's standard input. */
  send(line: string): void {
    this.process.stdin.write(`${line}\n`);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ChildResult> {
    this.process.kill(signal);
    return this.finished;
  }

  #finish(timeoutMs: number): Promise<ChildResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#timedOut = true;
        const { pid } = this.process;
        if (pid !== undefined) this.#stderr += `\n--- at its limit\n${threadsOf(pid)}\n`;
        this.process.kill("SIGKILL");
      }, timeoutMs);
      this.process.on("error", reject);
      this.process.on("close", (code, signal) => {
        clearTimeout(timer);
        resolve(new Result(code, signal, this.#timedOut, this.#stdout, this.#stderr));
      });
    });
  }
}

class Result implements ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    code: number | null,
    signal: NodeJS.Signals | null,
    timedOut: boolean,
    stdout: string,
    stderr: string,
  ) {
    this.code = code;
    this.signal = signal;
    this.timedOut = timedOut;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  // biome-ignore lint/suspicious/noExplicitAny: see ChildResult.
  get json(): any {
    const last = this.stdout.trimEnd().split("\n").at(-1) ?? "";
    try {
      return JSON.parse(last);
    } catch (cause) {
      throw new Error(`the child did not end with a line of JSON: ${told(this)}`, { cause });
    }
  }
}

function told(result: ChildResult): string {
  const ending = result.timedOut ? "timed out" : `ended with ${result.signal ?? result.code}`;
  return `${ending}\n--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}`;
}

let moduleCount = 0;

// In the package's folder, so that "#core/…" is found from there as from any test.
function writeModule(source: string): string {
  const folder = path.join(packageRoot, "build", "children");
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${process.pid}-${moduleCount++}.mjs`);
  fs.writeFileSync(file, source);
  return file;
}

function limitingCommand(limits: ChildOptions["prlimit"]): string[] {
  if (limits === undefined) return [];
  return ["prlimit", ...Object.entries(limits).map(([name, value]) => `--${name}=${value}`)];
}

function userCommand(uid: number | undefined): string[] {
  if (uid === undefined) return [];
  const kept = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  return ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", ...kept];
}

// Under the test runner a child would report to it in its own format, and not run as a program.
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  return rest;
}
