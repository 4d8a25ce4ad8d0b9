// Input that changes while it is read.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { RecordReader } from "#tidemark/rows/record-reader.js";
import { LineScanner } from "#tidemark/rows/record-scanner.js";
import { RowSource } from "#tidemark/rows/row-source.js";

const options = {
  spoolFolder: temporaryFolder(),
  signal: new AbortController().signal,
  onSpooled: () => undefined,
};

test("a file that is cut off under its reader is told of, and ends nothing", async () => {
  const file = `${temporaryFolder()}/rows`;
  fs.writeFileSync(file, "{}\n".repeat(10_000_000));
  using source = await RowSource.open(file, options);
  const reader = new RecordReader(source, new LineScanner(), { maxRowByteLength: 100 });
  assert.ok(reader.next());
  source.check();
  fs.truncateSync(file, 4096);
  let count = 1;
  while (reader.next()) count++;
  assert.ok(count < 10_000_000);
  assert.throws(() => source.check(), {
    name: "CommandFailure",
    message: /rows could not be read to its end: /,
  });
});

test("a file that the system makes is read as it is", {
  skip: !fs.existsSync("/proc"),
}, async () => {
  using source = await RowSource.open("/proc/version", options);
  assert.equal(
    source.bytes(0, source.byteLength).toString(),
    fs.readFileSync("/proc/version", "utf8"),
  );
});
