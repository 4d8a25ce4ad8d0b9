// Random operations: the heap is what a map of byte arrays would be, whenever it is looked at, and
// after a crash between any two stores.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping } from "@tidemark/core";
import { Heap, List } from "@tidemark/core/heap";
import { rounds } from "@tidemark/testing/torture.js";
import { HeapMemory } from "#core/heap/heap-memory.js";
import { randomNumbers } from "./random-numbers.js";

test("many operations at random leave what they should", (context) => {
  const seed = Date.now() & 0x7fffffff;
  context.diagnostic(`seed ${seed}`);
  const below = randomNumbers(seed);
  const count = rounds({ short: 150_000, long: 10_000_000 });
  using mapping = Mapping.anonymous(2 ** 27);
  const heap = Heap.create(mapping);
  const live: { at: number; byteLength: number; fill: number }[] = [];
  let liveBytes = 0;
  let mostLiveBytes = 0;
  for (let turn = 0; turn < count; turn++) {
    const choice = below(100);
    // About 20,000 live ones, once there are so many.
    if (live.length === 0 || choice < (live.length < 20_000 ? 60 : 45)) {
      const byteLength = below(10) === 0 ? below(20_000) : below(500);
      const alignment = below(20) === 0 ? 1 << below(13) : 16;
      const at = heap.allocate(byteLength, { alignment });
      assert.equal(at % alignment, 0);
      const fill = below(256);
      mapping.bytes(at, byteLength).fill(fill);
      live.push({ at, byteLength, fill });
      liveBytes += byteLength;
    } else {
      const index = below(live.length);
      const each = live[index] as (typeof live)[0];
      const bytes = mapping.bytes(each.at, each.byteLength);
      assert.ok(bytes.every((byte) => byte === each.fill));
      liveBytes -= each.byteLength;
      if (choice < 90) {
        heap.free(each.at);
        live[index] = live.at(-1) as (typeof live)[0];
        live.pop();
      } else {
        const byteLength = below(1000);
        each.at = heap.reallocate(each.at, byteLength);
        each.byteLength = byteLength;
        mapping.bytes(each.at, byteLength).fill(each.fill);
        liveBytes += byteLength;
      }
    }
    mostLiveBytes = Math.max(mostLiveBytes, liveBytes);
    if (turn % 50_000 === 0) assert.deepEqual(heap.check(), []);
  }
  assert.deepEqual(heap.check(), []);
  const sorted = live.toSorted((one, other) => one.at - other.at);
  assert.deepEqual(
    heap.allocations(),
    sorted.map(({ at, byteLength }) => ({ byteOffset: at, byteLength })),
  );
  const waste = heap.usage.byteLength / mostLiveBytes;
  context.diagnostic(`the heap has ${waste.toFixed(3)} times the most bytes that ever lived`);
  for (const { at } of live) heap.free(at);
  assert.deepEqual(heap.check(), []);
});

/** What a heap's user sees of it. */
function seen(heap: Heap): string {
  const lists = [...heap.roots()].filter(([name]) => name.startsWith("list"));
  const elements = lists.map(([name, at]) => {
    const found: string[] = [];
    List.open(heap, at).visit((bytes) => found.push(Buffer.from(bytes).toString("hex")));
    return [name, found];
  });
  const allocations = heap.allocations().map(({ byteOffset, byteLength }) => {
    return [
      byteOffset,
      byteLength,
      Buffer.from(heap.bytes(byteOffset)).toString("hex").slice(0, 8),
    ];
  });
  return JSON.stringify([allocations, [...heap.roots()].sort(), elements]);
}

test("whatever store a process dies before, each operation is done or not", (context) => {
  const seed = Date.now() & 0x7fffffff;
  context.diagnostic(`seed ${seed}`);
  const below = randomNumbers(seed);
  const byteLength = 64 * 1024;
  using mapping = Mapping.anonymous(byteLength);
  const heap = Heap.create(mapping);
  const list = List.create(heap);
  heap.setRoot("list", list.byteOffset);
  const elements: number[] = [];
  const live: number[] = [];
  const images: Buffer[] = [];
  const names = ["a", "b", "c"];

  const operations: readonly (() => void)[] = [
    () => live.push(heap.allocate(below(600), { zero: true })),
    () => live.push(heap.allocate(below(300), { zero: true, alignment: 1 << below(9) })),
    () => live.length > 0 && heap.free(live.splice(below(live.length), 1)[0] as number),
    () => {
      if (live.length === 0) return;
      const index = below(live.length);
      live[index] = heap.reallocate(live[index] as number, below(600));
    },
    () => elements.push(list.add(new Uint8Array(below(100)))),
    () =>
      elements.length > 0 && list.remove(elements.splice(below(elements.length), 1)[0] as number),
    () => heap.setRoot(names[below(3)] as string, below(1000)),
    () => heap.deleteRoot(names[below(3)] as string),
  ];

  const set = HeapMemory.prototype.set;
  let points = 0;
  const count = rounds({ short: 250, long: 5_000 });
  for (let turn = 0; turn < count; turn++) {
    const before = seen(heap);
    images.length = 0;
    HeapMemory.prototype.set = function (this: HeapMemory, unit, word, value) {
      images.push(Buffer.from(mapping.bytes()));
      set.call(this, unit, word, value);
    };
    try {
      operations[below(operations.length)]?.();
    } catch (error) {
      assert.equal((error as { code?: string }).code, "ERR_TIDEMARK_HEAP_FULL");
    } finally {
      HeapMemory.prototype.set = set;
    }
    const after = seen(heap);
    assert.deepEqual(heap.check(), []);
    if (images.length === 0) continue;
    // One of the moments, and the last: all would take minutes.
    for (const image of [images[below(images.length)], images.at(-1)]) {
      using copy = Mapping.anonymous(byteLength);
      copy.bytes().set(image as Buffer);
      // The lock of the copy: as its dead owner would have left it for the next one.
      copy.bytes(64, 64).fill(0);
      const reopened = Heap.open(copy);
      assert.deepEqual(reopened.check(), []);
      const found = seen(reopened);
      assert.ok(found === before || found === after, `${found}\n${before}\n${after}`);
      points++;
    }
  }
  assert.ok(points > count / 2);
});
