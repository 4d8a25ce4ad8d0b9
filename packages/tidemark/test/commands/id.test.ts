import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { tidemark } from "../running.js";

test("ids are given out in order, from the number that was asked for", () => {
  const file = temporaryPath();
  assert.deepEqual(tidemark("id", "init", file, "--start", "1000"), {
    status: 0,
    stdout: "",
    stderr: "",
  });
  assert.equal(tidemark("id", "next", file).stdout, "1000\n");
  assert.equal(tidemark("id", "next", file, "--count", "3").stdout, "1001\n1002\n1003\n");
  assert.deepEqual(JSON.parse(tidemark("id", "next", file, "--json").stdout), {
    file,
    first: 1004,
    count: 1,
  });
  const again = tidemark("id", "init", file);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /is there already/);
  assert.equal(tidemark("id", "next", file).stdout, "1005\n");
});

test("callers at once never get the same id", async () => {
  const file = temporaryPath();
  tidemark("id", "init", file);
  const program = path.join(packageRoot, "dist", "command", "main.js");
  const callers = Array.from({ length: 6 }, () => {
    const args = [program, "id", "next", file, "--count", "500"];
    return text(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }).stdout);
  });
  const ids = (await Promise.all(callers)).flatMap((output) => output.trim().split("\n"));
  assert.equal(new Set(ids).size, 3000);
  assert.equal(Math.max(...ids.map(Number)), 3000);
});

const foreign: Readonly<Record<string, { bytes: (good: Buffer) => Buffer; says: RegExp }>> = {
  "an empty file": { bytes: () => Buffer.alloc(0), says: /has 0 bytes, not 128/ },
  "a file of text": { bytes: () => Buffer.alloc(128, "text"), says: /begins with "texttext"/ },
  "a file of zeros": { bytes: () => Buffer.alloc(128), says: /is no file of ids/ },
  "another version": {
    bytes: (good) => {
      good.writeUInt32LE(2, 8);
      return good;
    },
    says: /version 2, this program knows version 1/,
  },
};

for (const [what, { bytes, says }] of Object.entries(foreign)) {
  test(`${what} is no file of ids, and stays as it is`, () => {
    const file = temporaryPath();
    tidemark("id", "init", file);
    const content = bytes(fs.readFileSync(file));
    fs.writeFileSync(file, content);
    const { status, stdout, stderr } = tidemark("id", "next", file);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, says);
    assert.deepEqual(fs.readFileSync(file), content);
  });
}
