// Files that are not what a command takes them for, or do not stay so: one line, never a trace.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { fillShop, messageOf, schemaFile } from "../messages/made-messages.js";
import { type Ending, tidemarkInside } from "../running.js";

/** A command line of each command that takes a file. */
function commandLines(file: string): string[][] {
  return [
    ["copy", file],
    ["find", "x", file],
    ["find", "-q", "x", file],
    ["peek", file, "0"],
    ["poke", file, "0", "ff"],
    ["info", file],
    ["info", file, "--json"],
    ["trim", file],
    ["recover", file],
    ["id", "next", file],
    ["cat", file],
    ["cat", file, "--format", "csv"],
    ["get", file, "items[0].name"],
    ["verify", file],
    ["verify", file, "--json"],
    ["cat", file, "--schema", file, "--root", "Shop"],
    ["compile", file, "-o", temporaryFolder()],
    ["schema", "diff", file, file],
  ];
}

/** Standard error of a command that could not do its work. */
function assertOneLine(args: readonly string[], { status, stdout, stderr }: Ending): void {
  const line = JSON.stringify(args);
  assert.ok(status === 1 || status === 2, `${line} ended with ${status}: ${stdout}${stderr}`);
  assert.doesNotMatch(stderr, /\n +at |node:internal|TypeError|undefined/, line);
  assert.match(stderr, /^[^\n]+\n$/, line);
}

test("what is no file is one line, whatever it is", async (context) => {
  const folder = temporaryFolder();
  const socket = path.join(folder, "socket");
  const server = net.createServer().listen(socket);
  context.after(() => server.close());
  await new Promise((resolve) => server.on("listening", resolve));
  const pipe = path.join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  const link = path.join(folder, "link");
  fs.symlinkSync(link, link);
  const names = [folder, socket, link, "", path.join(folder, "none"), `${folder}/line\nbreak`];
  if (fs.existsSync(pipe)) names.push(pipe);
  if (fs.existsSync("/dev/zero")) names.push("/dev/zero");
  for (const name of names) {
    for (const args of commandLines(name)) {
      // Schemas are read, not mapped: from a pipe, too, which waits for who writes into it.
      const isRead = args[0] === "compile" || args[0] === "schema" || args.includes("--schema");
      if (isRead && (name === pipe || name === "/dev/zero")) continue;
      const ending = await tidemarkInside(args);
      if (isRead) assert.ok(ending.status === 1 || ending.status === 2, JSON.stringify(args));
      else assertOneLine(args, ending);
    }
  }
});

test("a file that may not be read is one line", { skip: requires("root") }, async (context) => {
  const file = messageOf("Shop", fillShop);
  fs.chmodSync(file, 0o000);
  // The folder may be entered, the file not.
  fs.chmodSync(path.dirname(file), 0o755);
  fs.chmodSync(path.dirname(path.dirname(file)), 0o755);
  context.after(() => process.seteuid?.(0));
  for (const args of commandLines(file)) {
    if (args[0] === "compile" || args[0] === "schema" || args.includes("--schema")) continue;
    process.seteuid?.(65_534);
    const ending = await tidemarkInside(args);
    process.seteuid?.(0);
    assertOneLine(args, ending);
    assert.match(ending.stderr, /permission|EACCES/i);
  }
});

test("files of any content end in 0, 1 or 2, without a trace", async () => {
  for (const content of [
    "",
    "\0",
    "text\n",
    "\0".repeat(8),
    "\0".repeat(5000),
    "\xff".repeat(99),
  ]) {
    const file = temporaryPath();
    for (const args of commandLines(file)) {
      fs.writeFileSync(file, Buffer.from(content, "latin1"));
      const { status, stderr } = await tidemarkInside(args);
      assert.ok([0, 1, 2].includes(status ?? -1), JSON.stringify([args, content]));
      assert.doesNotMatch(stderr, /\n +at /, args.join(" "));
    }
  }
});

