// The commands about any file: copy, find, peek, poke, info, trim.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { GrowingFile } from "@tidemark/core";
import { runChild } from "@tidemark/testing/child.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { fillShop, messageOf } from "../messages/made-messages.js";
import { inShell, tidemark } from "../running.js";

function fileOf(content: string | Uint8Array): string {
  const file = temporaryPath();
  fs.writeFileSync(file, content);
  return file;
}

test("copy writes a file to standard output, whatever takes it", () => {
  const content = Buffer.alloc(5_000_000, "0123456789");
  const file = fileOf(content);
  const sum = createHash("sha256").update(content).digest("hex");
  assert.ok(inShell(`$TIDEMARK copy ${file} | sha256sum`).stdout.startsWith(sum));
  const head = inShell(`$TIDEMARK copy ${file} | head -c 5; echo "($?)"`);
  assert.deepEqual([head.stdout, head.stderr], ["01234(0)\n", ""]);
  assert.deepEqual(tidemark("copy", fileOf("")), { status: 0, stdout: "", stderr: "" });
});

test("find prints the offset of each match, also of overlapping ones", () => {
  const file = fileOf("aXaaa-needle-aa");
  assert.deepEqual(tidemark("find", "aa", file).stdout.split("\n"), ["2", "3", "13", ""]);
  assert.equal(tidemark("find", "aa", file, "--count").stdout, "3\n");
  assert.equal(tidemark("find", "aa", file, "--limit", "1").stdout, "2\n");
  assert.equal(tidemark("find", "--hex", "6e656564", file).stdout, "6\n");
  assert.deepEqual(JSON.parse(tidemark("find", "needle", file, "--json").stdout), {
    file,
    count: 1,
    offsets: [6],
  });
});

test("find ends with 1 where nothing is found, with 2 where nothing is looked for", () => {
  const file = fileOf("some text");
  assert.deepEqual(tidemark("find", "other", file), { status: 1, stdout: "", stderr: "" });
  assert.equal(tidemark("find", "x", fileOf("")).status, 1);
  assert.equal(tidemark("find", "", file).status, 2);
  assert.equal(tidemark("find", "--hex", "6g", file).status, 2);
});

test("find finds what lies across the pieces in which a long file is searched", () => {
  const file = fileOf("");
  // Sparse: only the pages of the matches are there.
  const fd = fs.openSync(file, "r+");
  for (const offset of [2 ** 30 - 3, 2 ** 31 - 1, 2 ** 32 + 5]) fs.writeSync(fd, "match", offset);
  fs.ftruncateSync(fd, 2 ** 32 + 2 ** 20);
  fs.closeSync(fd);
  const { stdout } = tidemark("find", "match", file);
  assert.equal(stdout, `${2 ** 30 - 3}\n${2 ** 31 - 1}\n${2 ** 32 + 5}\n`);
});

test("peek shows a byte, or a hexadecimal view", () => {
  const file = fileOf(Uint8Array.from({ length: 40 }, (_, index) => index + 40));
  assert.equal(tidemark("peek", file, "1").stdout, '41 0x29 ")"\n');
  assert.equal(
    tidemark("peek", file, "0x10", "--length", "18").stdout,
    "00000010  38 39 3a 3b 3c 3d 3e 3f  40 41 42 43 44 45 46 47  |89:;<=>?@ABCDEFG|\n" +
      "00000020  48 49                                             |HI|\n",
  );
  assert.equal(JSON.parse(tidemark("peek", file, "38", "-n", "9", "--json").stdout).hex, "4e4f");
});

test("an offset outside tells the range that is allowed", () => {
  const file = fileOf("12345");
  for (const args of [
    ["peek", file, "5"],
    ["poke", file, "5", "ff"],
    ["peek", file, "1G"],
  ]) {
    const { status, stderr } = tidemark(...args);
    assert.equal(status, 2);
    assert.match(stderr, /may be from 0 to 4\n$/);
  }
  assert.match(tidemark("peek", fileOf(""), "0").stderr, /is empty/);
  for (const offset of ["-1", "1.5", "one", "9".repeat(20), "0x"]) {
    assert.equal(tidemark("peek", "--", file, offset).status, 2, offset);
  }
});

test("poke changes bytes in place, and never the length", () => {
  const file = fileOf("0123456789");
  assert.equal(tidemark("poke", file, "3", "41:42").stdout, "3334 -> 4142\n");
  assert.equal(tidemark("poke", "--text", file, "0", "é").status, 0);
  assert.equal(fs.readFileSync(file, "utf8"), "é2AB56789");
  const beyond = tidemark("poke", file, "9", "4142");
  assert.equal(beyond.status, 2);
  assert.match(beyond.stderr, /past the end/);
  assert.equal(tidemark("poke", file, "0", "4").status, 2);
  assert.equal(fs.readFileSync(file, "utf8"), "é2AB56789");
});

