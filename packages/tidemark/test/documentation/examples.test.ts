// Every example in a documentation comment runs, with what it takes for granted put before it.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import * as capnp from "@tidemark/capnp";
import * as dynamic from "@tidemark/capnp/dynamic";
import * as messageFiles from "@tidemark/capnp/file";
import * as capnpc from "@tidemark/capnpc";
import * as schemaFiles from "@tidemark/capnpc/files";
import * as core from "@tidemark/core";
import * as heap from "@tidemark/core/heap";
import * as records from "@tidemark/core/records";
import * as sync from "@tidemark/core/sync";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import type { Block } from "./markdown.js";
import { runPage, typeScriptFiles } from "./page-run.js";
import { mistakesOf } from "./type-check.js";

const entries: Readonly<Record<string, object>> = {
  "@tidemark/core": core,
  "@tidemark/core/heap": heap,
  "@tidemark/core/records": records,
  "@tidemark/core/sync": sync,
  "@tidemark/capnp": capnp,
  "@tidemark/capnp/dynamic": dynamic,
  "@tidemark/capnp/file": messageFiles,
  "@tidemark/capnpc": capnpc,
  "@tidemark/capnpc/files": schemaFiles,
};

const schema = `
@0x9e3ac1d2f4b60817;
struct Person {
  id @0 :UInt64; name @1 :Text; phones @2 :List(Phone);
  struct Phone { number @0 :Text; kind @1 :Kind; enum Kind { home @0; work @1; } }
}
struct People { people @0 :List(Person); }
`;
const host = `new MemoryHost({ a: ${JSON.stringify(schema)} })`;
const shared = 'Mapping.anonymous(1 << 16, { sharing: "shared" })';

/** What the examples of a package that say nothing of a name mean by it. */
const presumed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  core: {
    points: "const points = record({ x: float64 }).array(mapping); let total = 0;",
    mapping: `const mapping = ${shared};`,
    heap: `const heap = Heap.create(${shared});`,
    channel: `const channel = new Channel(${shared}, 0); channel.sendSync(new Uint8Array(5));`,
  },
  capnp: {
    people:
      'const people = message.initRoot(schemas.struct("People")).initStructList("people", 2);',
    person: 'const person = message.initRoot(schemas.struct("Person"));',
    message: "const message = new MessageBuilder();",
    rows: 'const rows = [[1n, "Ada"], [2n, "Grace"]];',
    bytes:
      "const bytes = (() => { const message = new MessageBuilder();" +
      ' const type = SchemaSet.fromRequest(request).struct("Person");' +
      ' message.initRoot(type).assign({ id: 1815n, name: "Ada" });' +
      " return message.toFlat(); })();",
    schemas: "const schemas = SchemaSet.fromRequest(request);",
    request: `const request = compile(["a"], { host: ${host} }).request ?? new Uint8Array();`,
    Person: 'import { Person } from "@tidemark/testing/schemas/person.capnp.js";',
  },
  capnpc: {
    before: "const before = request;",
    after: "const after = request;",
    request: `const request = compile(["a"], { host: ${host} }).request ?? new Uint8Array();`,
    fs: 'import fs from "node:fs";',
  },
};

const root = temporaryFolder();
const sources = ["core", "capnp", "capnpc"]
  .flatMap((name) => sourcesIn(path.join("packages", name, "src")))
  .map((file) => ({ file, blocks: examplesIn(file) }))
  .filter(({ blocks }) => blocks.length > 0);

describe("the examples of", { concurrency: os.availableParallelism() }, () => {
  for (const { file, blocks } of sources) {
    test(file, async () => {
      const folder = folderOf(file);
      fs.mkdirSync(folder);
      fs.writeFileSync(path.join(folder, "data.bin"), "bytes");
      fs.writeFileSync(path.join(folder, "inventory.json"), "{}");
      fs.writeFileSync(path.join(folder, "person.capnp"), schema);
      const { failures } = await runPage(blocks, folder);
      if (failures.length > 0) assert.fail(failures.join("\n\n"));
    });
  }
});

test("all examples have right types", () => {
  const files = sources.flatMap(({ file }) => typeScriptFiles(folderOf(file)));
  assert.ok(files.length > 20, "there are examples");
  const mistakes = mistakesOf(files, { noUnusedLocals: false });
  if (mistakes !== "") assert.fail(mistakes);
});

function examplesIn(file: string): Block[] {
  const text = fs.readFileSync(path.join(repositoryRoot, file), "utf8");
  assert.doesNotMatch(text, /@example *\n *\*(?! ```ts\n)/, `${file}: an example is a block of ts`);
  const names = presumed[file.split("/")[1] ?? ""] ?? {};
  return [...text.matchAll(/\n *\* ```ts\n((?: *\*(?! ```| \/).*\n)+)/g)].map((found) => {
    const code = (found[1] ?? "").replaceAll(/^ *\* ?/gm, "");
    const line = text.slice(0, found.index).split("\n").length + 1;
    // All that goes before is on one line: those of the example keep their numbers.
    const program = `${preludeOf(code, names)}\n${code}`;
    return { page: file, line, language: "ts", info: "", text: program };
  });
}

/** The imports and constants for names that an example uses and does not say. */
function preludeOf(example: string, names: Readonly<Record<string, string>>): string {
  let prelude = "";
  for (const [name, code] of Object.entries(names)) {
    if (says(example + prelude, name) || !uses(example + prelude, name)) continue;
    prelude = code + prelude;
  }
  let imports = "";
  for (const [entry, exported] of Object.entries(entries)) {
    const names = Object.keys(exported).filter((name) => {
      return uses(example + prelude, name) && !says(imports + example + prelude, name);
    });
    if (names.length > 0) imports += `import { ${names.join(", ")} } from "${entry}"; `;
  }
  return imports + prelude;
}

function uses(code: string, name: string): boolean {
  return new RegExp(`(?<![.\\w"'/])${name}\\b(?!:)`).test(code.replaceAll(/\/\/.*$/gm, ""));
}

function says(code: string, name: string): boolean {
  const declared = `\\b(?:const|let|using|function|class) (?:\\{[^}]*\\b)?${name}\\b`;
  return new RegExp(`${declared}|import [^;]*\\b${name}\\b|\\(${name}\\) =>`).test(code);
}

function folderOf(file: string): string {
  return path.join(root, file.replaceAll("/", "-"));
}

function sourcesIn(folder: string): string[] {
  return fs
    .readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return sourcesIn(file);
      return file.endsWith(".ts") && !file.endsWith(".capnp.ts") ? [file] : [];
    });
}
