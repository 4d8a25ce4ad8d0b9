// Handlers of SIGBUS and SIGSEGV that someone else installs, before us and after us.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot } from "@tidemark/testing/locations.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder, temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell, faultAs } from "./ending.js";
import { foreignLibrary } from "./foreign-library.js";

const skip = requires("linux", "compiler");

/** Native code puts a handler over ours that returns at once, as one of a crash reporter might. */
const replaceHandlers = `
    process.env.TIDEMARK_FOREIGN_FAULT = "install, return";
    try { process.dlopen({ exports: {} }, process.argv[3]); } catch {}`;

const args = (): { args: [string] } => ({ args: [temporaryPath()] });

const grow = `
  const grow = (name) => {
    const file = process.argv[2] + name;
    const growing = GrowingFile.create(file, { maxByteLength: 2 ** 26 });
    growing.bytes().fill(7, 0, 4 * 2 ** 20);
    growing.close();
    return (
      fs.readFileSync(file).every((byte) => byte === 7) && fs.statSync(file).size === 4 * 2 ** 20
    );
  };
  const protectedPage = () => {
    const mapping = Mapping.anonymous(pageSize);
    mapping.protect({}, "none");
    const read = mapping.bytes()[5];
    return [read, trouble(() => mapping.close())?.kind];
  };`;

for (const signal of ["SIGBUS", "SIGSEGV"]) {
  test(`a listener of ${signal} that was there before hears kill, we hear faults`, async () => {
    const result = await endsWell(
      `${grow}
      let heard = 0;
      process.on("${signal}", () => heard++);
      const grown = [grow("a")];
      process.kill(process.pid, "${signal}");
      await scene.until(() => heard === 1);
      grown.push(grow("b"));
      report({ grown, heard, page: protectedPage() });`,
      args(),
    );
    assert.deepEqual(result, { grown: [true, true], heard: 1, page: [0, "no-access"] });
  });

  test(`a listener of ${signal} that comes and goes does not take our place`, async () => {
    const result = await endsWell(
      `${grow}
      const mapping = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 26 });
      const bytes = mapping.bytes();
      const heard = [];
      const first = () => heard.push(1);
      const second = () => heard.push(2);
      const grown = [];
      const kill = async () => {
        const before = heard.length;
        process.kill(process.pid, "${signal}");
        await scene.until(() => heard.length > before);
      };
      // Touched at once: no native call lies between the listener and the fault.
      process.on("${signal}", first);
      bytes[2 ** 22] = 1;
      await kill();
      process.removeListener("${signal}", first);
      bytes[2 ** 23] = 1;
      process.once("${signal}", second);
      bytes[2 ** 24] = 1;
      await kill();
      bytes[2 ** 25] = 1;
      process.on("${signal}", first);
      process.removeAllListeners("${signal}");
      bytes[2 ** 26 - 1] = 1;
      report({ heard, page: protectedPage(), end: trouble(() => mapping.close()) });`,
      args(),
    );
    assert.deepEqual(result, { heard: [1, 2], page: [0, "no-access"], end: null });
  });

  test(`a handler of ${signal} that took our place is told by the next call`, {
    skip,
  }, async () => {
    const result = await endsWell(
      `${grow}
      const mapping = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 26 });
      mapping.bytes()[0] = 1;
      let heard = 0;
      process.on("${signal}", () => heard++);
      ${replaceHandlers}
      const troubles = [
        () => mapping.ensure(2 ** 20),
        () => mapping.buffer,
        () => mapping.flushSync(),
        () => mapping.bytes(),
      ].map((action) => trouble(action)?.code);
      restoreFaultHandler();
      const mended = trouble(() => mapping.ensure(2 ** 20));
      mapping.bytes()[2 ** 22] = 1;
      process.kill(process.pid, "${signal}");
      await scene.until(() => heard === 1);
      report({ troubles, mended, grown: grow("b"), end: trouble(() => mapping.close()) });`,
      { args: [temporaryPath(), foreignLibrary()], timeoutMs: 10_000 },
    );
    assert.deepEqual(result, {
      troubles: Array(4).fill("ERR_TIDEMARK_HANDLER_REPLACED"),
      mended: null,
      grown: true,
      end: null,
    });
  });
}

test("while a listener comes and goes, no fault of a worker ends the process", async () => {
  const result = await endsWell(
    `import { Worker, isMainThread, workerData } from "node:worker_threads";
    const fault = () => {
      const growing = GrowingFile.create(process.argv[2] + (isMainThread ? "a" : "b"), {
        overwrite: true,
        maxByteLength: 2 ** 26,
        strategy: "extend-file",
        growth: { minStep: pageSize, maxStep: pageSize },
      });
      const bytes = growing.bytes();
      for (let at = 0; at < 2 ** 24; at += pageSize) bytes[at] = 1;
      growing.close();
    };
    fault();
    if (!isMainThread) {
      for (;;) {
        fault();
        Atomics.add(workerData, 0, 1);
      }
    }
    const rounds = new Int32Array(new SharedArrayBuffer(4));
    new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: rounds });
    const none = () => {};
    while (Atomics.load(rounds, 0) < 10) {
      process.on("SIGBUS", none);
      process.off("SIGBUS", none);
    }
    report(true);
    process.exit(0);`,
    args(),
  );
  assert.equal(result, true);
});

