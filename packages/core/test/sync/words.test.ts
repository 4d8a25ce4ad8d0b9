// Waiting for a word as a program may: what it is given is checked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, pageSize } from "@tidemark/core";
import { waitWhile, waitWhileSync, wake } from "@tidemark/core/sync";

const timeout = { code: "ERR_TIDEMARK_TIMEOUT" };

test("a wait ends when the word changes, and not before its time", async () => {
  using mapping = Mapping.anonymous(pageSize, { sharing: "shared" });
  const words = new Int32Array(mapping.buffer);
  const waiting = waitWhile(mapping, 4, 0);
  Atomics.store(words, 1, -1);
  wake(mapping, 4);
  await waiting;
  await waitWhile(mapping, 4, 0);
  waitWhileSync(mapping, 4, 0);
  assert.throws(() => waitWhileSync(mapping, 4, -1, 60), timeout);
  assert.throws(() => waitWhileSync(mapping, 4, 2 ** 32 - 1, 1), timeout);
  await assert.rejects(waitWhile(mapping, 4, -1, { timeoutMs: 1 }), timeout);
  const signal = AbortSignal.abort();
  await assert.rejects(waitWhile(mapping, 4, -1, { signal }), { code: "ERR_TIDEMARK_ABORTED" });
});

test("wrong words are refused", async () => {
  using mapping = Mapping.anonymous(pageSize);
  const range = { code: "ERR_TIDEMARK_ARGUMENT_RANGE" };
  const type = { code: "ERR_TIDEMARK_ARGUMENT_TYPE" };
  for (const byteOffset of [-4, 2, pageSize, 1.5, Number.NaN]) {
    assert.throws(() => wake(mapping, byteOffset), range);
    assert.throws(() => waitWhileSync(mapping, byteOffset, 0, 0), range);
    await assert.rejects(waitWhile(mapping, byteOffset, 0), range);
  }
  for (const value of [0.5, 2 ** 32, -(2 ** 31) - 1, Number.NaN]) {
    assert.throws(() => waitWhileSync(mapping, 0, value), range);
  }
  assert.throws(() => waitWhileSync(mapping, 0, "0" as never), type);
  assert.throws(() => wake({} as never, 0), type);
  assert.throws(() => wake(mapping, 0, -1), range);
  mapping.close();
  assert.throws(() => wake(mapping, 0), { code: "ERR_TIDEMARK_CLOSED" });
  await assert.rejects(waitWhile(mapping, 0, 0), { code: "ERR_TIDEMARK_CLOSED" });
});
