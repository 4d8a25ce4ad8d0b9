// Programs that are killed while they commit, or recover: the file is always one of its versions.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { TrackedFile } from "@tidemark/core";
import { runChild, startChild } from "@tidemark/testing/child.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { recordingEnvironment } from "../tracking/power-loss/recording.js";
import { faultOf } from "./committed-versions.js";

const program = new URL("./committing.js", import.meta.url);

describe("killed commits", { concurrency: true }, () => {
  for (const detection of ["guard-pages", "kernel"]) {
    test(`a program that is killed at any moment leaves a version (${detection})`, async () => {
      const folder = temporaryFolder();
      const path = `${folder}/file`;
      let acknowledged = 0;
      for (let round = 0; round < rounds({ short: 5, long: 500 }); round++) {
        const durable = round % 3 === 0 ? "true" : "false";
        const child = startChild(program, { args: [path, detection, durable] });
        // Some are killed while they open, which may be a recovery.
        if (round % 4 !== 0) await child.line("opened");
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
        const { stdout } = await child.kill();
        const last = stdout.split("\n").slice(0, -1).at(-1);
        acknowledged = Math.max(acknowledged, Number(last === "opened" ? 0 : (last ?? 0)));
        if (round % 4 === 0) continue;
        TrackedFile.open(path, { create: true }).close({ commit: false });
        const bytes = fs.readFileSync(path);
        assert.equal(faultOf(bytes), undefined);
        const version = bytes.length === 0 ? 0 : bytes.readDoubleLE(0);
        assert.ok(version >= acknowledged, `${version} after ${acknowledged} was committed`);
        assert.deepEqual(fs.readdirSync(folder), ["file"]);
      }
    });
  }

  test("a commit and its recovery can be killed before each of their calls", {
    skip: requires("linux", "compiler"),
  }, async () => {
    const commit = `
      import { TrackedFile } from "@tidemark/core";
      const file = TrackedFile.open(process.argv[2], { maxByteLength: 2 ** 24 });
      const bytes = file.bytes();
      if (process.argv[3] === "commit") {
        bytes.fill(66, 0, 100);
        bytes.fill(66, 8192, 20_000);
        file.commitSync({ byteLength: Number(process.argv[4]) });
      }
      console.log("ended");`;
    const old = Buffer.alloc(16_384, 65);
    const seen = { old: 0, new: 0, recoveriesKilled: 0 };
    // To 9,000 bytes: the longest way, as the file's end is cut off.
    for (const byteLength of [9_000, 20_000].slice(0, rounds({ short: 1, long: 2 }))) {
      const changed = Buffer.alloc(byteLength, 65).fill(66, 0, 100).fill(66, 8192);
      for (let call = 1, ended = false; !ended; call++) {
        const folder = temporaryFolder();
        const path = `${folder}/file`;
        fs.writeFileSync(path, old);
        const env = { ...recordingEnvironment(folder), RECORDER_KILL: String(call) };
        const args = [path, "commit", String(byteLength)];
        const first = await runChild(commit, { args, env });
        ended = first.stdout === "ended\n";
        assert.equal(first.signal, ended ? null : "SIGKILL", first.stderr);
        // Recoveries that do not come to their end, either.
        for (let more = 1; more <= rounds({ short: 1, long: 6 }); more++) {
          const again = { ...env, RECORDER_KILL: String(more + (call % 3)) };
          const { signal } = await runChild(commit, { args: [path, "open"], env: again });
          if (signal === "SIGKILL") seen.recoveriesKilled++;
        }
        TrackedFile.open(path).close({ commit: false });
        const bytes = fs.readFileSync(path);
        assert.ok(bytes.equals(old) || bytes.equals(changed), `killed before call ${call}`);
        assert.deepEqual(fs.readdirSync(folder), ["file"]);
        if (bytes.equals(old)) seen.old++;
        else seen.new++;
      }
    }
    assert.ok(seen.old > 5 && seen.new > 2 && seen.recoveriesKilled > 2, JSON.stringify(seen));
  });
});
