// Rows of CSV: what their cells become, and what is said of those that do not fit.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf, troubleOf } from "./building.js";

test("cells become fields by the types of these", async () => {
  const header = "text,bool,int8,int16,int32,int64,uint8,uint16,uint32,uint64,float32,float64";
  const rows = await rowsOf(
    `${header},color,data\n` +
      "Ada,true,-128,-32768,-2147483648,-9223372036854775808,255,65535,4294967295," +
      "18446744073709551615,1.5,-0.1,blue,aGk=\n" +
      "Bob,0, 12 ,+7,-0,9007199254740993,0,00012,1,2,nan,1e-7,0,\n" +
      "C,FALSE,1,2,3,4,5,6,7,8,-inf,Infinity,2,\n",
  );
  const [ada, bob, c] = rows;
  assert.deepEqual(
    [ada?.["text"], ada?.["bool"], ada?.["int8"], ada?.["int16"], ada?.["int32"], ada?.["int64"]],
    ["Ada", true, -128, -32768, -2147483648, -(2n ** 63n)],
  );
  assert.deepEqual(
    [ada?.["uint8"], ada?.["uint16"], ada?.["uint32"], ada?.["uint64"], ada?.["float32"]],
    [255, 65535, 4294967295, 2n ** 64n - 1n, 1.5],
  );
  assert.deepEqual([ada?.["float64"], ada?.["color"]], [-0.1, "blue"]);
  assert.equal(Buffer.from(ada?.["data"] as Uint8Array).toString(), "hi");
  assert.deepEqual(
    [bob?.["bool"], bob?.["int8"], bob?.["int16"], bob?.["int32"], bob?.["int64"], bob?.["uint16"]],
    [false, 12, 7, 0, 9007199254740993n, 12],
  );
  assert.deepEqual([bob?.["float32"], bob?.["float64"], bob?.["color"]], [Number.NaN, 1e-7, "red"]);
  assert.deepEqual(
    [c?.["float32"], c?.["float64"], c?.["bool"], c?.["color"]],
    [-Infinity, Infinity, false, "blue"],
  );
});

test("an empty cell is what a new struct has; in quotes it is an empty text", async () => {
  const rows = await rowsOf('text,int32,color,place.zip,data\n,,,,\n"","",,"",""\n');
  assert.deepEqual(
    rows.map(({ text, int32, color, place }) => [text, int32, color, place]),
    [
      [undefined, 0, "green", { zip: 10115 }],
      ["", 0, "green", { zip: 10115 }],
    ],
  );
});

test("quotes hold delimiters, line feeds and doubled quotes", async () => {
  const rows = await rowsOf(
    'text,int32\r\n"a,b",1\r\n"two\r\nlines",2\r\n"say ""hi""","3"\r\n5" x,4',
  );
  assert.deepEqual(
    rows.map(({ text, int32 }) => [text, int32]),
    [
      ["a,b", 1],
      ["two\r\nlines", 2],
      ['say "hi"', 3],
      ['5" x', 4],
    ],
  );
});

test("blank lines, a byte order mark and a missing last line feed are no matter", async () => {
  for (const text of ["text\n\na\n\r\n\nb\n\n", "\ufefftext\na\nb", '\ufeff"text"\r\na\r\nb\r\n']) {
    assert.deepEqual(
      (await rowsOf(text)).map((row) => row["text"]),
      ["a", "b"],
    );
  }
  assert.deepEqual(await rowsOf("text\n"), []);
  assert.deepEqual(await rowsOf("text"), []);
});

