// Makes a file to be read by others, by write(2) or by growing: the page cache then holds it in
// pages of different sizes.

import fs from "node:fs";
import { GrowingFile } from "@tidemark/core";
import { drive } from "../driver.js";
import { checkFile, fill } from "../pattern.js";
import { mebibyte } from "../sample.js";

interface MakeFile {
  readonly file: string;
  readonly byteLength: number;
  readonly how: "write" | "grow";
}

await drive(({ file, byteLength, how }: MakeFile) => {
  if (how === "grow") grow(file, byteLength);
  else write(file, byteLength);
  checkFile(file, byteLength);
  return { metrics: {} };
});

function grow(path: string, byteLength: number): void {
  const maxByteLength = byteLength * 1.5;
  const file = GrowingFile.create(path, { maxByteLength, overwrite: true });
  fill(new Float64Array(file.buffer), byteLength / 8, 0);
  file.close({ byteLength });
}

function write(path: string, byteLength: number): void {
  const fd = fs.openSync(path, "w", 0o600);
  const block = new Float64Array(mebibyte / 8);
  for (let position = 0; position < byteLength; position += mebibyte) {
    fill(block, block.length, position / 8);
    fs.writeSync(fd, block);
  }
  fs.closeSync(fd);
}
