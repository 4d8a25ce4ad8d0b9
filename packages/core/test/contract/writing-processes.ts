// Processes that fill one file together, each every n-th page, all at once.

import { startChild } from "@tidemark/testing/child.js";
import type { ProcessTask } from "./growth-process.js";

export class WritingProcesses {
  readonly #children: readonly ReturnType<typeof startChild>[];

  constructor(count: number) {
    const module = new URL("./growth-process.js", import.meta.url);
    this.#children = Array.from({ length: count }, () => {
      return startChild(module, { timeoutMs: 280_000 });
    });
  }

  /** Has them fill a file that exists; each opens and closes it. The last to close trims it. */
  async fill(file: Omit<ProcessTask, "writer" | "writerCount">): Promise<void> {
    const writerCount = this.#children.length;
    for (const [writer, child] of this.#children.entries()) {
      child.send(JSON.stringify({ ...file, writer, writerCount }));
    }
    await this.#all(`open ${file.round}`);
    for (const child of this.#children) child.send("go");
    await this.#all(`closed ${file.round}`);
  }

  /** Gives how each ended: exit codes. */
  async end(): Promise<(number | null)[]> {
    for (const child of this.#children) child.process.stdin.end();
    const results = await Promise.all(this.#children.map((child) => child.finished));
    return results.map((result) => result.code);
  }

  async #all(line: string): Promise<void> {
    await Promise.all(this.#children.map((child) => child.line(line)));
  }
}
