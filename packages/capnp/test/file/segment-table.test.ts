import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginTable,
  finishTable,
  maxSlots,
  openNextSlot,
  readTable,
  segmentOffsets,
  storeSize,
} from "#capnp/file/segment-table.js";
import { tableByteLength } from "#capnp/framing/flat.js";

const file = 2 ** 40;

/** A head that keeps what it was after each single store. */
function head(slots: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(tableByteLength(slots)));
}

test("a table of 511 slots takes 2,048 bytes, one of a single slot 8", () => {
  assert.deepEqual([tableByteLength(511), tableByteLength(1), tableByteLength(2)], [2048, 8, 16]);
});

test("a message that was just begun is open in its first segment", () => {
  for (const slots of [1, 2, 3, maxSlots]) {
    const bytes = head(slots);
    beginTable(bytes, slots);
    assert.deepEqual(readTable(bytes, file), { slots, byteLengths: [], open: 0 });
  }
});

test("full segments are told while the message is unfinished", () => {
  const bytes = head(5);
  beginTable(bytes, 5);
  openNextSlot(bytes, 5, 0, 800);
  openNextSlot(bytes, 5, 1, 1600);
  assert.deepEqual(readTable(bytes, file), { slots: 5, byteLengths: [800, 1600], open: 2 });
});

test("the first checkpoint gives what other implementations read", () => {
  const bytes = head(4);
  beginTable(bytes, 4);
  openNextSlot(bytes, 4, 0, 800);
  finishTable(bytes, 4, [800, 80]);
  assert.deepEqual([...new Uint32Array(bytes.buffer)], [3, 100, 10, 0, 0, 0]);
  assert.deepEqual(readTable(bytes, file), { slots: 4, byteLengths: [800, 80], open: undefined });
  storeSize(bytes, 1, 160);
  storeSize(bytes, 2, 16);
  assert.deepEqual(readTable(bytes, file).byteLengths, [800, 160, 16]);
});

test("a single segment has the table of every other message in one segment", () => {
  const bytes = head(1);
  beginTable(bytes, 1);
  finishTable(bytes, 1, [64]);
  assert.deepEqual([...bytes], [0, 0, 0, 0, 8, 0, 0, 0]);
});

test("whichever store of the first checkpoint was the last, the table is open or whole", () => {
  const slots = 6;
  const before = head(slots);
  beginTable(before, slots);
  openNextSlot(before, slots, 0, 8);
  const after = before.slice();
  finishTable(after, slots, [8, 24]);
  const states = [before, after];
  // The count goes first.
  const between = before.slice();
  between.set(after.subarray(0, 4));
  states.push(between);
  for (const state of states) {
    const table = readTable(state, file);
    assert.equal(table.slots, slots);
    assert.deepEqual(table.byteLengths, table.open === undefined ? [8, 24] : [8]);
  }
});

test("segments lie behind the table, one after another", () => {
  assert.deepEqual(segmentOffsets(511, [8, 16]), [2048, 2056, 2072]);
  assert.deepEqual(segmentOffsets(1, []), [8]);
});

const malformed: Readonly<Record<string, { bytes: number[]; length?: number; text: RegExp }>> = {
  "nothing at all": { bytes: [], length: 0, text: /at least 8 bytes/ },
  "four bytes": { bytes: [0, 0, 0, 0], length: 4, text: /at least 8 bytes/ },
  text: { bytes: [...new TextEncoder().encode("hello, world, it's me")], text: /no message has/ },
  "a segment past the end": { bytes: [0, 0, 0, 0, 9, 0, 0, 0], length: 72, text: /end at byte 80/ },
  "a table past the end": { bytes: [200, 0, 0, 0, 0, 0, 0, 0], length: 8, text: /inside the segm/ },
  "an unfinished mark with nothing behind it": {
    bytes: [254, 255, 255, 255, 0, 0, 0, 0],
    text: /of no message/,
  },
  "an unfinished mark with more slots than there are": {
    bytes: [254, 255, 255, 255, 0, 2, 0, 64],
    text: /of no message/,
  },
  "a segment of more words than there can be": {
    bytes: [0, 0, 0, 0, 0, 0, 0, 32],
    text: /segment 0 of 1 should end/,
  },
};

for (const [what, { bytes, length, text }] of Object.entries(malformed)) {
  test(`${what} is no table`, () => {
    const padded = Uint8Array.from(bytes);
    assert.throws(() => readTable(padded, length ?? file), {
      code: "ERR_TIDEMARK_CAPNP_FRAMING",
      message: text,
    });
  });
}
