// Writes the generated code that is committed, anew. It needs the `capnp` tool and a build.
//
//   npm run generate             writes the files
//   npm run generate -- --check  tells which are not as they would be written, and fails if any

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "@tidemark/capnpc";

const repository = fileURLToPath(new URL("..", import.meta.url));
const schemas = path.join(repository, "conformance", "schemas");

/** Which schemas of a folder become which files, and what those import. */
const targets = [
  {
    // That of schemas themselves, with which the generator reads its request.
    sources: "/usr/include/capnp",
    names: ["schema.capnp"],
    folder: "packages/capnp/src/schema",
    options: { runtime: ".." },
  },
  {
    sources: schemas,
    names: fs.readdirSync(schemas).sort(),
    folder: "packages/testing/src/schemas",
    options: {},
  },
  {
    sources: path.join(repository, "bench", "capnp"),
    names: ["drawing.capnp", "letter.capnp", "person.capnp"],
    folder: "bench/capnp",
    options: {},
  },
];

const check = process.argv.includes("--check");
let stale = 0;
for (const { sources, names, folder, options } of targets) {
  const capnp = spawnSync("capnp", ["compile", "-o-", ...names], {
    cwd: sources,
    maxBuffer: 1 << 28,
  });
  if (capnp.status !== 0) throw new Error(`capnp compile: ${capnp.error ?? capnp.stderr}`);
  for (const { path: name, text } of generate(capnp.stdout, options)) {
    const file = path.join(repository, folder, name);
    if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) continue;
    stale++;
    console.log(`${check ? "stale" : "written"}: ${path.join(folder, name)}`);
    if (check) continue;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}
if (check && stale > 0) process.exitCode = 1;
