// A process that writes its part of growing files: one file for each line of JSON it is sent.

import readline from "node:readline";
import { GrowingFile, type GrowthSteps, type GrowthStrategy } from "@tidemark/core";
import { type InterleavedPart, writePart } from "./interleaved-pages.js";

/** Sent as the first of two lines; at the second one, whatever it says, the writing begins. */
export interface ProcessTask extends InterleavedPart {
  readonly path: string;
  readonly strategy: GrowthStrategy;
  readonly maxByteLength: number;
  /** How far the file grows at a time. Short steps make those who grow it meet often. */
  readonly growth: GrowthSteps;
  /** Bytes to ensure before writing. */
  readonly ensured: number;
}

let opened: { readonly file: GrowingFile; readonly task: ProcessTask } | undefined;

for await (const line of readline.createInterface({ input: process.stdin })) {
  if (opened === undefined) {
    const task = JSON.parse(line) as ProcessTask;
    const { path, strategy, maxByteLength, growth } = task;
    opened = { file: GrowingFile.open(path, { strategy, maxByteLength, growth }), task };
    process.stdout.write(`open ${task.round}\n`);
  } else {
    const { file, task } = opened;
    file.ensure(task.ensured);
    writePart(file.bytes(), task);
    file.close();
    opened = undefined;
    process.stdout.write(`closed ${task.round}\n`);
  }
}
