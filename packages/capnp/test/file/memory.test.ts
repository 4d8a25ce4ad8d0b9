// A message larger than the heap that builds it.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageFile } from "@tidemark/capnp/file";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { Chain } from "../schemas/chain.js";

const byteLength = rounds({ short: 2 ** 28, long: 6 * 2 ** 30 });
const blobByteLength = 2 ** 20 - 24;

test(`a message of ${byteLength} bytes takes neither heap nor external memory`, async () => {
  const file = temporaryPath();
  const count = Math.ceil(byteLength / blobByteLength);
  const result = await runChild(new URL("./memory-builder.js", import.meta.url), {
    args: [file, String(count), String(blobByteLength)],
    execArgv: ["--max-old-space-size=64", "--expose-gc"],
    timeoutMs: 240_000,
  });
  assert.equal(result.code, 0, result.stderr);
  const { heapGrowth, externalGrowth } = result.json;
  assert.ok(heapGrowth < 8 * 2 ** 20, `the heap grew by ${heapGrowth} bytes`);
  assert.ok(externalGrowth < 8 * 2 ** 20, `external memory grew by ${externalGrowth} bytes`);
  assert.ok(fs.statSync(file).size >= byteLength);
  using reader = MessageFile.open(file);
  const blobs = reader.getRoot(Chain).blobs;
  assert.equal(blobs.length, count);
  for (let index = 0; index < count; index += 37) {
    const blob = blobs.get(index);
    assert.deepEqual([blob.length, blob[0], blob.at(-1)], [blobByteLength, index & 255, 7]);
  }
});
