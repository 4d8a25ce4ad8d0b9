// Threads that write to a tracked file while it is committed: no write is lost, no page is torn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { endsWell } from "./ending.js";

for (const detection of ["guard-pages", "kernel"]) {
  test(`writers wait for a commit, and lose nothing (${detection})`, async () => {
    const result = await endsWell(
      `import { Worker } from "node:worker_threads";
      import { TrackedFile } from "#core/index.js";
      const file = process.argv[2];
      const pages = 64;
      const control = new Int32Array(new SharedArrayBuffer(8));
      const opened = TrackedFile.open(file, {
        create: true, shared: true, maxByteLength: 2 ** 24, detection: "${detection}",
      });
      // Page after page, each word of it: a page of the file may be new up to a word, and older by
      // one from there on.
      const worker = new Worker(\`
        const { workerData: { buffer, control, pages } } = require("node:worker_threads");
        const words = new Uint32Array(buffer, 0, pages * 1024);
        let round = 1;
        for (; Atomics.load(control, 0) === 0; round++) {
          for (let at = 0; at < words.length; at++) words[at] = round;
          Atomics.store(control, 1, round);
        }\`, { eval: true, workerData: { buffer: opened.buffer, control, pages } });
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      await scene.until(() => Atomics.load(control, 1) > 1);
      const wrong = [];
      for (let round = 0; round < ${rounds({ short: 30, long: 1000 })}; round++) {
        if (round % 2 === 0) opened.commitSync({ durable: false });
        else await opened.commit({ durable: false });
        const words = new Uint32Array(new Uint8Array(fs.readFileSync(file)).buffer);
        for (let page = 0; page < words.length / 1024; page++) {
          const [first, last] = [words[page * 1024], words[page * 1024 + 1023]];
          let at = 0;
          while (words[page * 1024 + at] === first) at++;
          let rest = at;
          while (rest < 1024 && words[page * 1024 + rest] === last) rest++;
          if ((at < 1024 && rest < 1024) || first < last || first > last + 1)
            wrong.push({ round, page, first, last });
        }
      }
      Atomics.store(control, 0, 1);
      await ended;
      opened.commitSync();
      const memory = Buffer.from(opened.bytes(0, pages * 4096));
      const data = fs.readFileSync(file);
      const last = new Uint32Array(new Uint8Array(data).buffer);
      report({ wrong, same: data.equals(memory), length: data.length,
        final: last.every((word) => word === control[1]) });
      opened.close();`,
      { args: [temporaryPath()], timeoutMs: 240_000 },
    );
    assert.deepEqual(result, { wrong: [], same: true, length: 64 * 4096, final: true });
  });

  test(`threads open, write and close tracked files at once (${detection})`, async () => {
    const result = await endsWell(
      `import { Worker } from "node:worker_threads";
      const folder = path.dirname(process.argv[2]);
      const core = import.meta.resolve("#core/index.js");
      const threads = [0, 1, 2, 3].map((number) => new Worker(\`
        import("\${core}").then(async ({ TrackedFile }) => {
          for (let round = 0; round < 20; round++) {
            const file = TrackedFile.open("\${folder}/thread-\${number}", {
              create: true, maxByteLength: 2 ** 24, detection: "${detection}" });
            const bytes = file.bytes();
            for (let page = 0; page < 40; page += 3) bytes[page * 4096] = round + 1;
            if (round % 2) await file.commit({ durable: false });
            file.close({ durable: false });
          }
        });\`, { eval: true }));
      const codes = await Promise.all(threads.map((thread) => {
        return new Promise((resolve) => thread.once("exit", resolve));
      }));
      report({ codes, right: [0, 1, 2, 3].every((number) => {
        const data = fs.readFileSync(folder + "/thread-" + number);
        for (let page = 0; page < 40; page += 3) if (data[page * 4096] !== 20) return false;
        return data.length === 40 * 4096;
      }) });`,
      { args: [temporaryPath()] },
    );
    assert.deepEqual(result, { codes: [0, 0, 0, 0], right: true });
  });

  test(`a thread that is ended while it commits leaves all or nothing (${detection})`, async () => {
    const result = await endsWell(
      `import { Worker } from "node:worker_threads";
      import { TrackedFile } from "#core/index.js";
      const file = process.argv[2];
      const core = import.meta.resolve("#core/index.js");
      const wrong = [];
      for (let round = 0; round < ${rounds({ short: 6, long: 200 })}; round++) {
        fs.writeFileSync(file, Buffer.alloc(400 * 4096, 65));
        const worker = new Worker(\`
          import("\${core}").then(async ({ TrackedFile }) => {
            const file = TrackedFile.open("\${file}", {
              maxByteLength: 2 ** 24, detection: "${detection}" });
            file.bytes(0, 400 * 4096).fill(66);
            const committed = file.commit({ durable: false });
            require("node:worker_threads").parentPort.postMessage("committing");
            await committed;
          });\`, { eval: true });
        await new Promise((resolve) => worker.once("message", resolve));
        await worker.terminate();
        TrackedFile.open(file).close();
        const data = fs.readFileSync(file);
        if (!data.every((byte) => byte === data[0])) wrong.push(round);
      }
      report(wrong);`,
      { args: [temporaryPath()], timeoutMs: 240_000 },
    );
    assert.deepEqual(result, []);
  });
}
