// Ids that several processes hand out, each of them once: a counter in a record of a mapped file.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { GrowingFile, Mapping } from "@tidemark/core";
import { atomic, bytes, float64, int64, record } from "@tidemark/core/records";

const GlobalId = record(
  { magic: bytes(4), updatedAt: float64, value: atomic(int64) },
  { name: "GlobalId" },
);

const idsOfEach = 10_000;
const [, , file] = process.argv;
if (file === undefined) await parent();
else handOut(file);

async function parent(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-ids-"));
  try {
    const shared = path.join(folder, "ids");
    const made = GrowingFile.create(shared, { maxByteLength: 4096 });
    const id = GlobalId.create(made).get(0);
    id.magic = Buffer.from("TIDE");
    id.value.store(1n);
    made.close();
    console.log(String(GlobalId.layout));

    const children = await Promise.all([1, 2, 3, 4].map(() => runChild(shared)));
    const ids = children.flat();
    assert.equal(new Set(ids).size, 4 * idsOfEach);
    using mapping = Mapping.openFile(shared);
    const next = GlobalId.open(mapping).get(0).value.load();
    assert.equal(next, BigInt(4 * idsOfEach + 1));
    console.log(`4 processes handed out ${ids.length} ids, each once; the next is ${next}`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function handOut(shared: string): void {
  using mapping = Mapping.openFile(shared, { access: "read-write" });
  const id = GlobalId.open(mapping).get(0);
  const ids: string[] = [];
  for (let turn = 0; turn < idsOfEach; turn++) ids.push(String(id.value.add(1n)));
  id.updatedAt = Date.now();
  console.log(JSON.stringify(ids));
}

async function runChild(shared: string): Promise<string[]> {
  const program = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [program, shared], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.equal(child.exitCode, 0);
  return JSON.parse(output);
}
