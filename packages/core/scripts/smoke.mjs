// A few seconds of the built package's main work, with nothing but node: for machines that are
// emulated, or that cannot run the whole test suite.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { GrowingFile, Mapping, pageSize } from "../dist/index.js";

const mebibyte = 1 << 20;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-smoke-"));
try {
  const name = path.join(folder, "grown");
  const file = GrowingFile.create(name, { maxByteLength: 64 * mebibyte });
  const words = new Uint32Array(file.buffer);
  const count = (8 * mebibyte) / words.BYTES_PER_ELEMENT;
  for (let index = 0; index < count; index++) words[index] = index + 1;
  file.close({ byteLength: count * words.BYTES_PER_ELEMENT });

  const bytes = fs.readFileSync(name);
  assert.equal(bytes.length, 8 * mebibyte);
  const written = new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  assert.ok(written.every((word, index) => word === index + 1));

  const mapping = Mapping.openFile(name, { access: "read" });
  const buffer = mapping.buffer;
  assert.deepEqual(Buffer.from(buffer, 0, pageSize), bytes.subarray(0, pageSize));
  mapping.close();
  assert.equal(buffer.byteLength, 0);
} finally {
  fs.rmSync(folder, { recursive: true });
}
console.log(`smoke: ${process.platform}-${process.arch} ${process.version}, pages of ${pageSize}`);
