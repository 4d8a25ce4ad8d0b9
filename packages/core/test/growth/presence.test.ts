// Those who open and close a growing file at the very same moment: put in order by standing between
// two locks that one of them takes.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { GrowingFile, pageSize } from "@tidemark/core";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { native, nativePresence } from "#core/binding.js";

const options = { maxByteLength: 2 ** 24 } as const;

/** What a lock that someone else has gives: -EAGAIN. */
const busy = -11;

type Lock = typeof native.presence;

/** Has `between` answer for each lock until it is disposed of; undefined lets it be taken. */
function stand(between: (...lock: Parameters<Lock>) => number | undefined): Disposable {
  const taken = native.presence;
  native.presence = (...lock) => between(...lock) ?? taken.apply(native, lock);
  return {
    [Symbol.dispose]() {
      native.presence = taken;
    },
  };
}

test("who opens a file while the last one leaves is the first one", () => {
  const path = temporaryPath();
  fs.writeFileSync(path, "ten bytes!");
  let asked = 0;
  // Someone trims when it is asked for first, and has left when it is asked for again.
  const between = stand((_fd, presence) => {
    return presence === nativePresence.alone && asked++ === 0 ? busy : undefined;
  });
  const file = GrowingFile.open(path, options);
  between[Symbol.dispose]();
  assert.ok(asked > 1);
  assert.equal(file.fileByteLength, pageSize);
  file.bytes(500, 1)[0] = 1;
  file.bytes(2 ** 22, 1)[0] = 2;
  assert.equal(file.bytes(500, 1)[0], 1);
  file.close();
  const found = fs.readFileSync(path);
  assert.deepEqual([found.length, found[500], found[2 ** 22]], [2 ** 22 + pageSize, 1, 2]);
});

test("of two that leave at once the later one trims", () => {
  const path = temporaryPath();
  const first = GrowingFile.create(path, options);
  const second = GrowingFile.open(path, options);
  first.bytes(0, 1)[0] = 1;
  // When the first one has found that it is not alone, the second one leaves as a whole.
  const between = stand((_fd, presence) => {
    if (presence === nativePresence.none && !second.closed) second.close();
    return undefined;
  });
  first.close();
  between[Symbol.dispose]();
  assert.ok(second.closed);
  assert.equal(fs.statSync(path).size, pageSize);
});

test("of several lengths given at the close the longest counts, whoever is the last", () => {
  for (const lengths of [
    [100, 70_000],
    [70_000, 100],
  ] as const) {
    const path = temporaryPath();
    const files = [GrowingFile.create(path, options), GrowingFile.open(path, options)];
    for (const [index, file] of files.entries()) file.close({ byteLength: lengths[index] ?? 0 });
    assert.equal(fs.statSync(path).size, 70_000);
  }
});