test("a mapping that is closed while another handler is in our place is closed", {
  skip,
}, async () => {
  const result = await endsWell(
    `
      const mapping = Mapping.anonymous(pageSize);
      const bytes = mapping.bytes();
      ${replaceHandlers}
      report([
        trouble(() => mapping.close()),
        bytes.length,
        trouble(() => Mapping.anonymous(pageSize).bytes())?.code,
      ]);`,
    { args: [temporaryPath(), foreignLibrary()] },
  );
  assert.deepEqual(result.slice(0, 2), [null, 0]);
  assert.equal(result[2], "ERR_TIDEMARK_HANDLER_REPLACED");
});

/** Another copy of the built package, as a second version in node_modules would be. */
function copyOfPackage(): string {
  const folder = temporaryFolder();
  for (const part of ["dist", "prebuilds", "package.json"]) {
    fs.cpSync(path.join(packageRoot, part), path.join(folder, part), { recursive: true });
  }
  return path.join(folder, "dist", "index.js");
}

const wasm = `
  // (module (memory 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
  const load = new WebAssembly.Instance(
    new WebAssembly.Module(
      Uint8Array.of(
        0,
        97,
        115,
        109,
        1,
        0,
        0,
        0,
        1,
        6,
        1,
        96,
        1,
        127,
        1,
        127,
        3,
        2,
        1,
        0,
        5,
        3,
        1,
        0,
        1,
        7,
        8,
        1,
        4,
        108,
        111,
        97,
        100,
        0,
        0,
        10,
        9,
        1,
        7,
        0,
        32,
        0,
        40,
        2,
        0,
        11,
      ),
    ),
  ).exports.load;
  const outOfBounds = () => {
    try {
      load(2 ** 30);
      return null;
    } catch (error) {
      return error instanceof WebAssembly.RuntimeError;
    }
  };`;

test("two copies of this library in one process leave each other at work", async () => {
  const result = await endsWell(
    `
      ${wasm}
      const other = await import(process.argv[3]);
      const use = (library, name) => {
        const growing = library.GrowingFile.create(process.argv[2] + name, {
          maxByteLength: 2 ** 26,
        });
        growing.bytes().fill(7, 0, 2 ** 22);
        const mapping = library.Mapping.anonymous(pageSize);
        mapping.protect({}, "none");
        const read = mapping.bytes()[5];
        return [trouble(() => growing.close()), read, trouble(() => mapping.close())?.kind];
      };
      const ours = { Mapping, GrowingFile };
      const rounds = [use(ours, 1), use(other, 2), use(ours, 3), use(other, 4)];
      const before = outOfBounds();
      let heard = 0;
      process.on("SIGBUS", () => heard++);
      rounds.push(use(ours, 5), use(other, 6));
      process.kill(process.pid, "SIGBUS");
      await scene.until(() => heard === 1);
      restoreFaultHandler();
      other.restoreFaultHandler();
      restoreFaultHandler();
      rounds.push(use(ours, 7), use(other, 8));
      process.removeAllListeners("SIGBUS");
      rounds.push(use(ours, 9), use(other, 10));
      report({ rounds, before, after: outOfBounds() });`,
    { args: [temporaryPath(), copyOfPackage()], timeoutMs: 20_000 },
  );
  assert.deepEqual(result.rounds, Array(10).fill([null, 0, "no-access"]));
  assert.deepEqual([result.before, result.after], [true, true]);
});

test("a WebAssembly access out of bounds is a RuntimeError, before us and after", async () => {
  const result = await endsWell(
    `${grow} ${wasm}
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    const before = outOfBounds();
    const grown = grow(isMainThread ? "main" : "worker");
    const after = outOfBounds();
    const page = protectedPage();
    const told = { before, grown, after, page, again: outOfBounds() };
    if (!isMainThread) {
      parentPort.postMessage(told);
    } else {
      const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
      report({ told, worker: await new Promise((resolve) => worker.on("message", resolve)) });
    }`,
    { ...args(), execArgv: ["--abort-on-uncaught-exception"] },
  );
  const told = { before: true, grown: true, after: true, page: [0, "no-access"], again: true };
  assert.deepEqual(result, { told, worker: told });
});

test("a fault in a listener of faults is an error like any other", async () => {
  const result = await endsWell(
    `const mapping = Mapping.anonymous(pageSize);
    mapping.protect({}, "none");
    let uncaught;
    process.on("uncaughtException", (error) => { uncaught = error.message; });
    mapping.on("fault", () => { throw new Error("from the listener"); });
    mapping.bytes()[5] = 1;
    await scene.until(() => uncaught !== undefined);
    report({ uncaught, end: trouble(() => mapping.close()) });`,
  );
  assert.equal(result.uncaught, "from the listener");
  assertIncludes(result.end, faultAs("no-access", "write", { byteOffset: 5 }));
});
