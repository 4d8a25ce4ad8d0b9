// The textbook's linked list, shared by a parent and its child: once as shared memory, where each
// sees what the other adds, and once copy-on-write, where the child's changes are its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Mapping, type MappingHandle } from "@tidemark/core";
import { Heap, List } from "@tidemark/core/heap";

const [, , role, handleText = ""] = process.argv;
if (role === "child") child(JSON.parse(handleText));
else parent();

function parent(): void {
  using memory = Mapping.anonymous(2 ** 20, { sharing: "shared" });
  const heap = Heap.create(memory);
  const list = List.create(heap);
  heap.setRoot("numbers", list.byteOffset);
  for (const number of [1, 2, 3]) list.add(nodeOf(number));

  const shared = runChild(memory.handle());
  assert.deepEqual(shared, [2, 3, 4, 5]);
  assert.deepEqual(numbersOf(list), [2, 3, 4, 5]);
  console.log(`shared memory: the child made ${shared}, the parent sees ${numbersOf(list)}`);

  const copied = runChild({ ...memory.handle(), access: "copy-on-write" });
  assert.deepEqual(copied, [3, 4, 5, 4, 5]);
  assert.deepEqual(numbersOf(list), [2, 3, 4, 5]);
  console.log(`copy-on-write: the child made ${copied}, the parent sees ${numbersOf(list)}`);

  assert.deepEqual(heap.check(), []);
  list.free();
}

/** The child finds the list by its name, takes the first element out, and adds two. */
function child(handle: MappingHandle): void {
  using memory = Mapping.attach(handle);
  const heap = Heap.open(memory);
  const list = List.open(heap, heap.getRoot("numbers") ?? 0);
  list.takeFirst();
  list.add(nodeOf(4));
  list.add(nodeOf(5));
  console.log(JSON.stringify(numbersOf(list)));
}

function runChild(handle: MappingHandle): unknown {
  const program = fileURLToPath(import.meta.url);
  const run = spawnSync(process.execPath, [program, "child", JSON.stringify(handle)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.equal(run.status, 0);
  return JSON.parse(run.stdout);
}

function nodeOf(number: number): Uint8Array {
  return new Uint8Array(Int32Array.of(number).buffer);
}

function numbersOf(list: List): number[] {
  const numbers: number[] = [];
  list.visit((bytes) => {
    numbers.push(new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true));
  });
  return numbers;
}