test("info tells length, blocks and what is in memory", () => {
  const file = fileOf(Buffer.alloc(100_000, 1));
  const told = JSON.parse(tidemark("info", file, "--json").stdout);
  assert.equal(told.byteLength, 100_000);
  assert.equal(told.pageCount, Math.ceil(100_000 / told.pageSize));
  assert.ok(told.allocatedByteLength >= 100_000);
  assert.match(tidemark("info", file).stdout, /in memory +\d+ pages \(\d+ %\)\n +\[/);
  const sparse = temporaryPath();
  fs.closeSync(fs.openSync(sparse, "w"));
  fs.truncateSync(sparse, 2 ** 30);
  assert.match(tidemark("info", sparse).stdout, /holes +1.0 GiB at least/);
  assert.equal(tidemark("info", fileOf("")).status, 0);
});

test("trim drops the tail that a crash left, and nothing else", {
  skip: requires("linux"),
}, async () => {
  const file = temporaryPath();
  const crashed = await runChild(
    `import { GrowingFile } from "@tidemark/core";
     GrowingFile.create(process.argv[2]).bytes(0, 5000).fill(7);
     process.kill(process.pid, "SIGKILL");`,
    { args: [file] },
  );
  assert.equal(crashed.signal, "SIGKILL");
  const before = fs.statSync(file).size;
  const trimmed = JSON.parse(tidemark("trim", file, "--json").stdout);
  assert.deepEqual(trimmed, { file, before, after: 8192 });
  assert.ok(before > 8192);
  assert.match(tidemark("trim", file).stdout, /nothing to drop/);
  const zeros = fileOf(Buffer.alloc(20_000));
  assert.match(tidemark("trim", zeros).stdout, /nothing to drop/);
  assert.equal(fs.statSync(zeros).size, 20_000);
  fs.writeFileSync(zeros, "data", { flag: "r+" });
  assert.match(tidemark("trim", "--all", zeros).stdout, /20000 -> 4 bytes/);
});

test("trim leaves alone what someone else grows", () => {
  const file = temporaryPath();
  using growing = GrowingFile.create(file);
  growing.bytes(0, 10).fill(1);
  assert.equal(tidemark("trim", file).status, 0);
  growing.bytes(2 ** 20, 10).fill(1);
  growing.close();
  assert.equal(fs.readFileSync(file)[2 ** 20], 1);
});

const troubles: Readonly<Record<string, (file: string) => string>> = {
  "that is not there": (file) => file,
  "that is a directory": () => temporaryFolder(),
  "whose folder is a file": (file) => {
    fs.writeFileSync(file, "");
    return path.join(file, "below");
  },
};

for (const [what, make] of Object.entries(troubles)) {
  test(`a file ${what} is one line and exit code 1`, () => {
    const file = make(temporaryPath());
    const lines: string[][] = [
      ["copy", file],
      ["find", "x", file],
      ["peek", file, "0"],
      ["poke", file, "0", "ff"],
      ["info", file],
      ["trim", file],
      ["id", "next", file],
      ["id", "init", file],
    ];
    for (const args of lines) {
      // This one is for a file that is not there.
      if (args[1] === "init" && what.includes("not there")) continue;
      const { status, stdout, stderr } = tidemark(...args);
      assert.deepEqual([status, stdout], [1, ""], args.join(" "));
      assert.match(stderr, /^tidemark: [^\n]+\n$/);
    }
  });
}

test("info tells what a message holds, and what other files of ours are", () => {
  const message = messageOf("Shop", fillShop);
  const told = JSON.parse(tidemark("info", message, "--json").stdout);
  assert.deepEqual(told.format, { name: "message" });
  assert.equal(told.message.root, "Shop");
  assert.equal(told.message.schema, "embedded");
  assert.deepEqual(told.message.lists, [{ name: "items", type: "List(Item)", length: 3 }]);
  const [segment] = told.message.segments;
  assert.deepEqual(segment, { byteOffset: 2048, byteLength: told.byteLength - 2048 });
  assert.match(tidemark("info", message).stdout, /^ +items: List\(Item\) of 3$/m);
  const plain = JSON.parse(tidemark("info", fileOf("plain text"), "--json").stdout);
  assert.deepEqual([plain.format, plain.message], [null, null]);
  const ids = temporaryPath();
  tidemark("id", "init", ids);
  fs.writeFileSync(`${ids}.tidemark-journal`, "");
  const other = tidemark("info", ids).stdout;
  assert.match(other, /^holds +file of ids \(tidemark id\), version 1$/m);
  assert.match(other, /^journal +.*a commit was cut short/m);
});