test("other delimiters, no header, other names, and a text that means nothing", async () => {
  const tabs = await rowsOf("text\tint32\na b\t1\n", { format: "tsv", delimiter: "\t" });
  assert.deepEqual([tabs[0]?.["text"], tabs[0]?.["int32"]], ["a b", 1]);
  const semicolons = await rowsOf("text;float64\na,b;1.5\n", { delimiter: ";" });
  assert.deepEqual([semicolons[0]?.["text"], semicolons[0]?.["float64"]], ["a,b", 1.5]);
  const columns = ["text", "int32"];
  const bare = await rowsOf("a,1\nb,2\n", { hasHeader: false, columns });
  assert.deepEqual(
    bare.map((row) => row["text"]),
    ["a", "b"],
  );
  const named = await rowsOf("Name,Number\na,1\n", { columns });
  assert.deepEqual(
    named.map((row) => row["text"]),
    ["a"],
  );
  const nulls = await rowsOf("text,int32\nNULL,NULL\nNULLS,1\n", { nullText: "NULL" });
  assert.deepEqual(
    nulls.map((row) => row["text"]),
    [undefined, "NULLS"],
  );
  const known = await rowsOf("text,weight\na,heavy\n", { ignoreUnknown: true });
  assert.deepEqual(
    known.map((row) => row["text"]),
    ["a"],
  );
  const hex = await rowsOf("data\n6869\n", { data: "hex" });
  assert.equal(Buffer.from(hex[0]?.["data"] as Uint8Array).toString(), "hi");
});

test("dots lead through groups and structs, JSON stands for structs and lists", async () => {
  const [row] = await rowsOf(
    "place.city,place.zip,child.text,child.place.city,numbers,children\n" +
      'Ur,7,kid,Uruk,"[1,-2]","[{""text"":""x""},{}]"\n',
  );
  const child = row?.["child"] as Record<string, unknown>;
  const children = row?.["children"] as Record<string, unknown>[];
  assert.deepEqual(row?.["place"], { city: "Ur", zip: 7 });
  assert.deepEqual([child["text"], child["place"]], ["kid", { city: "Uruk", zip: 10115 }]);
  assert.deepEqual(row?.["numbers"], [1, -2]);
  assert.deepEqual(
    children.map((each) => each["text"]),
    ["x", undefined],
  );
});

test("a union holds the member whose cell is not empty", async () => {
  const header = "shape.none,shape.circle,shape.square.side,shape.square.unit,shape.name\n";
  const rows = await rowsOf(`${header},1.5,,,\n,,2,cm,\n,,,,n\nnull,,,,\n,,,,\n`);
  assert.deepEqual(
    rows.map((row) => row["shape"]),
    [
      { circle: 1.5 },
      { square: { side: 2, unit: "cm" } },
      { name: "n" },
      { none: undefined },
      { none: undefined },
    ],
  );
  assert.equal(
    await troubleOf(`${header},1.5,,,\n,1.5,,,n\n`),
    "input:3:8: the union holds shape.circle: then shape.name must be empty",
  );
});

