// Random rows through NDJSON and CSV into a message, and read back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonCodec } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { build, schemas, type TestBuild } from "./building.js";

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.stringMatching(/^[",\n\r a]{0,8}$/),
);
const int = (bits: number): fc.Arbitrary<number> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });

const flatRow = fc.record({
  text,
  bool: fc.boolean(),
  int8: int(8),
  int16: int(16),
  int32: int(32),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  uint8: uint(8),
  uint16: uint(16),
  uint32: uint(32),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  color: fc.constantFrom("red", "green", "blue"),
  data: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  place: fc.record({ city: text, zip: uint(32) }),
});

const deepRow = fc.record({
  ...{ numbers: fc.array(int(32), { maxLength: 5 }), child: flatRow },
  children: fc.array(flatRow, { maxLength: 3 }),
  shape: fc.oneof(
    fc.record({ circle: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    fc.record({ square: fc.record({ side: uint(16), unit: text }) }),
    fc.record({ name: text }),
  ),
});

const json = new JsonCodec({ data: "base64" });

/** What the message says, as JSON. */
async function readBack(content: string, how: TestBuild): Promise<unknown[]> {
  const { file } = await build(content, { ...how, embed: true });
  using reader = MessageFile.open(file);
  const list = reader.getRoot(schemas.struct("Rows")).getStructList("rows");
  return [...list].map((row) => JSON.parse(json.encode(row)));
}

/** Compares what was given: fields that were not given have their defaults. */
function checkGiven(found: unknown, given: unknown): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const isZero = found === 0 && given === 0;
    if (!isZero) assert.deepEqual(JSON.stringify(found).length > 0 ? found : "", given);
    return;
  }
  for (const [name, value] of Object.entries(given)) {
    const inside = (found as Record<string, unknown>)[name];
    if (Array.isArray(value)) {
      assert.equal((inside as unknown[]).length, value.length);
      for (const [index, each] of value.entries()) checkGiven((inside as unknown[])[index], each);
    } else checkGiven(inside, value);
  }
}

test("rows of NDJSON", async () => {
  const row = fc.oneof(flatRow, deepRow);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
      const lines = rows.map((each) => `${JSON.stringify(each)}\n`).join("");
      const found = await readBack(lines, { format: "ndjson" });
      assert.equal(found.length, rows.length);
      for (const [index, each] of rows.entries()) checkGiven(found[index], each);
    }),
    { numRuns: rounds({ short: 10, long: 500 }) },
  );
});

const columns = [
  ...["text", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
  ...["float32", "float64", "color", "data", "place.city", "place.zip"],
];

function quote(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

/** A cell, with quotes where it needs them; texts always, as an empty one is none without. */
function cellOf(row: Record<string, unknown>, column: string): string {
  const value = column
    .split(".")
    .reduce<unknown>((holder, name) => (holder as Record<string, unknown>)[name], row);
  if (Object.is(value, -0)) return "-0";
  return typeof value === "string" ? quote(value) : String(value);
}

for (const [name, delimiter, lineEnd] of [
  ["CSV", ",", "\n"],
  ["CSV with CRLF", ";", "\r\n"],
  ["TSV", "\t", "\n"],
] as const) {
  test(`rows of ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(flatRow, { maxLength: 30 }), async (rows) => {
        const lines = rows.map((row) => columns.map((column) => cellOf(row, column)));
        const content = [columns, ...lines]
          .map((cells) => cells.join(delimiter) + lineEnd)
          .join("");
        const found = await readBack(content, { delimiter });
        assert.equal(found.length, rows.length);
        for (const [index, row] of rows.entries()) checkGiven(found[index], row);
      }),
      { numRuns: rounds({ short: 10, long: 500 }) },
    );
  });
}

test("any bytes at all give a message or an error of one line", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((each): Uint8Array => each),
    fc.stringMatching(/^[",\n\r{}[\]:ae1-]{0,40}$/).map((each): Uint8Array => Buffer.from(each)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), fc.boolean(), async (tail, isJson, skipBad) => {
      const head = isJson ? "" : "text,int32\n";
      const content = Buffer.concat([Buffer.from(head), tail]);
      const how = { format: isJson ? "ndjson" : "csv", skipBad } as const;
      try {
        await build(content, how);
      } catch (error) {
        assert.ok(!skipBad, String(error));
        assert.match((error as Error).message, /^input:\d+:\d+: .+$|UTF-16/);
      }
    }),
    { numRuns: rounds({ short: 50, long: 2000 }) },
  );
});
