// What `tidemark cat` prints, `tidemark build` makes the same message of.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { MessageFile } from "@tidemark/capnp/file";
import { rounds } from "@tidemark/testing/torture.js";
import fc from "fast-check";
import { tidemarkInside } from "../running.js";
import { build, schemas, type TestBuild } from "./building.js";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", " ", '"', '""', "a,b", "\t", "\r\n", "\0", "line\nbreak", "\ufeff", "NULL"),
);
const integer = (bits: number, isSigned: boolean): fc.Arbitrary<string> => {
  const most = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  const least = isSigned ? -most - 1n : 0n;
  return fc.oneof(fc.bigInt(least, most), fc.constantFrom(least, most, 0n)).map(String);
};
const float = (isShort: boolean): fc.Arbitrary<string | number> => {
  return (isShort ? fc.float() : fc.double()).map((value) => {
    return Number.isFinite(value) ? value : String(value);
  });
};
const bytes = fc.array(fc.nat({ max: 255 }), { maxLength: 9 });

/** Rows as JSON says them; every key may be missing. */
const { row } = fc.letrec((tie) => ({
  row: fc.record(
    {
      text,
      bool: fc.boolean(),
      int8: integer(8, true),
      int16: integer(16, true),
      int32: integer(32, true),
      int64: integer(64, true),
      uint8: integer(8, false),
      uint16: integer(16, false),
      uint32: integer(32, false),
      uint64: integer(64, false),
      float32: float(true),
      float64: float(false),
      color: fc.constantFrom("red", "green", "blue", 77),
      data: bytes,
      place: fc.record({ city: text, zip: integer(32, false) }, { requiredKeys: [] }),
      child: fc.oneof({ depthSize: "small", maxDepth: 2 }, fc.constant({}), tie("row")),
      numbers: fc.array(integer(32, true), { maxLength: 4 }),
      children: fc.oneof(
        { depthSize: "small", maxDepth: 2 },
        fc.constant([]),
        fc.array(tie("row"), { maxLength: 3 }),
      ),
      shape: fc.oneof(
        fc.constant({ none: null }),
        fc.record({ circle: float(false) }),
        fc.record({ name: text }),
        fc.record({ square: fc.record({ side: integer(16, false), unit: text }) }),
      ),
    },
    { requiredKeys: [] },
  ),
}));

/** JSON that has -0, as numbers of JSON do, and JSON.stringify has not. */
function toLine(value: unknown): string {
  const zero = '"the zero that is negative"';
  const line = JSON.stringify(value, (_, each) => (Object.is(each, -0) ? zero.slice(1, -1) : each));
  return line.replaceAll(zero, "-0");
}

async function cat(file: string, ...options: string[]): Promise<string> {
  const { status, stdout, stderr } = await tidemarkInside(["cat", file, ...options]);
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

function objectOf(file: string, root = "Rows"): unknown {
  using reader = MessageFile.open(file);
  return reader.getRoot(schemas.struct(root)).toObject();
}

const ndjson: TestBuild = { format: "ndjson", embed: true };
const runs = { numRuns: rounds({ short: 3, long: 2000 }) };

test("build, cat, build: the same message, by every form", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40, size: "max" }), async (rows) => {
      const first = await build(rows.map((each) => `${toLine(each)}\n`).join(""), ndjson);
      const lines = await cat(first.file);
      const second = await build(lines, ndjson);
      assert.deepEqual(objectOf(second.file), objectOf(first.file));
      // Built in one order, they are one sequence of bytes.
      assert.equal(await cat(second.file), lines);
      const third = await build(lines, ndjson);
      assert.ok(fs.readFileSync(third.file).equals(fs.readFileSync(second.file)));
      for (const [format, delimiter] of [
        ["csv", ","],
        ["tsv", "\t"],
      ] as const) {
        const cells = await cat(first.file, "--format", format);
        const again = await build(cells, { format, delimiter, embed: true });
        assert.equal(await cat(again.file), lines, cells);
      }
      const hex = await cat(first.file, "--format", "csv", "--data", "hex");
      const fromHex = await build(hex, { format: "csv", data: "hex", embed: true });
      assert.equal(await cat(fromHex.file), lines);
    }),
    runs,
  );
});

test("rows in parts come back in parts, and a lone root as one row", async () => {
  const lines = Array.from({ length: 7 }, (_, index) => `{"int8":${index}}\n`).join("");
  const parts = { ...ndjson, root: "Parts", chunkRows: 3 };
  const { file } = await build(lines, parts);
  const again = await build(await cat(file), parts);
  assert.deepEqual(objectOf(again.file, "Parts"), objectOf(file, "Parts"));
  const one = await build('{"name":"a\\u0000b","size":3}\n', { ...ndjson, root: "One" });
  assert.equal(await cat(one.file), '{"name":"a\\u0000b","size":3}\n');
  const root = await build('{"title":"x","rows":[{"int8":1}]}', { ...ndjson, list: false });
  const whole = await cat(root.file, "--no-list", "--format", "csv");
  const back = await build(whole, { format: "csv", list: false, embed: true });
  assert.deepEqual(objectOf(back.file), objectOf(root.file));
});
