// The schema that a message file carries at its end.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { CapnpError } from "@tidemark/capnp";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { compile, MemoryHost } from "@tidemark/capnpc";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";
import { Mapping } from "tidemark";
import { embedSchema, readEmbeddedSchema } from "#tidemark/messages/embedded-schema.js";
import { trailerLayout } from "#tidemark/messages/embedded-schema-layout.js";

const text = `@0xb3f1d7a6c2e59408;
struct City {
  # A comment that only people read.
  name @0 :Text;
  people @1 :UInt32;
}
struct World { cities @0 :List(City); }
struct Box(T) { content @0 :T; }
`;

function requestOf(schema: string): Uint8Array {
  const { request } = compile(["world.capnp"], { host: new MemoryHost({ "world.capnp": schema }) });
  assert.ok(request !== undefined);
  return request;
}

const request = requestOf(text);
const schemas = SchemaSet.fromRequest(request);

interface Building {
  readonly embed?: boolean;
  readonly maxSegments?: number;
  readonly maxSegmentByteLength?: number;
}

/** Two cities in a file. */
function build({ embed = true, ...options }: Building = {}): string {
  const file = temporaryPath("world.message");
  const message = MessageFile.create(file, options);
  const root = schemas.struct("World");
  message.initRoot(root).assign({ cities: [{ name: "Ur", people: 65_000 }, { name: "Uruk" }] });
  if (embed) embedSchema(message.message, { request, root });
  message.closeSync();
  return file;
}

function namesIn(file: string): unknown[] {
  const found = readEmbeddedSchema(file);
  assert.ok(found !== undefined);
  assert.equal(found.root.name, "World");
  using reader = MessageFile.open(file);
  const cities = reader.getRoot(found.root).getStructList("cities");
  return [...cities].map((city) => city.get("name"));
}

test("a message is read with the schema that it carries", () => {
  assert.deepEqual(namesIn(build({ maxSegments: 1 })), ["Ur", "Uruk"]);
  assert.deepEqual(namesIn(build()), ["Ur", "Uruk"]);
});

test("a schema that does not fit the last segment has one of its own", () => {
  const file = build({ maxSegmentByteLength: 4096 });
  const { byteLength = 0 } = readEmbeddedSchema(file) ?? {};
  const tight = build({ maxSegmentByteLength: byteLength });
  using reader = MessageFile.open(tight);
  assert.equal(reader.segmentCount, 2);
  assert.deepEqual(namesIn(tight), ["Ur", "Uruk"]);
});

test("it ends where the file ends, and a message without it has nothing else less", () => {
  const without = fs.readFileSync(build({ maxSegments: 1, embed: false }));
  const file = build({ maxSegments: 1 });
  const bytes = fs.readFileSync(file);
  assert.equal(readEmbeddedSchema(file)?.byteLength, bytes.length - without.length);
  assert.deepEqual(bytes.subarray(8, without.length), without.subarray(8));
  assert.equal(bytes.subarray(-8).toString(), "TMSCHEMA");
});

test("comments are not carried", () => {
  const bytes = fs.readFileSync(build());
  assert.ok(Buffer.from(request).includes("only people read"));
  assert.ok(!bytes.includes("only people read"));
});

test("a file without a schema has none", () => {
  assert.equal(readEmbeddedSchema(build({ embed: false })), undefined);
  for (const content of ["", "short", "x".repeat(1000)]) {
    const file = temporaryPath();
    fs.writeFileSync(file, content);
    assert.equal(readEmbeddedSchema(file), undefined);
  }
  assert.throws(() => readEmbeddedSchema(temporaryPath()), { code: "ERR_TIDEMARK_FILE" });
});

test("what is built on afterwards ends with the schema no more", () => {
  const file = build();
  const edited = MessageFile.edit(file);
  edited.getRoot(schemas.struct("World")).getStructList("cities").get(0).set("name", "Ur!");
  edited.closeSync();
  assert.equal(readEmbeddedSchema(file), undefined);
});

test("a mapping is read as its file, and stays open", () => {
  using mapping = Mapping.openFile(build());
  assert.equal(readEmbeddedSchema(mapping)?.root.name, "World");
  assert.equal(mapping.closed, false);
});

test("a root with type parameters is refused", () => {
  const message = MessageFile.create(temporaryPath());
  try {
    assert.throws(
      () => embedSchema(message.message, { request, root: schemas.struct("Box(Text)") }),
      (error) => error instanceof CapnpError && /type parameters/.test(error.message),
    );
  } finally {
    message.discard();
  }
});

function changed(change: (trailer: DataView, bytes: Uint8Array) => void): string {
  const bytes = new Uint8Array(fs.readFileSync(build()));
  const { byteLength } = trailerLayout;
  change(new DataView(bytes.buffer, bytes.length - byteLength), bytes);
  const file = temporaryPath();
  fs.writeFileSync(file, bytes);
  return file;
}

test("another version, lengths and ids that cannot be, are errors of one line", () => {
  const { version, requestByteLength, rootId } = trailerLayout;
  const cases: readonly [RegExp, (trailer: DataView) => void][] = [
    [/of version 2, this program knows 1/, (trailer) => trailer.setUint32(version, 2, true)],
    [/damaged: .* 0 bytes/, (trailer) => trailer.setUint32(requestByteLength, 0, true)],
    [/damaged/, (trailer) => trailer.setUint32(requestByteLength, 9, true)],
    [/damaged/, (trailer) => trailer.setUint32(requestByteLength, 8, true)],
    [/damaged/, (trailer) => trailer.setUint32(requestByteLength, 2 ** 32 - 8, true)],
    [/damaged/, (trailer) => trailer.setBigUint64(rootId, 1n, true)],
  ];
  for (const [message, change] of cases) {
    assert.throws(
      () => readEmbeddedSchema(changed(change)),
      (error) => {
        assert.ok(error instanceof CapnpError);
        assert.equal(error.code, "ERR_TIDEMARK_CAPNP_SCHEMA");
        assert.match(error.message, message);
        assert.ok(!error.message.includes("\n"));
        return true;
      },
    );
  }
});

test("damaged bytes give a schema, none, or a typed error", () => {
  const original = new Uint8Array(fs.readFileSync(build({ maxSegments: 1 })));
  const file = temporaryPath();
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const bytes = original.slice();
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      fs.writeFileSync(file, bytes);
      try {
        const found = readEmbeddedSchema(file);
        if (found !== undefined) assert.ok(found.root.fields.length >= 0);
      } catch (error) {
        assert.match((error as CapnpError).code, /^ERR_TIDEMARK_/, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("the capnp tool reads the message as if nothing followed", { skip: requires("capnp") }, () => {
  const file = build({ maxSegments: 1 });
  const schema = temporaryPath("world.capnp");
  fs.writeFileSync(schema, text);
  const { stdout } = spawnSync("capnp", ["decode", "--short", schema, "World"], {
    input: fs.readFileSync(file),
    encoding: "utf8",
  });
  assert.equal(
    stdout.trim(),
    '(cities = [(name = "Ur", people = 65000), (name = "Uruk", people = 0)])',
  );
});
