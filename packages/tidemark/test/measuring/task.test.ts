// How tasks are timed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Task, timePieces } from "#tidemark/measuring/task.js";

function recorded(pieces: number, piece: (index: number) => void = () => undefined) {
  const calls: string[] = [];
  const task: Task = {
    pieces,
    piece: (index) => {
      calls.push(`piece ${index}`);
      piece(index);
    },
    end: () => calls.push("end"),
    check: (done) => calls.push(`check ${done}`),
    release: () => calls.push("release"),
  };
  return { task, calls };
}

test("a task is done piece by piece, ended, checked and released", async () => {
  const { task, calls } = recorded(3);
  assert.ok((await timePieces(task, 60_000)) >= 0);
  assert.deepEqual(calls, ["piece 0", "piece 1", "piece 2", "end", "check 3", "release"]);
});

test("a task that takes too long is broken off, and what was done is checked", async () => {
  const { task, calls } = recorded(1e9, () => {
    const end = performance.now() + 2;
    while (performance.now() < end);
  });
  await timePieces(task, 20);
  assert.deepEqual(calls.slice(-3), ["end", `check ${calls.length - 3}`, "release"]);
  assert.ok(calls.length > 3 && calls.length < 1e6);
});

test("a task without any time does some pieces all the same, and is ended", async () => {
  const { task, calls } = recorded(1e9);
  assert.ok((await timePieces(task, 0)) > 0);
  assert.equal(calls.filter((call) => call === "end").length, 1);
  assert.deepEqual(calls.slice(-3), ["end", `check ${calls.length - 3}`, "release"]);
});

test("a task that fails is released", async () => {
  const { task, calls } = recorded(5, (index) => {
    if (index === 1) throw new Error("no");
  });
  await assert.rejects(timePieces(task, 60_000), /no/);
  assert.deepEqual(calls, ["piece 0", "piece 1", "release"]);
});
