// Builds messages of rows in this process, for tests of what becomes of them.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { compile, MemoryHost } from "@tidemark/capnpc";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { BadRows } from "#tidemark/rows/bad-rows.js";
import { type BuildTask, buildMessage } from "#tidemark/rows/build-message.js";
import type { CsvOptions } from "#tidemark/rows/csv-rows.js";
import { Progress } from "#tidemark/rows/progress.js";
import type { RowFormat } from "#tidemark/rows/row-format.js";
import { rowPlaceOf } from "#tidemark/rows/row-place.js";
import { RowSource } from "#tidemark/rows/row-source.js";

const schemaText = `@0xb3f1d7a6c2e59408;

enum Color { red @0; green @1; blue @2; }

struct Row {
  text @0 :Text;
  bool @1 :Bool;
  int8 @2 :Int8;
  int16 @3 :Int16;
  int32 @4 :Int32;
  int64 @5 :Int64;
  uint8 @6 :UInt8;
  uint16 @7 :UInt16;
  uint32 @8 :UInt32;
  uint64 @9 :UInt64;
  float32 @10 :Float32;
  float64 @11 :Float64;
  color @12 :Color = green;
  data @13 :Data;
  place :group { city @14 :Text; zip @15 :UInt32 = 10115; }
  child @16 :Row;
  numbers @17 :List(Int32);
  children @18 :List(Row);
  shape :union {
    none @19 :Void;
    circle @20 :Float64;
    square :group { side @21 :UInt16; unit @22 :Text; }
    name @23 :Text;
  }
  any @24 :AnyPointer;
  void @25 :Void;
}

struct Rows { title @0 :Text; rows @1 :List(Row); }
struct Parts { rows @0 :List(List(Row)); }
struct Two { a @0 :List(Row); b @1 :List(Row); }
struct Deep { inner :group { more @0 :Rows; } }
struct Empty {}
struct Nothing { rows @0 :List(Empty); }
struct Numbers { numbers @0 :List(Int32); }
struct One { name @0 :Text; size @1 :UInt32; }
`;

function compiled(): Uint8Array {
  const host = new MemoryHost({ "rows.capnp": schemaText });
  const { request, diagnostics } = compile(["rows.capnp"], { host });
  assert.ok(request !== undefined, JSON.stringify(diagnostics));
  return request;
}

export const request: Uint8Array = compiled();
export const schemas: SchemaSet = SchemaSet.fromRequest(request);

/** How a test builds. */
export interface TestBuild extends Partial<Omit<CsvOptions, "delimiter">> {
  readonly format?: RowFormat;
  readonly root?: string;
  readonly list?: string | false;
  readonly delimiter?: string;
  readonly data?: "base64" | "hex";
  readonly maxRowByteLength?: number;
  readonly chunkRows?: number;
  readonly skipBad?: boolean;
  readonly embed?: boolean;
}

export interface Built {
  readonly rows: number;
  readonly byteLength: number;
  readonly segmentCount: number;
  /** The message. */
  readonly file: string;
  /** What was skipped. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what is in it.
  readonly bad: any[];
}

/** The name of the input in errors. */
export const inputName = "input";

/** Builds a message of rows; errors say `input:line:column: …`. */
export async function build(content: string | Uint8Array, how: TestBuild = {}): Promise<Built> {
  const folder = temporaryFolder();
  const input = path.join(folder, inputName);
  fs.writeFileSync(input, content);
  const file = path.join(folder, "message");
  const badFile = path.join(folder, "bad");
  const { signal } = new AbortController();
  using source = await RowSource.open(input, {
    spoolFolder: folder,
    signal,
    onSpooled: () => undefined,
  });
  const { root = "Rows", format = "csv", delimiter = "," } = how;
  const badRows = how.skipBad === true ? new BadRows(badFile) : undefined;
  const task: BuildTask = {
    source,
    format,
    csv: {
      delimiter: delimiter.charCodeAt(0),
      hasHeader: how.hasHeader ?? true,
      columns: how.columns,
      nullText: how.nullText,
      ignoreUnknown: how.ignoreUnknown ?? false,
    },
    data: how.data ?? "base64",
    maxRowByteLength: how.maxRowByteLength ?? 2 ** 20,
    schemas,
    place: rowPlaceOf(schemas, root, how.list),
    request: how.embed === true ? request : undefined,
    out: file,
    mode: 0o600,
    chunkRows: how.chunkRows,
    badRows,
    signal,
    progress: new Progress({ isQuiet: true }),
  };
  try {
    const result = await buildMessage(task);
    badRows?.close();
    const lines = badRows === undefined ? "" : fs.readFileSync(badFile, "utf8");
    const bad = lines
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    return { ...result, file, bad };
  } catch (error) {
    // What was begun is gone.
    const left = fs.readdirSync(folder).filter((name) => name !== inputName && name !== "bad");
    assert.deepEqual(left, []);
    throw withoutFolder(error, folder);
  }
}

function withoutFolder(error: unknown, folder: string): unknown {
  if (error instanceof Error) error.message = error.message.replaceAll(`${folder}${path.sep}`, "");
  return error;
}

/** All that is set in the rows of a message. */
export async function rowsOf(
  content: string | Uint8Array,
  how: TestBuild = {},
): Promise<Record<string, unknown>[]> {
  const { file, rows } = await build(content, how);
  using reader = MessageFile.open(file);
  const list = reader.getRoot(schemas.struct(how.root ?? "Rows")).getStructList("rows");
  assert.equal(list.length, rows);
  return [...list].map((row) => row.toObject());
}

/** The message of the error that a build ends with. */
export async function troubleOf(
  content: string | Uint8Array,
  how: TestBuild = {},
): Promise<string> {
  try {
    await build(content, how);
  } catch (error) {
    assert.equal((error as Error).name, "CommandFailure", String(error));
    assert.ok(!(error as Error).message.includes("\n"), "one line");
    return (error as Error).message;
  }
  assert.fail("nothing was wrong");
}
