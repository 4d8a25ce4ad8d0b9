// Standard output: written at once, whatever it is.

import fs from "node:fs";

/** Bytes of text that are gathered before they are written. */
const batchByteLength = 2 ** 16;

let gathered: string[] = [];
let gatheredByteLength = 0;

/** Prints one line. Lines are written in batches: end with {@link flushOutput}. */
export function print(line: string): void {
  gathered.push(line, "\n");
  gatheredByteLength += line.length + 1;
  if (gatheredByteLength >= batchByteLength) flushOutput();
}

/** Prints a value as JSON, indented. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
  flushOutput();
}

/** Writes what was printed. */
export function flushOutput(): void {
  const text = gathered.join("");
  gathered = [];
  gatheredByteLength = 0;
  writeAll(Buffer.from(text));
}

/** Writes bytes, all of them: a pipe may take some at a time, or none for a while. */
export function writeAll(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(1, bytes, at, bytes.length - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(nobody, 0, 0, 1);
    }
  }
}

/** What one sleeps on who is woken by time alone. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** As in "1.5 GiB". */
export function sizeText(byteLength: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let size = byteLength;
  let index = 0;
  while (size >= 1024 && index < units.length - 1) {
    size /= 1024;
    index++;
  }
  const digits = index === 0 || size >= 100 ? 0 : 1;
  return `${size.toFixed(digits)} ${units[index]}`;
}

/** Rows of two columns, the first as wide as its longest cell. */
export function printFacts(facts: readonly (readonly [string, string])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) print(`${name.padEnd(width)}  ${value}`);
  flushOutput();
}
