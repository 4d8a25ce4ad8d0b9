// Heaps that someone has written over: nothing that is asked of them crashes, hangs, or fails with
// anything but a typed error.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapping, TidemarkError } from "@tidemark/core";
import { Heap, List } from "@tidemark/core/heap";
import { rounds } from "@tidemark/testing/torture.js";
import { randomNumbers } from "./random-numbers.js";

const byteLength = 64 * 1024;

test("damaged heaps give typed errors", (context) => {
  const seed = Date.now() & 0x7fffffff;
  context.diagnostic(`seed ${seed}`);
  const below = randomNumbers(seed);
  const { image, offsets, list } = soundHeap();
  const count = rounds({ short: 2_000, long: 100_000 });
  const ends = new Map<string, number>();
  using mapping = Mapping.anonymous(byteLength);
  const memory = mapping.bytes();
  const words = new Uint32Array(mapping.buffer);
  for (let turn = 0; turn < count; turn++) {
    memory.set(image);
    // The header's words, those of blocks, or any; one, or many.
    const changes = below(3) === 0 ? 1 + below(200) : 1 + below(3);
    for (let change = 0; change < changes; change++) {
      const at = placeToDamage(below, offsets);
      const odd = [0, 1, 2, 0xffffffff, 0x80000000, 256, 257, words[below(words.length)] ?? 0];
      words[at] = below(2) === 0 ? (odd[below(odd.length)] ?? 0) : below(2 ** 32);
    }
    const end = use(mapping, { offsets, list });
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  context.diagnostic(JSON.stringify(Object.fromEntries(ends)));
  assert.ok((ends.get("ERR_TIDEMARK_HEAP_CORRUPT") ?? 0) > count / 10);
});

function placeToDamage(below: (count: number) => number, offsets: readonly number[]): number {
  switch (below(4)) {
    case 0:
      return below(64);
    case 1:
      return below(1024);
    case 2: {
      const at = offsets[below(offsets.length)] ?? 0;
      return at / 4 - 4 + below(8);
    }
    default:
      return below(byteLength / 4);
  }
}

function soundHeap(): { image: Buffer; offsets: number[]; list: number } {
  using mapping = Mapping.anonymous(byteLength);
  const heap = Heap.create(mapping);
  const offsets = Array.from({ length: 40 }, (_, index) => heap.allocate(index * 13));
  const list = List.create(heap);
  for (let count = 0; count < 10; count++) offsets.push(list.add(new Uint8Array(count * 9)));
  for (let index = 0; index < 40; index += 3) heap.free(offsets[index] as number);
  heap.setRoot("list", list.byteOffset);
  heap.setRoot("other", 5);
  const image = Buffer.from(mapping.bytes());
  return { image, offsets, list: list.byteOffset };
}

/** Does all there is to do; gives the code of the first error. */
function use(
  mapping: Mapping,
  known: { readonly offsets: readonly number[]; readonly list: number },
): string {
  let first = "";
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      assert.ok(error instanceof TidemarkError, String((error as Error).stack));
      first ||= error.code;
      return undefined;
    }
  };
  const heap = attempt(() => Heap.open(mapping));
  if (heap === undefined) return first;
  attempt(() => heap.check());
  attempt(() => heap.allocations());
  attempt(() => heap.roots());
  for (const at of known.offsets.slice(0, 12)) attempt(() => heap.free(at));
  for (const length of [0, 100, 5000]) attempt(() => heap.allocate(length, { alignment: 64 }));
  for (const at of known.offsets.slice(12, 20)) attempt(() => heap.reallocate(at, 333));
  attempt(() => heap.setRoot("list", 7));
  attempt(() => heap.deleteRoot("other"));
  const list = attempt(() => List.open(heap, known.list));
  if (list !== undefined) {
    attempt(() => list.add(new Uint8Array(50)));
    attempt(() => list.visit(() => true));
    attempt(() => list.takeFirst());
    attempt(() => list.free());
  }
  attempt(() => heap.check());
  return first;
}
