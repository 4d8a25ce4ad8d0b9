// Whatever is done to a tracked file, in whatever order: it is what plain memory and a plain file
// would be.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { pageSize, TrackedFile, type TrackingDetection } from "@tidemark/core";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";

/** Not whole pages, so that the last one is also met. */
const maxByteLength = 24 * pageSize + 1000;

type Step =
  | { readonly do: "store"; readonly at: number; readonly length: number; readonly value: number }
  | { readonly do: "read"; readonly at: number }
  | { readonly do: "touch"; readonly at: number; readonly length: number }
  | { readonly do: "commit"; readonly durable: boolean; readonly async: boolean }
  | { readonly do: "commit at"; readonly byteLength: number }
  | { readonly do: "rollback" }
  | { readonly do: "reopen"; readonly commit: boolean };

const position = fc.oneof(
  fc.nat(maxByteLength - 1),
  // Where pages meet is where mistakes are.
  fc.tuple(fc.nat(24), fc.integer({ min: -2, max: 2 })).map(([page, by]) => {
    return Math.min(Math.max(page * pageSize + by, 0), maxByteLength - 1);
  }),
);
const length = fc.oneof(fc.nat(64), fc.nat(4 * pageSize));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("store" as const),
      at: position,
      length,
      value: fc.nat(255),
    }),
  },
  fc.record({ do: fc.constant("read" as const), at: position }),
  fc.record({ do: fc.constant("touch" as const), at: position, length }),
  fc.record({ do: fc.constant("commit" as const), durable: fc.boolean(), async: fc.boolean() }),
  fc.record({ do: fc.constant("commit at" as const), byteLength: position }),
  fc.record({ do: fc.constant("rollback" as const) }),
  fc.record({ do: fc.constant("reopen" as const), commit: fc.boolean() }),
);

/** The memory and the file, plainly. */
class Model {
  readonly memory = Buffer.alloc(maxByteLength);
  file: Buffer = Buffer.alloc(0);
  readonly dirty = new Set<number>();

  write(at: number, count: number): void {
    for (let page = Math.floor(at / pageSize); page * pageSize < at + count; page++) {
      if (count > 0) this.dirty.add(page);
    }
  }

  get byteLength(): number {
    const pageEnd = Math.ceil(this.file.length / pageSize) * pageSize;
    const last = Math.max(-1, ...this.dirty) + 1;
    const tail = this.memory.subarray(this.file.length, pageEnd);
    const end =
      last * pageSize > pageEnd || tail.some((byte) => byte !== 0)
        ? Math.max(last * pageSize, pageEnd)
        : this.file.length;
    return Math.min(end, maxByteLength);
  }

  commit(byteLength: number = this.byteLength): void {
    const file = Buffer.alloc(byteLength);
    this.memory.copy(file, 0, 0, byteLength);
    this.file = file;
    this.show();
  }

  show(): void {
    this.memory.fill(0);
    this.file.copy(this.memory);
    this.dirty.clear();
  }

  get ranges(): { byteOffset: number; byteLength: number }[] {
    const ranges: { byteOffset: number; byteLength: number }[] = [];
    for (const page of [...this.dirty].sort((a, b) => a - b)) {
      const byteOffset = page * pageSize;
      const byteLength = Math.min(pageSize, maxByteLength - byteOffset);
      const last = ranges.at(-1);
      if (last !== undefined && last.byteOffset + last.byteLength === byteOffset) {
        last.byteLength += byteLength;
      } else {
        ranges.push({ byteOffset, byteLength });
      }
    }
    return ranges;
  }
}

async function run(detection: TrackingDetection, steps: readonly Step[]): Promise<void> {
  const path = temporaryPath();
  const options = { maxByteLength, detection, create: true };
  const model = new Model();
  let file = TrackedFile.open(path, options);
  for (const each of steps) {
    const bytes = file.bytes();
    switch (each.do) {
      case "store": {
        const end = Math.min(each.at + each.length, maxByteLength);
        bytes.fill(each.value, each.at, end);
        model.memory.fill(each.value, each.at, end);
        model.write(each.at, end - each.at);
        break;
      }
      case "read":
        assert.equal(bytes[each.at], model.memory[each.at]);
        break;
      case "touch": {
        const byteLength = Math.min(each.length, maxByteLength - each.at);
        file.touch({ byteOffset: each.at, byteLength });
        model.write(each.at, byteLength);
        break;
      }
      case "commit":
        if (each.async) await file.commit({ durable: each.durable });
        else file.commitSync({ durable: each.durable });
        model.commit();
        break;
      case "commit at":
        file.commitSync({ byteLength: each.byteLength, durable: false });
        model.commit(each.byteLength);
        break;
      case "rollback":
        file.rollback();
        model.show();
        break;
      case "reopen":
        file.close({ commit: each.commit, durable: false });
        if (each.commit) model.commit();
        else model.show();
        file = TrackedFile.open(path, options);
        break;
    }
    assert.deepEqual(file.dirtyRanges(), model.ranges);
    assert.equal(file.byteLength, model.byteLength);
    assert.ok(fs.readFileSync(path).equals(model.file), "the file");
  }
  assert.ok(model.memory.equals(file.bytes()), "the memory");
  file.close({ commit: false });
}

describe("a tracked file, whatever is done to it", () => {
  for (const detection of ["guard-pages", "kernel"] as const) {
    test(`is what plain memory and a plain file would be (${detection})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => run(detection, steps)),
        { numRuns: rounds({ short: 60, long: 1500 }) },
      );
    });
  }
});
