import assert from "node:assert/strict";
import { test } from "node:test";
import { runChild, startChild } from "@tidemark/testing/child.js";
import { requires } from "@tidemark/testing/requirements.js";

test("a child's output, arguments and exit code come back", async () => {
  const result = await runChild(
    `console.error("seen");
     console.log(JSON.stringify({ args: process.argv.slice(2), set: process.env.SET }));
     process.exitCode = 3;`,
    { args: ["one", "two"], env: { SET: "yes" } },
  );
  assert.deepEqual(result.json, { args: ["one", "two"], set: "yes" });
  assert.equal(result.stderr, "seen\n");
  assert.deepEqual([result.code, result.signal, result.timedOut], [3, null, false]);
});

test("a child ended by a signal tells which", async () => {
  const result = await runChild(
    `process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1e3);`,
  );
  assert.deepEqual([result.code, result.signal], [null, "SIGSEGV"]);
});

test("a child that never ends is killed, and where it stood is told", async () => {
  const result = await runChild("setInterval(() => {}, 1e3);", { timeoutMs: 300 });
  assert.equal(result.timedOut, true);
  if (process.platform === "linux") assert.match(result.stderr, /^thread \d+ \S+: S /m);
  assert.throws(() => result.json, /timed out/);
});

test("a child can be told things, watched and killed", async () => {
  const child = startChild(`process.stdin.on("data", (data) => console.log("got " + data));`);
  child.send("hello");
  assert.equal(await child.line(/^got/), "got hello");
  assert.equal((await child.kill()).signal, "SIGKILL");
  await assert.rejects(child.line("never said"), /ended with SIGKILL/);
});

test("a child's limits are set", { skip: requires("prlimit") }, async () => {
  const source = `
    import fs from "node:fs";
    console.log(JSON.stringify(fs.readFileSync("/proc/self/limits", "utf8")));`;
  const result = await runChild(source, { prlimit: { nofile: 321 } });
  assert.match(result.json, /Max open files +321 +321/);
});

test("a child gives up root", { skip: requires("linux", "root") }, async () => {
  const source = `
    import fs from "node:fs";
    try {
      fs.writeFileSync("/proc/sys/vm/max_map_count", "65530");
    } catch ({ code }) {
      console.log(JSON.stringify([process.getuid(), process.getgid(), code]));
    }`;
  const result = await runChild(source, { uid: 65534 });
  assert.deepEqual(result.json, [65534, 65534, "EACCES"]);
});
