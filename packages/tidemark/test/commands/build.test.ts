// tidemark build, as a shell runs it.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import zlib from "node:zlib";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { compileFiles } from "@tidemark/capnpc/files";
import { packageRoot } from "@tidemark/testing/locations.js";
import { mountFileSystem } from "@tidemark/testing/mounts.js";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { readEmbeddedSchema } from "#tidemark/messages/embedded-schema.js";
import { type Ending, inShell } from "../running.js";

const program = path.join(packageRoot, "dist", "command", "main.js");

const schema = `@0xb3f1d7a6c2e59408;
struct City { name @0 :Text; people @1 :UInt32; }
struct World { cities @0 :List(City); }
struct Box(T) { content @0 :T; }
`;

const csv = 'name,people\nUr,65000\n"Uruk, the ""first""",40000\n';
const ndjson = '{"name":"Ur","people":65000}\n{"name":"Uruk, the \\"first\\"","people":40000}\n';

/** A folder with a schema, rows, and an output that was there before. */
function prepare(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = temporaryFolder();
  const all = { "world.capnp": schema, "c.csv": csv, "c.ndjson": ndjson, out: "before", ...files };
  for (const [name, content] of Object.entries(all)) {
    fs.writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

function build(folder: string, rest: string): Ending {
  const command = "$TIDEMARK build --schema world.capnp --root World";
  return inShell(`cd ${folder} && ${command} ${rest}`);
}

/** Nothing was built, and nothing is left. */
function checkUntouched(folder: string, names?: readonly string[]): void {
  assert.equal(fs.readFileSync(path.join(folder, "out"), "utf8"), "before");
  const left = fs.readdirSync(folder).filter((name) => name.startsWith("."));
  assert.deepEqual(left, []);
  if (names !== undefined) assert.deepEqual(fs.readdirSync(folder).sort(), names);
}

function citiesIn(folder: string, file = "out"): unknown[] {
  const found = readEmbeddedSchema(path.join(folder, file));
  assert.ok(found !== undefined);
  using reader = MessageFile.open(path.join(folder, file));
  const cities = reader.getRoot(found.root).getStructList("cities");
  return [...cities].map((city) => [city.get("name"), city.get("people")]);
}

const cities = [
  ["Ur", 65000],
  ['Uruk, the "first"', 40000],
];

test("rows of each format become the same message, and the old one goes", () => {
  const folder = prepare({ "c.tsv": csv.replaceAll(",", "\t").replace("Uruk\t", "Uruk,") });
  for (const from of ["c.csv", "c.ndjson", "c.tsv"]) {
    const { status, stdout, stderr } = build(folder, `--from ${from} out`);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^out: 2 rows, \d+(\.\d)? (bytes|KiB), \d\.\d s \(.* rows\/s\)\n$/);
    assert.deepEqual(citiesIn(folder), cities);
  }
});

test("a summary as JSON, or none at all", () => {
  const folder = prepare();
  const json = JSON.parse(build(folder, "--from c.csv out --json").stdout);
  const { size } = fs.statSync(path.join(folder, "out"));
  assert.deepEqual(
    [json.file, json.rows, json.byteLength, json.inputByteLength, json.skippedRows],
    ["out", 2, size, csv.length, 0],
  );
  const quiet = build(folder, "--from c.csv out --quiet");
  assert.deepEqual(quiet, { status: 0, stdout: "", stderr: "" });
});

test("what is compressed, a pipe and standard input are read like a file", () => {
  const folder = prepare({
    "c.csv.gz": Buffer.concat([zlib.gzipSync(csv.slice(0, 20)), zlib.gzipSync(csv.slice(20))]),
    // Made by zstd 1.5: the CSV above.
    "c.csv.zst": Buffer.from(
      "KLUv/QRYiQEAbmFtZSxwZW9wbGUKVXIsNjUwMDAKIlVydWssIHRoZSAiImZpcnN0IiIiLDQwMDAwCqxIxOY=",
      "base64",
    ),
  });
  for (const line of [
    "--from c.csv.gz out",
    "--from - --format csv out < c.csv",
    "--from - --format csv out < c.csv.gz",
    "--from - --format ndjson out < c.ndjson",
    "--from c.csv.zst out",
  ]) {
    const { status, stderr } = build(folder, line);
    assert.deepEqual([status, stderr], [0, ""], line);
    assert.deepEqual(citiesIn(folder), cities);
    fs.writeFileSync(path.join(folder, "out"), "before");
  }
  const named = "mkfifo pipe && (cat c.csv.gz > pipe &) && true";
  const piped = build(
    folder,
    `--from c.csv out && ${named} && $TIDEMARK build --schema world.capnp \
    --root World --from pipe --format csv piped`,
  );
  assert.deepEqual([piped.status, piped.stderr], [0, ""]);
  assert.deepEqual(citiesIn(folder, "piped"), cities);
});

test("compressed data that is cut off or broken is told", () => {
  const gz = zlib.gzipSync(csv.repeat(100));
  const zst = Buffer.from("KLUv/QRYiQEAbmFtZSxwZW9wbGUKVXIs", "base64");
  const broken = Buffer.from(gz);
  broken.fill(0xff, 20, 40);
  const folder = prepare({ "a.csv.gz": gz.subarray(0, 50), "b.csv.zst": zst, "c.csv.gz": broken });
  for (const name of ["a.csv.gz", "b.csv.zst", "c.csv.gz"]) {
    const { status, stdout, stderr } = build(folder, `--from ${name} out`);
    assert.deepEqual([status, stdout], [1, ""], name);
    assert.match(stderr, new RegExp(`^tidemark: ${name} cannot be decompressed as .*\\n$`));
    checkUntouched(folder);
  }
});

const refused: readonly [string, string, number, RegExp][] = [
  ["a row that does not fit", "--from bad.csv out", 1, /^tidemark: bad\.csv:3:5: .*"x"\n$/],
  ["a schema that is not there", "--from c.csv --schema no.capnp out", 1, /no\.capnp/],
  ["a schema with mistakes", "--from c.csv --schema bad.capnp out", 1, /bad\.capnp:2:\d+: error/],
  [
    "a root that is not there",
    "--from c.csv --root Word out",
    2,
    /no struct Word: did you mean World/,
  ],
  ["an input that is not there", "--from no.csv out", 1, /^tidemark: ENOENT.*no\.csv.*\n$/],
  ["a folder as input", "--from . --format csv out", 1, /^tidemark: \. is a directory.*\n$/],
  ["a folder as output", "--from c.csv .", 1, /^tidemark: \. is a directory: name a file\n$/],
  ["a folder that is not there", "--from c.csv no/out", 1, /^tidemark: there is no folder .*no\n$/],
  ["a device as output", "--from c.csv /dev/null", 1, /^tidemark: \/dev\/null is no file.*\n$/],
  ["standard output", "--from c.csv -", 2, /not on standard output/],
  ["a root with parameters", "--from c.csv --root 'Box(Text)' out", 2, /cannot say .* Box\(Text\)/],
  ["the input as output", "--from link.csv c.csv", 1, /^tidemark: c\.csv is link\.csv: .*\n$/],
  ["the schema as output", "--from c.csv world.capnp", 1, /^tidemark: world\.capnp is world.*\n$/],
  ["bad rows into the output", "--from c.csv --skip-bad out out", 1, /^tidemark: out is out/],
  [
    "bad rows into the input",
    "--from c.csv --skip-bad c.csv out",
    1,
    /^tidemark: c\.csv is c\.csv/,
  ],
  [
    "a name without a format",
    "--from world.capnp out",
    2,
    /does not tell its format: say --format/,
  ],
  ["an array of JSON", "--from a.json out", 2, /jq/],
  ["standard input of no format", "--from - out < c.csv", 2, /standard input does not tell/],
  ["a delimiter of two characters", "--from c.csv --delimiter ab out", 2, /one ASCII character/],
  ["CSV's options for NDJSON", "--from c.ndjson --no-header out", 2, /are for CSV and TSV/],
  ["no header and no columns", "--from c.csv --no-header out", 2, /needs --columns/],
  ["no schema", "--from c.csv out", 2, /required option '--schema/],
];

test("what cannot be built is one line, and leaves all as it was", () => {
  const folder = prepare({
    "bad.csv": "name,people\nUr,1\nTyr,x\n",
    "bad.capnp": "@0xb3f1d7a6c2e59408;\nstruct World { x @0 :Int33; }\n",
    "a.json": "[]",
  });
  fs.linkSync(path.join(folder, "c.csv"), path.join(folder, "link.csv"));
  const names = fs.readdirSync(folder).sort();
  for (const [what, line, code, expected] of refused) {
    const ending =
      what === "no schema"
        ? inShell(`cd ${folder} && $TIDEMARK build --root World ${line}`)
        : build(folder, line);
    assert.deepEqual([ending.status, ending.stdout], [code, ""], `${what}: ${ending.stderr}`);
    assert.match(ending.stderr, expected, what);
    assert.ok(!ending.stderr.includes("    at "), what);
    checkUntouched(folder, names);
  }
});

test("bad rows are counted, skipped and written", () => {
  const folder = prepare({ "bad.csv": "name,people\nUr,1\nTyr,x\nUruk,2\n" });
  const { status, stdout } = build(folder, "--from bad.csv --skip-bad bad.ndjson out");
  assert.equal(status, 0);
  assert.match(stdout, /^out: 2 rows,.*\n1 row does not fit and is in bad\.ndjson\n$/);
  assert.deepEqual(citiesIn(folder), [
    ["Ur", 1],
    ["Uruk", 2],
  ]);
  const bad = JSON.parse(fs.readFileSync(path.join(folder, "bad.ndjson"), "utf8"));
  assert.deepEqual([bad.line, bad.column, bad.row], [3, 5, "Tyr,x"]);
});

test("an output behind a link is replaced where it is, with its permissions", () => {
  const folder = prepare();
  fs.mkdirSync(path.join(folder, "elsewhere"));
  fs.writeFileSync(path.join(folder, "elsewhere", "real"), "before", { mode: 0o640 });
  fs.symlinkSync("elsewhere/real", path.join(folder, "link"));
  assert.equal(build(folder, "--from c.csv link").status, 0);
  assert.ok(fs.lstatSync(path.join(folder, "link")).isSymbolicLink());
  assert.equal(fs.statSync(path.join(folder, "elsewhere", "real")).mode & 0o777, 0o640);
  assert.deepEqual(citiesIn(folder, "link"), cities);
});

test("without its schema the tool reads all there is", { skip: requires("capnp") }, () => {
  const folder = prepare();
  assert.equal(build(folder, "--from c.csv --no-embed-schema out").status, 0);
  assert.equal(readEmbeddedSchema(path.join(folder, "out")), undefined);
  for (const options of ["", "--no-embed-schema"]) {
    build(folder, `--from c.csv ${options} out`);
    const { stdout, stderr } = spawnSync("sh", [
      "-c",
      `cd ${folder} && capnp decode --short world.capnp World < out`,
    ]);
    assert.equal(stderr.toString(), "");
    assert.equal(
      stdout.toString().trim(),
      '(cities = [(name = "Ur", people = 65000), ' +
        '(name = "Uruk, the \\"first\\"", people = 40000)])',
    );
  }
});

const linux = { skip: requires("linux") };

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} ends a build, which leaves nothing`, linux, async () => {
    const folder = prepare();
    const args = ["build", "--schema", "world.capnp", "--root", "World", "--from", "-"];
    const child = spawn(process.execPath, [program, ...args, "--format", "csv", "out"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.on("error", () => undefined);
    child.stdin.write(csv);
    let said = "";
    child.stderr.on("data", (text: Buffer) => {
      said += text.toString();
    });
    // It has spooled something when it holds a file without a name.
    await untilOpen(child.pid ?? 0, ".tidemark-spool");
    child.kill(signal);
    const [status] = await once(child, "close");
    assert.deepEqual(
      [status, said],
      [code, `tidemark: interrupted by ${signal}: out is as it was\n`],
    );
    checkUntouched(folder);
  });
}

test("a pipe that nobody writes to can be given up", linux, async () => {
  const folder = prepare();
  spawnSync("mkfifo", [path.join(folder, "pipe")]);
  const args = ["build", "--schema", "world.capnp", "--root", "World", "--from", "pipe"];
  const child = spawn(process.execPath, [program, ...args, "--format", "csv", "out"], {
    cwd: folder,
    stdio: "ignore",
  });
  await untilOpen(child.pid ?? 0, ".tidemark-spool");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [143, null]);
  checkUntouched(folder);
});

/** Waits until a process has a file open whose path contains a text. */
async function untilOpen(pid: number, text: string): Promise<string> {
  const folder = `/proc/${pid}/fd`;
  for (;;) {
    for (const fd of fs.readdirSync(folder)) {
      try {
        const target = fs.readlinkSync(path.join(folder, fd));
        if (target.includes(text)) return target;
      } catch {
        // Closed meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const [signal, code, left] of [
  ["SIGINT", 130, false],
  ["SIGKILL", null, true],
] as const) {
  test(`${signal} while the message is built leaves the old one`, linux, async () => {
    // Enough rows that it is still at it when its file is seen.
    const folder = prepare({ "many.csv": `name,people\n${"Ur,65000\n".repeat(3_000_000)}` });
    const args = ["build", "--schema", "world.capnp", "--root", "World", "--from", "many.csv"];
    const child = spawn(process.execPath, [program, ...args, "out"], {
      cwd: folder,
      stdio: "ignore",
    });
    await untilOpen(child.pid ?? 0, ".building");
    child.kill(signal);
    const [status] = await once(child, "close");
    assert.equal(status, code);
    const building = fs.readdirSync(folder).filter((name) => name.endsWith(".building"));
    assert.equal(building.length > 0, left);
    for (const name of building) fs.rmSync(path.join(folder, name));
    checkUntouched(folder);
    assert.equal(build(folder, "--from c.csv out").status, 0);
    assert.deepEqual(citiesIn(folder), cities);
  });
}

test("a full disk is one line, and leaves the old message", {
  skip: requires("root", "mount:tmpfs"),
}, () => {
  using mount = mountFileSystem("tmpfs", { byteLength: 8 * 2 ** 20 });
  const folder = prepare({ "many.csv": `name,people\n${"Ur,65000\n".repeat(1_000_000)}` });
  const out = path.join(mount.folder, "out");
  for (const exists of [false, true]) {
    const before = exists ? ["out"] : [];
    if (exists) fs.writeFileSync(out, "before");
    const { status, stdout, stderr } = build(folder, `--from many.csv ${out}`);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^tidemark: \S+out could not be built: .*\n$/);
    assert.ok(stderr.endsWith(exists ? "is as it was\n" : `there is no ${out}\n`), stderr);
    assert.deepEqual(fs.readdirSync(mount.folder), before);
    if (exists) assert.equal(fs.readFileSync(out, "utf8"), "before");
  }
  // The spool fills it, too, unless it is elsewhere.
  const spooled = build(folder, `--from - --format csv ${out} < many.csv`);
  assert.equal(spooled.status, 1);
  assert.match(spooled.stderr, /could not be spooled to .*no space left.*--spool-directory/);
  assert.deepEqual(fs.readdirSync(mount.folder), ["out"]);
  const line = `--from - --format csv --spool-directory . ${out} < c.csv`;
  assert.equal(build(folder, line).status, 0);
});

test("hundreds of MiB take little memory", { skip: requires("linux") }, () => {
  const folder = prepare();
  const file = fs.openSync(path.join(folder, "big.csv"), "w");
  fs.writeSync(file, "name,people\n");
  const lines = Buffer.from(`"${"x".repeat(3000)}",1\nshort,2\n`.repeat(1000));
  for (let index = 0; index < 120; index++) fs.writeSync(file, lines);
  fs.closeSync(file);
  const args = ["build", "--schema", "world.capnp", "--root", "World", "--from", "big.csv", "out"];
  const peak = path.join(folder, "peak.mjs");
  fs.writeFileSync(
    peak,
    `process.on("exit", () => console.error(process.resourceUsage().maxRSS));
     process.argv.splice(1, 1);
     await import(${JSON.stringify(program)});`,
  );
  const ending = spawnSync(process.execPath, ["--max-old-space-size=64", peak, program, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(ending.status, 0, ending.stderr);
  const { size } = fs.statSync(path.join(folder, "out"));
  assert.ok(size > 300 * 2 ** 20, `${size} bytes were built`);
  // Of 700 MiB that were read and built: it does not grow with them.
  const mostKiB = 250 * 2 ** 10;
  assert.ok(Number(ending.stderr) < mostKiB, `${ending.stderr.trim()} KiB at the most`);
  const { request } = compileFiles([path.join(folder, "world.capnp")]);
  assert.ok(request !== undefined);
  using reader = MessageFile.open(path.join(folder, "out"));
  const root = reader.getRoot(SchemaSet.fromRequest(request).struct("World"));
  assert.equal(root.getStructList("cities").length, 240_000);
});
