// A reporter of node's test runner: a line for each file of tests that told of all its tests. A
// forced exit may cut off what a file has to say, and the runner then counts what it heard.

import path from "node:path";

/** @param {AsyncIterable<{ type: string, data: any }>} events */
// biome-ignore lint/style/noDefaultExport: what the runner calls.
export default async function* finishedFiles(events) {
  /** Files of which at least one test was heard, and those that came to their summary. */
  const heard = new Set();
  const summed = new Set();
  for await (const { type, data } of events) {
    if (data?.file === undefined) continue;
    if (type === "test:summary") summed.add(data.file);
    // A file without tests passes for a test of its own name.
    const isTest = type === "test:pass" || type === "test:fail";
    if (isTest && path.resolve(data.name) !== data.file) heard.add(data.file);
  }
  // Node 20 has no summaries of files.
  for (const file of heard) if (summed.size === 0 || summed.has(file)) yield `${file}\n`;
}
