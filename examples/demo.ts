// Writes a file whose length is not known beforehand, at the speed of memory.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { GrowingFile } from "@tidemark/core";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-demo-"));
const name = path.join(folder, "squares");
const file = GrowingFile.create(name, { maxByteLength: 1 << 30 });
const squares = new Float64Array(file.buffer);
let count = 0;
for (; count < 1_000_000; count++) squares[count] = count * count;
file.close({ byteLength: count * squares.BYTES_PER_ELEMENT });

console.log(`${name}: ${fs.statSync(name).size} bytes`);
if (fs.statSync(name).size !== 8_000_000) process.exitCode = 1;
fs.rmSync(folder, { recursive: true });
