// Builds a message of people in a new file: in place, in memory and then written, or by the C++
// program. What is in the file then is checked to be the same.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { MemoryArena, MessageBuilder } from "@tidemark/capnp";
import { MessageFile } from "@tidemark/capnp/file";
import { Mapping } from "@tidemark/core";
import { People, type PeopleBuilder } from "@tidemark/testing/schemas/person.capnp.js";
import { drive, now } from "../driver.js";
import { fillSample, warmUpMemory } from "../filling.js";
import { fillPerson } from "../people.js";
import type { Sample } from "../sample.js";

interface MessageFileJob {
  readonly folder: string;
  readonly count: number;
  readonly byteLength: number;
  readonly way: "in-place" | "in-memory" | "c++";
  readonly options?: object;
  readonly program?: string;
  /** How the C++ program makes the file long enough. */
  readonly method?: string;
}

interface Times {
  readonly openMs: number;
  readonly fillMs: number;
  readonly closeMs: number;
}

await drive((job: MessageFileJob): Sample => {
  const file = path.join(job.folder, `message-${process.pid}`);
  try {
    if (job.way !== "c++") {
      // Warms the code up, not the file.
      build({ ...job, count: 50_000 }, file);
      fs.rmSync(file);
    }
    warmUpMemory(2 * job.byteLength);
    const times = job.way === "c++" ? buildNatively(job, file) : build(job, file);
    return { ...fillSample(fs.statSync(file).size, times), checksum: checksum(file) };
  } finally {
    fs.rmSync(file, { force: true });
  }
});

function build(job: MessageFileJob, file: string): Times {
  const start = now();
  if (job.way === "in-memory") return buildInMemory(job, file);
  const built = MessageFile.create(file, { maxSegments: 1, ...job.options });
  const opened = now();
  fill(built.initRoot(People), job.count);
  const filled = now();
  built.closeSync();
  return { openMs: opened - start, fillMs: filled - opened, closeMs: now() - filled };
}

function buildInMemory(job: MessageFileJob, file: string): Times {
  const start = now();
  const message = new MessageBuilder(new MemoryArena({ firstSegmentWords: 2 ** 27 }));
  const opened = now();
  fill(message.initRoot(People), job.count);
  fs.writeFileSync(file, message.toFlat());
  const filled = now();
  return { openMs: opened - start, fillMs: filled - opened, closeMs: now() - filled };
}

function fill(root: PeopleBuilder, count: number): void {
  const people = root.initPeople(count);
  const person = people.cursor();
  for (let index = 0; index < count; index++) fillPerson(people.get(index, person), index);
}

function buildNatively(
  { program, count, byteLength, method }: MessageFileJob,
  file: string,
): Times {
  const args = [file, String(count), String(byteLength), method ?? ""];
  const run = spawnSync(program ?? "", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (run.status !== 0) throw new Error(`message-file failed (${run.status ?? run.signal})`);
  return JSON.parse(run.stdout);
}

/** Of all words, and of where they are. */
function checksum(file: string): number {
  using mapping = Mapping.openFile(file);
  const bytes = mapping.bytes();
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  let sum = 0;
  for (let index = 0; index < words.length; index++) {
    sum = (Math.imul(sum, 31) + (words[index] ?? 0)) | 0;
  }
  return sum;
}
