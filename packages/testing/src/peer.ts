// A second process that does what it is told, one function at a time: for what two processes see.

import readline from "node:readline";
import { type Child, type ChildOptions, type ChildResult, startChild } from "./child.js";

/** What a peer's functions get: kept between calls is only what they put into `kept`. */
export interface PeerTools {
  readonly fs: typeof import("node:fs");
  readonly core: typeof import("@tidemark/core");
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it keeps there.
  readonly kept: Record<string, any>;
}

export type PeerFunction<A, R> = (tools: PeerTools, argument: A) => R | Promise<R>;

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

const source = `
  import fs from "node:fs";
  import readline from "node:readline";
  import * as core from "@tidemark/core";
  const tools = { fs, core, kept: {} };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { text, argument } = JSON.parse(line);
    const answer = {};
    try {
      answer.result = await (0, eval)("(" + text + ")")(tools, argument);
    } catch (error) {
      answer.error = { code: error.code, message: error.message };
    }
    console.log(JSON.stringify(answer));
  }`;

/** A process with this package loaded. End it with `using`, or `end`. */
export class Peer implements Disposable {
  readonly #child: Child;
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor(options: ChildOptions = {}) {
    this.#child = startChild(source, options);
    const lines = readline.createInterface({ input: this.#child.process.stdout });
    // It does one thing after the other, so the answers come in the order of the calls.
    lines.on("line", (line) => this.#waiting.shift()?.(JSON.parse(line)));
    lines.on("close", () => {
      for (const answer of this.#waiting) answer({ error: { message: "the peer has ended" } });
    });
  }

  get pid(): number {
    return this.#child.process.pid as number;
  }

  /** Runs `run` there. It is sent as text: it can use its arguments only, and not `using`. */
  async call<A, R>(run: PeerFunction<A, R>, argument?: A): Promise<R> {
    const answered = new Promise<Answer>((resolve) => this.#waiting.push(resolve));
    this.#child.send(JSON.stringify({ text: run.toString(), argument }));
    const { result, error } = await answered;
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code });
    return result as R;
  }

  /** Lets it end by itself. */
  end(): Promise<ChildResult> {
    this.#child.process.stdin.end();
    return this.#child.finished;
  }

  [Symbol.dispose](): void {
    this.#child.process.kill("SIGKILL");
  }
}
