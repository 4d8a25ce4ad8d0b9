// Mutated messages through everything that reads: nothing but typed errors comes out, nothing is
// written, and nothing takes long.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CapnpError,
  canonicalize,
  isCanonical,
  MessageBuilder,
  MessageReader,
  readMessages,
  unpack,
} from "@tidemark/capnp";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { harvest, plant, trees } from "./trees.js";

const count = rounds({ short: 1_500, long: 100_000 });
const limits = { traversalLimitWords: 20_000, maxByteLength: 2 ** 20 };

interface Change {
  readonly place: number;
  readonly how: { readonly bit: number } | { readonly byte: number };
}

/** Where bytes are changed, and how; or where the message is cut. */
const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    how: fc.oneof(
      fc.record({ bit: fc.nat(7) }),
      fc.record({ byte: fc.constantFrom(0, 1, 2, 3, 4, 7, 0x7f, 0x80, 0xff) }),
      fc.record({ byte: fc.nat(255) }),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function changed(bytes: Uint8Array, all: readonly Change[]): Uint8Array {
  const result = bytes.slice();
  for (const { place, how } of all) {
    const at = Math.floor(place * result.byteLength);
    const byte = result[at] ?? 0;
    result[at] = "bit" in how ? byte ^ (1 << how.bit) : how.byte;
  }
  return result;
}

/** Runs what may only fail with an error of the library. */
function survives(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof CapnpError)) throw error;
  }
}

test(`${count} damaged messages, read in every way`, () => {
  fc.assert(
    fc.property(trees, fc.boolean(), changes, (tree, tiny, damage) => {
      const arena = { addSegment: (least: number) => new Uint8Array(least) };
      const message = tiny ? new MessageBuilder(arena) : new MessageBuilder();
      plant(message.root, tree);
      const flat = changed(message.toFlat(), damage);
      const before = flat.slice();
      survives(() => harvest(MessageReader.fromFlat(flat, limits).root));
      survives(() => MessageReader.fromFlat(flat, limits).root.asText());
      survives(() => MessageReader.fromFlat(flat, limits).root.asData());
      survives(() => canonicalize(MessageReader.fromFlat(flat, limits)));
      survives(() => isCanonical(MessageReader.fromFlat(flat, limits)));
      survives(() => new MessageBuilder().root.set(MessageReader.fromFlat(flat, limits).root));
      survives(() => [...readMessages(flat, limits)].map(({ root }) => harvest(root)));
      assert.deepEqual(flat, before);
      const packed = changed(message.toPacked(), damage);
      survives(() => unpack(packed, limits));
      survives(() => harvest(MessageReader.fromPacked(packed, limits).root));
    }),
    { numRuns: count },
  );
});

test("damaged messages under a builder: typed errors, and no byte outside of the segment", () => {
  fc.assert(
    fc.property(trees, changes, (tree, damage) => {
      const source = new MessageBuilder();
      plant(source.root, tree);
      const words = source.segments[0]?.used() ?? new Uint8Array(8);
      const memory = new Uint8Array(words.byteLength + 512).fill(0x55);
      const bytes = memory.subarray(0, words.byteLength);
      bytes.set(changed(words, damage));
      const message = new MessageBuilder({
        addSegment: (least: number) => new Uint8Array(least),
        existingSegments: () => [{ bytes, byteLength: bytes.byteLength }],
      });
      survives(() => message.root.disown());
      survives(() => message.root.clear());
      assert.ok(memory.subarray(bytes.byteLength).every((byte) => byte === 0x55));
    }),
    { numRuns: count / 3 },
  );
});
