// Lists in a heap: what one program sees, and several at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingFile, Mapping } from "@tidemark/core";
import { Heap, List } from "@tidemark/core/heap";
import { runChild } from "@tidemark/testing/child.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";

function contents(list: List): string[] {
  const all: string[] = [];
  list.visit((bytes) => all.push(Buffer.from(bytes).toString()));
  return all;
}

test("elements come in the order in which they were added, until they are removed", () => {
  using mapping = Mapping.anonymous(2 ** 20);
  const heap = Heap.create(mapping);
  const list = List.create(heap);
  const [ada, bob, cleo, dan] = ["Ada", "Bob", "", "Dan"].map((name) =>
    list.add(Buffer.from(name)),
  );
  assert.deepEqual(contents(list), ["Ada", "Bob", "", "Dan"]);
  assert.equal(list.length, 4);
  list.remove(bob as number);
  list.remove(dan as number);
  assert.deepEqual(contents(list), ["Ada", ""]);
  list.remove(ada as number);
  list.remove(cleo as number);
  assert.deepEqual(contents(list), []);
  list.add(Buffer.from("Eve"));
  assert.deepEqual(Buffer.from(list.takeFirst() ?? []).toString(), "Eve");
  assert.equal(list.takeFirst(), undefined);
  assert.deepEqual(heap.check(), []);
  for (const offset of [ada, 0, 5, list.byteOffset, 2 ** 40]) {
    assert.throws(() => list.remove(offset as number), { code: "ERR_TIDEMARK_HEAP_OFFSET" });
  }
  const other = List.create(heap);
  const foreign = other.add(new Uint8Array(3));
  assert.throws(() => list.remove(foreign), { code: "ERR_TIDEMARK_HEAP_OFFSET" });
  assert.equal(List.open(heap, other.byteOffset).length, 1);
  other.free();
  list.free();
  assert.equal(heap.usage.allocationCount, 0);
  assert.throws(() => list.length, { code: "ERR_TIDEMARK_HEAP_OFFSET" });
  for (const offset of [list.byteOffset, foreign, 0, 17, 2 ** 40]) {
    assert.throws(() => List.open(heap, offset), { code: "ERR_TIDEMARK_HEAP_OFFSET" });
  }
});

test("a visit ends when its function says so; the heap cannot be used in it", () => {
  using mapping = Mapping.anonymous(2 ** 20);
  const heap = Heap.create(mapping);
  const list = List.create(heap);
  for (const name of ["a", "b", "c"]) list.add(Buffer.from(name));
  let seen = 0;
  list.visit(() => ++seen < 2);
  assert.equal(seen, 2);
  assert.throws(() => list.visit(() => heap.allocate(1)), { code: "ERR_TIDEMARK_MISUSE" });
  assert.throws(
    () =>
      list.visit(() => {
        throw new Error("the caller's own");
      }),
    /the caller's own/,
  );
  list.visit((bytes) => bytes.fill(0x7a));
  assert.deepEqual(contents(list), ["z", "z", "z"]);
  assert.deepEqual(heap.check(), []);
});

test("several processes add, take and visit at once; nothing is lost or seen twice", async () => {
  const path = temporaryPath();
  const file = GrowingFile.create(path, { maxByteLength: 2 ** 30 });
  const heap = Heap.create(file);
  const list = List.create(heap);
  heap.setRoot("queue", list.byteOffset);
  const source = `
    import { GrowingFile } from "@tidemark/core";
    import { Heap, List } from "@tidemark/core/heap";
    const [, , path, name, countText] = process.argv;
    const file = GrowingFile.open(path, { maxByteLength: 2 ** 30 });
    const heap = Heap.open(file);
    const list = List.open(heap, heap.getRoot("queue"));
    const taken = [];
    for (let turn = 0; turn < Number(countText); turn++) {
      list.add(Buffer.from(name + turn + " ".repeat(turn % 50)));
      if (turn % 2 === 0) taken.push(Buffer.from(list.takeFirst()).toString().trim());
      if (turn % 100 === 0) list.visit((bytes) => { if (!(bytes.length > 1)) throw new Error(); });
    }
    file.close();
    console.log(JSON.stringify(taken));`;
  const count = 2000;
  const children = await Promise.all(
    ["x", "y", "z"].map((name) => runChild(source, { args: [path, name, String(count)] })),
  );
  const taken = children.flatMap((child) => child.json as string[]);
  const all = [...taken, ...contents(list).map((text) => text.trim())];
  const expected = ["x", "y", "z"].flatMap((name) => {
    return Array.from({ length: count }, (_, turn) => name + turn);
  });
  assert.deepEqual(all.sort(), expected.sort());
  assert.deepEqual(heap.check(), []);
  file.close();
});
