// Rows of NDJSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf, troubleOf } from "./building.js";

const ndjson = { format: "ndjson" } as const;

test("objects become structs with all that is in them", async () => {
  const [row] = await rowsOf(
    `${JSON.stringify({
      text: "Ada",
      int64: "-9223372036854775808",
      color: "blue",
      data: "aGk=",
      place: { city: "Ur" },
      child: { children: [{ int8: -1 }] },
      numbers: [1, 2],
      shape: { square: { side: 3 } },
    })}\n`,
    ndjson,
  );
  assert.deepEqual(
    [row?.["text"], row?.["int64"], row?.["color"], row?.["place"], row?.["numbers"]],
    ["Ada", -(2n ** 63n), "blue", { city: "Ur", zip: 10115 }, [1, 2]],
  );
  assert.deepEqual(row?.["shape"], { square: { side: 3 } });
  assert.equal(Buffer.from(row?.["data"] as Uint8Array).toString(), "hi");
});

test("64-bit integers are exact as numbers, too", async () => {
  const [row] = await rowsOf('{"int64":9007199254740993,"uint64":18446744073709551615}', ndjson);
  assert.deepEqual([row?.["int64"], row?.["uint64"]], [9007199254740993n, 2n ** 64n - 1n]);
});

test("blank lines, CRLF, a byte order mark, a missing last line feed are no matter", async () => {
  const rows = await rowsOf('\ufeff{"text":"a"}\r\n\r\n  \t\n{"text":"b"}', ndjson);
  assert.deepEqual(
    rows.map((row) => row["text"]),
    ["a", "b"],
  );
  assert.deepEqual(await rowsOf("", ndjson), []);
});

const deep = 100_000;

const wrong: readonly [string, string, RegExp][] = [
  ["an unknown name", '{"text":"a"}\n{"txt":"b"}\n', /^input:2:8: txt: Row has no such field$/],
  ["a wrong type", '\n{"text": 1}\n', /^input:2:10: text: Text must be a string, got 1$/],
  ["a number out of range", '{"uint8":256}', /^input:1:10: uint8: .*from 0 to 255, got 256$/],
  ["a place deep inside", '{"children":[{},{"int8":"x"}]}', /^input:1:25: children\[1\]\.int8: /],
  ["a broken line", '{"text":"a"}\n{"text":\n', /^input:2:9: .*got the end$/],
  ["half a string", '{"text":"a}', /^input:1:12: /],
  ["two values", "{} {}", /^input:1:4: the end is expected, got "\{"$/],
  ["no object", "[1]", /^input:1:1: Row must be an object, got an array$/],
  ["a number alone", "17", /^input:1:1: Row must be an object, got 17$/],
  ["nothing known of an enum", '{"color":"pink"}', /^input:1:10: color: .*pink/],
  ["no base64", '{"data":"?"}', /^input:1:9: data: Data must be base64/],
  ["brackets without end", "[".repeat(deep), /^input:1:\d+: /],
  ["an object as deep", '{"child":'.repeat(deep), /^input:1:\d+: /],
  [
    "whole, and as deep",
    `${'{"child":'.repeat(deep)}{}${"}".repeat(deep)}`,
    /^input:1:\d+: .*deep/,
  ],
  ["letters before", '{"text":"\u00e4\u{1f600}","int8":x}', /^input:1:22: /],
];

for (const [what, content, expected] of wrong) {
  test(`a place is told for ${what}`, async () => {
    assert.match(await troubleOf(content, ndjson), expected);
  });
}

test("what is no UTF-8 is told, and U+FFFD itself is none of it", async () => {
  const bytes = Buffer.from('{"text":"a"}\n{"text":"\xe9"}\n', "latin1");
  assert.match(
    await troubleOf(bytes, ndjson),
    /^input:2:10: JSON must be UTF-8, got the byte 0xe9$/,
  );
  const [row] = await rowsOf('{"text":"\ufffd"}', ndjson);
  assert.equal(row?.["text"], "\ufffd");
});

test("very long numbers are judged in no time", async () => {
  const digits = "1".repeat(900_000);
  for (const [line, expected] of [
    [`{"float64":"${digits}x"}`, /^input:1:12: float64: Float64 must be a number/],
    [`{"int64":"${digits}"}`, /^input:1:10: int64: Int64 must be an integer/],
    [`{"int64":${digits}}`, /^input:1:10: int64: /],
    [`{"int8":${digits}}`, /^input:1:9: int8: /],
  ] as const) {
    assert.match(await troubleOf(line, ndjson), expected);
  }
});

test("a line that is too long is told", async () => {
  const line = `{"text":"${"x".repeat(3000)}"}`;
  const how = { ...ndjson, maxRowByteLength: 1000 };
  assert.match(await troubleOf(`{}\n${line}\n{}`, how), /^input:2:1: .*more than 1000 bytes/);
});

test("names of the language's own objects are names like others", async () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const line = `{"${name}":{"text":"x"}}`;
    assert.match(await troubleOf(line, ndjson), /^input:1:\d+: .*no such field/);
  }
});

test("what is not known is left out where that is asked for", async () => {
  const rows = await rowsOf('{"txt":1,"text":"a"}', { ...ndjson, ignoreUnknown: true });
  assert.equal(rows[0]?.["text"], "a");
});