const wrong: readonly [string, string, RegExp][] = [
  [
    "a number with letters",
    "text,int32\na,12a\n",
    /^input:2:3: Row\.int32, Int32, must be .*"12a"$/,
  ],
  ["a fraction", "int32\n1.0\n", /^input:2:1: .*"1\.0"$/],
  ["a number that is too large", "uint8,text\n1,a\n256,b\n", /^input:3:1: .* 0 to 255, got "256"$/],
  ["a negative one without a sign bit", "uint32\n-1\n", /^input:2:1: .*got "-1"$/],
  ["one beyond 64 bits", "uint64\n18446744073709551616\n", /^input:2:1: /],
  ["one far beyond", `int64\n${"9".repeat(100_000)}\n`, /^input:2:1: .*…$/],
  ["a bare sign", "int64\n-\n", /^input:2:1: /],
  ["blanks for a number", "int64\n  \n", /^input:2:1: /],
  ["no float", "float64\n1.2.3\n", /^input:2:1: Row\.float64, Float64, must be a number/],
  ["a float that is too large", "float32\n1e39\n", /^input:2:1: .*not so large/],
  ["no truth value", "bool\nyes\n", /^input:2:1: .*true, false, 1 or 0, got "yes"$/],
  ["no name of an enum", "color\npink\n", /^input:2:1: .*one of red, green, blue, got "pink"$/],
  ["no base64", "data\na\n", /^input:2:1: .*base64/],
  ["half a padding", "data\naQ=\n", /^input:2:1: .*base64/],
  ["no JSON", "numbers\n[1\n", /^input:2:1: .*JSON/],
  ["JSON that ends early", 'children\n"[], ""text"": ""x"""\n', /^input:2:1: .*JSON/],
  ["JSON of something else", 'numbers\n"[1,""x""]"\n', /^input:2:\d+: Row\.numbers takes JSON: /],
  ["something for Void", "void\nx\n", /^input:2:1: .*null/],
  ["too few cells", "text,int32\na,1\nb\n", /^input:3:2: the row has 1 cells, but there are 2/],
  ["too many cells", 'text\na\nb,"c"\n', /^input:3:3: the row has 2 cells, but there are 1/],
  ["an open quote", 'text\na\n"b\nc\n', /^input:3:1: the quote that begins here is never closed/],
  ["text behind a quote", 'text,int32\n"a"b,1\n', /^input:2:4: "," or the end .* got "b"/],
  [
    "an unknown column",
    "text,colour\n",
    /^input:1:6: Row has no field "colour": did you mean color/,
  ],
  ["a column twice", "text,text\n", /^input:1:6: the column text is there twice/],
  ["a column without a name", "text,\n", /^input:1:6: Row has no field ""/],
  ["a way through a number", "int32.x\n", /^input:1:1: .*which is Int32 and no struct/],
  [
    "an unknown name on the way",
    "place.town\n",
    /^input:1:1: .*"town" \(in the column place\.town\)/,
  ],
  ["a pointer of any kind", "any\n", /^input:1:1: Row\.any is AnyPointer, which no text can say/],
  ["an empty file", "", /^input:1:1: there is no header/],
  ["what is no UTF-8", "text\n\u00e9\n", /^input:2:1: Row\.text: a Text must be UTF-8, got 0xe9/],
  ["lines before in quotes", 'text,int32\n"a\n\nb",x\n', /^input:4:4: /],
  ["a second row behind letters", "text,int32\n\u00e4\u{1f600}\u00f6,x\n", /^input:2:\d+: /],
];

for (const [what, content, expected] of wrong) {
  test(`a place is told for ${what}`, async () => {
    const bytes = what === "what is no UTF-8" ? Buffer.from(content, "latin1") : content;
    assert.match(await troubleOf(bytes), expected);
  });
}

test("columns count as editors count them", async () => {
  assert.match(await troubleOf("text,int32\n\u00e4\u{1f600}\u00f6,x\n"), /^input:2:6: /);
  assert.match(await troubleOf("\ufefftext,int32x\n"), /^input:1:6: /);
  assert.match(await troubleOf("text,int32\n\ufeff,x\n"), /^input:2:3: /);
});

test("UTF-16 is named", async () => {
  const text = Buffer.from("\ufefftext\na\n", "utf16le");
  assert.match(await troubleOf(text), /input is UTF-16: convert it/);
});

test("very long cells are judged in no time", async () => {
  const digits = "1".repeat(900_000);
  for (const [cells, expected] of [
    [`float64\n${digits}x\n`, /^input:2:1: .*must be a number/],
    [`float64\n${digits}\n`, /^input:2:1: .*not so large/],
    [`uint64\n${digits}\n`, /^input:2:1: .*whole number/],
    [`data\n${digits}?\n`, /^input:2:1: .*base64/],
  ] as const) {
    assert.match(await troubleOf(cells), expected);
  }
  const [row] = await rowsOf(`data\n${"abcd".repeat(200_000)}\n`);
  assert.equal(Buffer.from(row?.["data"] as Uint8Array).length, 600_000);
});

test("a row that is too long is told, whatever is in it", async () => {
  const long = "x".repeat(5000);
  const how = { maxRowByteLength: 1000 };
  assert.match(await troubleOf(`text\na\n${long}\nb\n`, how), /^input:3:1: .*more than 1000 bytes/);
  assert.match(await troubleOf(`text\na\n"${long}`, how), /^input:3:1: .*more than 1000 bytes/);
});

test("NUL is a character of a text, and of nothing else", async () => {
  const rows = await rowsOf("text\na\0b\n");
  assert.equal(rows[0]?.["text"], "a\0b");
  assert.match(await troubleOf("int32\n1\0\n"), /^input:2:1: .*"1\\u0000"/);
});
