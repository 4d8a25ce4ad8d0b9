// Whatever is done to a growing file, in whatever order: it is what plain memory would be.

import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { GrowingFile, type GrowthStrategy, pageSize } from "@tidemark/core";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";

/** Not whole pages, so that the last one is also met. */
const maxByteLength = 48 * pageSize + 1000;

type Step =
  | { readonly do: "store"; readonly at: number; readonly length: number; readonly value: number }
  | { readonly do: "move"; readonly from: number; readonly to: number; readonly length: number }
  | { readonly do: "ensure"; readonly byteEnd: number }
  | { readonly do: "read"; readonly at: number }
  | { readonly do: "flush" }
  | { readonly do: "reopen"; readonly trim: boolean }
  | { readonly do: "reopen at"; readonly byteLength: number };

const position = fc.oneof(
  fc.nat(maxByteLength - 1),
  // Where pages meet is where mistakes are.
  fc.tuple(fc.nat(48), fc.integer({ min: -2, max: 2 })).map(([page, by]) => {
    return Math.min(Math.max(page * pageSize + by, 0), maxByteLength - 1);
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("store" as const),
      at: position,
      length: fc.oneof(fc.nat(64), fc.nat(4 * pageSize)),
      value: fc.nat(255),
    }),
  },
  fc.record({
    do: fc.constant("move" as const),
    from: position,
    to: position,
    length: fc.nat(2 * pageSize),
  }),
  fc.record({ do: fc.constant("ensure" as const), byteEnd: position }),
  fc.record({ do: fc.constant("read" as const), at: position }),
  fc.record({ do: fc.constant("flush" as const) }),
  fc.record({ do: fc.constant("reopen" as const), trim: fc.boolean() }),
  fc.record({ do: fc.constant("reopen at" as const), byteLength: position }),
);

/** The file as plain memory. */
class Model {
  readonly bytes = Buffer.alloc(maxByteLength);
  /** The length it had when it was opened last. */
  floor = 0;

  get byteLength(): number {
    let last = maxByteLength;
    while (last > 0 && this.bytes[last - 1] === 0) last--;
    if (last <= this.floor) return this.floor;
    return Math.min(Math.ceil(last / pageSize) * pageSize, maxByteLength);
  }

  cutAt(byteLength: number): void {
    this.bytes.fill(0, byteLength);
    this.floor = byteLength;
  }
}

function run(strategy: GrowthStrategy, steps: readonly Step[]): void {
  const path = temporaryPath();
  const growth = { minStep: pageSize, maxStep: 8 * pageSize };
  const options = { maxByteLength, strategy, growth };
  const model = new Model();
  let file = GrowingFile.create(path, options);
  const announce = (byteEnd: number): void => {
    if (strategy === "explicit") file.ensure(byteEnd);
  };
  for (const now of steps) {
    switch (now.do) {
      case "store": {
        const byteEnd = Math.min(now.at + now.length, maxByteLength);
        announce(byteEnd);
        file.bytes(now.at, byteEnd - now.at).fill(now.value);
        model.bytes.fill(now.value, now.at, byteEnd);
        break;
      }
      case "move": {
        const byteEnd = Math.min(Math.max(now.from, now.to) + now.length, maxByteLength);
        const length = byteEnd - Math.max(now.from, now.to);
        announce(byteEnd);
        file.bytes().copyWithin(now.to, now.from, now.from + length);
        model.bytes.copyWithin(now.to, now.from, now.from + length);
        break;
      }
      case "ensure":
        file.ensure(now.byteEnd);
        assert.ok(fs.statSync(path).size >= now.byteEnd);
        break;
      case "read":
        announce(now.at + 1);
        assert.equal(file.bytes(now.at, 1)[0], model.bytes[now.at]);
        break;
      case "flush":
        file.flushSync();
        break;
      case "reopen":
        file.close({ trim: now.trim });
        // How far ahead it had grown is its own business, but it is at least the data.
        if (!now.trim)
          assert.ok(fs.statSync(path).size >= Math.min(model.byteLength, maxByteLength));
        model.floor = now.trim ? model.byteLength : fs.statSync(path).size;
        compare(path, model, model.floor);
        file = GrowingFile.open(path, options);
        break;
      case "reopen at":
        file.close({ byteLength: now.byteLength });
        model.cutAt(now.byteLength);
        compare(path, model, now.byteLength);
        file = GrowingFile.open(path, options);
        break;
    }
    assert.equal(file.byteLength, Math.min(model.byteLength, maxByteLength), now.do);
  }
  assert.deepEqual(file.faults, []);
  file.close();
  compare(path, model, model.byteLength);
  fs.rmSync(path);
}

function compare(path: string, model: Model, byteLength: number): void {
  const found = fs.readFileSync(path);
  assert.equal(found.length, byteLength);
  const expected = Buffer.alloc(byteLength);
  model.bytes.copy(expected);
  assert.ok(found.equals(expected), "the bytes differ");
}

describe("a growing file is what plain memory would be", () => {
  for (const strategy of ["extend-file", "remap", "explicit"] as const) {
    test(`whatever is done to it, by ${strategy}`, (context) => {
      const seed = Date.now() | 0;
      context.diagnostic(`seed ${seed}`);
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) =>
          run(strategy, steps),
        ),
        { seed, numRuns: rounds({ short: 150, long: 3000 }) },
      );
    });
  }
});