test("a message that is cut off while it is read is told to have changed", async () => {
  const big = (): string => messageOf("Shop", (shop) => fillShop(shop, 20_000));
  for (const args of [["--format", "csv"], []]) {
    const file = big();
    const cut = (): void => fs.truncateSync(file, 4096);
    const ending = await tidemarkInside(["cat", file, ...args], { onOutput: cut });
    assertOneLine(["cat"], { ...ending, stdout: "" });
    assert.match(ending.stderr, /changed while it was read/);
  }
  // These read first, and print then: the file is cut off between opening and reading.
  for (const args of [["verify"], ["verify", "--json"], ["get", "items[19999].name"]]) {
    const file = big();
    const { statSync } = fs;
    let calls = 0;
    const cutting = (...all: Parameters<typeof statSync>): ReturnType<typeof statSync> => {
      const found = statSync(...all);
      if (++calls === 2) fs.truncateSync(file, 4096);
      return found;
    };
    try {
      Object.assign(fs, { statSync: cutting });
      const [command = "", ...rest] = args;
      const ending = await tidemarkInside([command, file, ...rest]);
      assertOneLine(args, ending);
      assert.equal(ending.stdout, "");
      assert.match(ending.stderr, /changed while it was read/);
    } finally {
      Object.assign(fs, { statSync });
    }
  }
});

test("a file that is gone while it is read is read to its end", async () => {
  const file = messageOf("Shop", (shop) => fillShop(shop, 5000));
  let rows = 0;
  const ending = await tidemarkInside(["cat", file], {
    onOutput: () => fs.rmSync(file, { force: true }),
  });
  rows = ending.stdout.split("\n").length - 1;
  assert.deepEqual([ending.status, rows, ending.stderr], [0, 5000, ""]);
});

/** The same numbers for the same seed (xorshift32). */
function randomNumbers(seed: number): (end: number) => number {
  let state = seed | 0 || 1;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

test("damaged messages and random bytes end in 0, 1 or 2 through every command", async () => {
  Error.stackTraceLimit = 0;
  const seed = rounds({ short: 7, long: Math.floor(Math.random() * 2 ** 30) });
  const below = randomNumbers(seed);
  const sound = [
    messageOf("Shop", fillShop),
    messageOf("Shop", fillShop, { embeds: false }),
    messageOf("Shop", (shop) => fillShop(shop, 60), { maxSegmentByteLength: 8192 }),
    messageOf("Chunks", (struct) => struct.initList("chunks", 2).init?.(1, 3)),
  ].map((file) => fs.readFileSync(file));
  const file = temporaryPath();
  const given = ["--schema", schemaFile(), "--root", "Shop"];
  const ended = [0, 0, 0];
  for (let round = 0; round < rounds({ short: 150, long: 20_000 }); round++) {
    const bytes = Buffer.from(sound[below(sound.length)] as Buffer);
    const isRandom = below(10) === 0;
    for (let change = below(6); change >= 0; change--) {
      // Where objects are, or the table, or anywhere.
      const at = below(3) === 0 ? below(64) : 2048 + below(bytes.length - 2048);
      bytes[at] = below(2) === 0 ? below(256) : (bytes[at] as number) ^ (1 << below(8));
    }
    if (isRandom) for (let at = 0; at < bytes.length; at++) bytes[at] = below(256);
    fs.writeFileSync(file, below(8) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes);
    const context = `seed ${seed}, round ${round}`;
    const schema = below(4) === 0 ? given : [];
    for (const args of [
      ["verify", file, ...schema],
      ["cat", file, ...schema],
      ["cat", file, "--format", "csv", ...schema],
      ["get", file, "items[-1]", ...schema],
      ["info", file, ...schema],
    ]) {
      const { status, stderr } = await tidemarkInside(args);
      assert.ok(status === 0 || status === 1 || status === 2, context);
      assert.doesNotMatch(stderr, /\n +at |Maximum call|of undefined/, `${context}: ${stderr}`);
      assert.ok(status === 0 || /^[^\n]+\n$/.test(stderr), `${context}: ${stderr}`);
      ended[status] = (ended[status] ?? 0) + 1;
    }
  }
  assert.ok(
    ended.every((count) => count > 5),
    String(ended),
  );
});
