// Faults that are not ours end the process as they would without us.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChildResult, runChild } from "@tidemark/testing/child.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { sceneSource } from "./ending.js";
import { foreignLibrary } from "./foreign-library.js";

const skip = requires("linux", "compiler");
const library = skip === false ? foreignLibrary() : "";

const withUs = `
    const growing = GrowingFile.create(process.argv[3], { maxByteLength: 2 ** 26 });
    growing.bytes().fill(7, 0, 2 ** 22);
    const page = Mapping.anonymous(pageSize);
    page.protect({}, "none");
    page.bytes()[0] = 1;`;

const endings = {
  "a write to no memory": `process.env.TIDEMARK_FOREIGN_FAULT = "null"; load();`,
  "a write past the end of another's file": `
    process.env.TIDEMARK_FOREIGN_FAULT = "past-end";
    load();`,
  "kill with SIGBUS": `process.kill(process.pid, "SIGBUS"); wait();`,
  "kill with SIGSEGV": `process.kill(process.pid, "SIGSEGV"); wait();`,
  "a handler that was installed before": `
    process.env.TIDEMARK_FOREIGN_FAULT = "install, null";
    load();`,
};

function ending(source: string, us: boolean): Promise<ChildResult> {
  const tools = `
    const load = () => { try { process.dlopen({ exports: {} }, process.argv[2]); } catch {} };
    const wait = () => setInterval(() => {}, 1000);`;
  const body = `${tools} ${us ? withUs : ""} ${source} console.log("still here");`;
  return runChild(sceneSource(body), { args: [library, temporaryPath()], timeoutMs: 10_000 });
}

for (const [name, source] of Object.entries(endings)) {
  test(`${name} ends the process as without us`, { skip }, async () => {
    const [without, withMappings] = await Promise.all([
      ending(source, false),
      ending(source, true),
    ]);
    const { code, signal, timedOut } = withMappings;
    assert.deepEqual(
      { code, signal, timedOut },
      { code: without.code, signal: without.signal, timedOut: without.timedOut },
      withMappings.stderr,
    );
    assert.notEqual(code, 0);
    assert.equal(timedOut, false);
  });
}

test("a handler of another library that was there before gets what is not ours", {
  skip,
}, async () => {
  const result = await runChild(
    sceneSource(
      `const load = () => { try { process.dlopen({ exports: {} }, process.argv[2]); } catch {} };
      process.env.TIDEMARK_FOREIGN_FAULT = "install";
      load();
      ${withUs}
      process.kill(process.pid, process.argv[4]);
      setInterval(() => {}, 1000);`,
    ),
    { args: [library, temporaryPath(), "SIGBUS"], timeoutMs: 10_000 },
  );
  assert.deepEqual([result.code, result.signal], [41, null], result.stderr);
});

test("a fault of a worker that is not ours ends the process, too", { skip }, async () => {
  const result = await runChild(
    sceneSource(
      `import { Worker, isMainThread } from "node:worker_threads";
      if (isMainThread) {
        new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
      } else {
        ${withUs}
        process.kill(process.pid, "SIGSEGV");
        setInterval(() => {}, 1000);
      }`,
    ),
    { args: [library, temporaryPath()], timeoutMs: 10_000 },
  );
  assert.deepEqual([result.code, result.signal, result.timedOut], [null, "SIGSEGV", false]);
});
