// What a record describes is what a C compiler makes of the same struct: offsets, sizes, bytes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Mapping } from "@tidemark/core";
import {
  array,
  boolean,
  bytes,
  type Fields,
  type FieldType,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  record,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
} from "@tidemark/core/records";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import fc from "fast-check";

/** A type of field with its C declaration, and a value as both languages write it. */
interface Sort {
  readonly type: FieldType<unknown>;
  /** The declaration of a member of this name. */
  readonly declare: (name: string) => string;
  readonly value: unknown;
  /** The C statements that give the member at `place` that value. */
  readonly assign: (place: string) => string;
}

function scalar(type: FieldType<unknown>, cType: string, value: unknown): Sort {
  const suffix = typeof value === "bigint" ? "LL" : "";
  const literal = `(${cType})${value === true ? 1 : String(value)}${suffix}`;
  return {
    type,
    declare: (name) => `${cType} ${name};`,
    value,
    assign: (place) => `${place} = ${literal};`,
  };
}

const scalars: readonly Sort[] = [
  scalar(int8, "int8_t", -5),
  scalar(uint8, "uint8_t", 250),
  scalar(int16, "int16_t", -30_000),
  scalar(uint16, "uint16_t", 60_000),
  scalar(int32, "int32_t", -2_000_000_000),
  scalar(uint32, "uint32_t", 4_000_000_000),
  scalar(int64, "int64_t", -(2n ** 60n)),
  scalar(uint64, "uint64_t", 2n ** 62n + 1n),
  scalar(float32, "float", 1.5),
  scalar(float64, "double", -0.1),
  scalar(boolean, "_Bool", true),
  {
    type: bytes(3),
    declare: (name) => `uint8_t ${name}[3];`,
    value: new Uint8Array([1, 2, 3]),
    assign: (place) => `memcpy(${place}, "\\1\\2\\3", 3);`,
  },
  {
    type: text(6),
    declare: (name) => `char ${name}[6];`,
    value: "Zoë",
    assign: (place) => `strncpy(${place}, "Zo\\xc3\\xab", 6);`,
  },
];

function listOf(element: Sort, length: number): Sort {
  return {
    type: array(element.type, length) as FieldType<unknown>,
    declare: (name) =>
      element.declare(`${name}[${length}]`).replace(/(\w+\[\d+\])(\[\d+\])/, "$1$2"),
    value: Array.from({ length }, () => element.value),
    assign: (place) => {
      return Array.from({ length }, (_, at) => element.assign(`${place}[${at}]`)).join(" ");
    },
  };
}

interface Struct {
  readonly members: readonly Sort[];
  readonly packed: boolean;
}

let structCount = 0;
/** The C declarations of all nested structs, innermost first. */
const declarations: string[] = [];

function declareStruct({ members, packed }: Struct): string {
  const name = `s${structCount++}`;
  const lines = members.map((member, index) => `  ${member.declare(`f${index}`)}`);
  const attribute = packed ? " __attribute__((packed))" : "";
  declarations.push(`struct${attribute} ${name} {\n${lines.join("\n")}\n};`);
  return name;
}

function recordOf({ members, packed }: Struct): ReturnType<typeof record<Fields>> {
  const fields = members.map((member, index) => [`f${index}`, member.type]);
  return record(Object.fromEntries(fields) as Fields, { packed });
}

function nested(struct: Struct): Sort {
  const name = declareStruct(struct);
  const entries = struct.members.map((member, index) => [`f${index}`, member.value]);
  return {
    type: recordOf(struct) as FieldType<unknown>,
    declare: (member) => `struct ${name} ${member};`,
    value: Object.fromEntries(entries),
    assign: (place) => {
      return struct.members.map((each, at) => each.assign(`${place}.f${at}`)).join(" ");
    },
  };
}

const leaf = fc.constantFrom(...scalars);
const flat = fc.record({
  members: fc.array(leaf, { minLength: 1, maxLength: 6 }),
  packed: fc.boolean(),
});
const member = fc.oneof(
  { weight: 4, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.tuple(leaf, fc.integer({ min: 1, max: 4 })).map(([sort, n]) => listOf(sort, n)),
  },
  { weight: 1, arbitrary: flat.map(nested) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(flat, fc.integer({ min: 1, max: 3 }))
      .map(([struct, n]) => listOf(nested(struct), n)),
  },
);
const structs = fc.record({
  members: fc.array(member, { minLength: 1, maxLength: 8 }),
  packed: fc.boolean(),
});

test("records have the offsets, sizes and bytes of C structs", {
  skip: requires("compiler"),
}, (context) => {
  const seed = Date.now() & 0x7fffffff;
  context.diagnostic(`seed ${seed}`);
  const sample = fc.sample(structs, { numRuns: 200, seed });
  const names = sample.map(declareStruct);
  const written = runC(names, sample);

  for (const [index, struct] of sample.entries()) {
    const type = recordOf(struct);
    const [size, ...offsets] = written[index]?.numbers ?? [];
    const table = `${type.layout}`;
    assert.equal(type.byteLength, size, table);
    assert.deepEqual(
      type.layout.fields.map(({ byteOffset }) => byteOffset),
      offsets,
      table,
    );
    using mapping = Mapping.anonymous(type.byteLength);
    const entries = struct.members.map((each, at) => [`f${at}`, each.value]);
    type.assign(type.at(mapping), Object.fromEntries(entries));
    assert.equal(Buffer.from(mapping.bytes()).toString("hex"), written[index]?.hex, table);
    // And what C wrote is read as the values.
    const read = type.toPlain(type.at(Buffer.from(written[index]?.hex ?? "", "hex")));
    assert.deepEqual(plain(read), plain(Object.fromEntries(entries)), table);
  }
});

/** Bytes compare as bytes, whatever class they are of. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** Compiles and runs a program that prints, for each struct, size, offsets and its bytes. */
function runC(
  names: readonly string[],
  sample: readonly Struct[],
): readonly { readonly numbers: readonly number[]; readonly hex: string }[] {
  const blocks = names.map((name, index) => {
    const members = sample[index]?.members ?? [];
    const offsets = members.map((_, at) => `printf(" %zu", offsetof(struct ${name}, f${at}));`);
    const assigns = members.map((each, at) => each.assign(`s.f${at}`));
    return `static void show_${name}(void) {
  static struct ${name} s;
  ${assigns.join("\n  ")}
  printf("%zu", sizeof s);
  ${offsets.join("\n  ")}
  printf("\\n");
  for (size_t i = 0; i < sizeof s; i++) printf("%02x", ((unsigned char *)&s)[i]);
  printf("\\n");
}`;
  });
  const source = `#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
${declarations.join("\n")}
${blocks.join("\n")}
int main(void) {
${names.map((name) => `  show_${name}();`).join("\n")}
  return 0;
}
`;
  const folder = temporaryFolder();
  const file = path.join(folder, "structs.c");
  const program = path.join(folder, "structs");
  fs.writeFileSync(file, source);
  const compiler = process.env["CC"]?.split(" ") ?? ["cc"];
  const [command = "cc", ...flags] = compiler;
  const built = spawnSync(command, [...flags, "-std=gnu11", "-w", "-o", program, file], {
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stderr.slice(0, 500));
  const run = spawnSync(program, { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const lines = run.stdout.trimEnd().split("\n");
  return names.map((_, index) => ({
    numbers: (lines[2 * index] ?? "").split(" ").map(Number),
    hex: lines[2 * index + 1] ?? "",
  }));
}
