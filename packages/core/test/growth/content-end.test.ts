// Where the last byte of a growing file is that is not zero.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { ArgumentRangeError, ClosedError, GrowingFile, pageSize } from "@tidemark/core";
import { temporaryPath } from "@tidemark/testing/temporary.js";

test("the end of the content is found to the byte", () => {
  const file = GrowingFile.create(temporaryPath(), { maxByteLength: 2 ** 32 });
  assert.equal(file.contentEnd(), 0);
  for (const at of [0, 1, pageSize - 1, pageSize, 5 * pageSize + 7, 2 ** 30 + 11]) {
    file.bytes(at, 1)[0] = 1;
    assert.equal(file.contentEnd(), at + 1);
    assert.equal(file.contentEnd(at), at + 1);
    assert.equal(file.contentEnd(at + 1), at + 1);
    assert.equal(file.contentEnd(at + 9000), at + 9000);
  }
  assert.throws(() => file.contentEnd(2 ** 33), ArgumentRangeError);
  assert.throws(() => file.contentEnd(-1), ArgumentRangeError);
  file.close();
  assert.throws(() => file.contentEnd(), ClosedError);
});

test("the end of the content is inside of the reservation", () => {
  const path = temporaryPath();
  fs.writeFileSync(path, "data");
  const file = GrowingFile.open(path, { maxByteLength: 100, strategy: "explicit" });
  assert.equal(file.contentEnd(), 4);
  assert.equal(file.contentEnd(100), 100);
  file.close();
});
