// Keeps many small objects in a file: as JSON, or in a heap. Builds, opens, looks one up, changes
// one so that the next process sees it.

import fs from "node:fs";
import { GrowingFile } from "@tidemark/core";
import { Heap } from "@tidemark/core/heap";
import { array, float64, record, text, uint32 } from "@tidemark/core/records";
import { drive, now } from "../driver.js";
import type { Sample } from "../sample.js";

interface KeepObjects {
  readonly file: string;
  readonly count: number;
  readonly way: "json" | "heap";
}

interface Person {
  readonly id: number;
  score: number;
  readonly place: readonly number[];
  readonly name: string;
}

const PersonRecord = record(
  { score: float64, place: array(float64, 2), id: uint32, name: text(28) },
  { name: "Person" },
);

const maxByteLength = 2 ** 31;
const lookups = 1000;

await drive((job: KeepObjects): Sample => {
  const keep = job.way === "json" ? keepAsJson : keepInHeap;
  keep({ ...job, count: 200 });
  fs.rmSync(job.file);
  const sample = keep(job);
  fs.rmSync(job.file);
  return sample;
});

function person(id: number): Person {
  return { id, score: id / 4, place: [id * 0.5, -id], name: `Person number ${id}` };
}

function spread(turn: number, count: number): number {
  return (turn * 7919 + 13) % count;
}

function keepAsJson({ file, count }: KeepObjects): Sample {
  let start = now();
  const all = Array.from({ length: count }, (_, id) => person(id));
  fs.writeFileSync(file, JSON.stringify(all));
  const buildMs = now() - start;

  start = now();
  const opened: Person[] = JSON.parse(fs.readFileSync(file, "utf8"));
  const openMs = now() - start;

  start = now();
  let checksum = 0;
  for (let turn = 0; turn < lookups; turn++) {
    const found = opened[spread(turn, count)] as Person;
    checksum += found.score + (found.place[1] as number) + found.name.length;
  }
  const lookupUs = ((now() - start) * 1e3) / lookups;

  start = now();
  (opened[spread(5, count)] as Person).score++;
  fs.writeFileSync(file, JSON.stringify(opened));
  const changeMs = now() - start;
  const mib = fs.statSync(file).size / 2 ** 20;
  return { metrics: { buildMs, openMs, lookupUs, changeMs, mib }, checksum };
}

/** Each person is an allocation; a table of offsets leads to them. */
function keepInHeap({ file, count }: KeepObjects): Sample {
  let start = now();
  const built = GrowingFile.create(file, { maxByteLength });
  const heap = Heap.create(built);
  const table = heap.allocate(count * 8);
  const offsets = new Float64Array(built.buffer, table, count);
  for (let id = 0; id < count; id++) {
    const at = heap.allocate(PersonRecord.byteLength);
    PersonRecord.assign(PersonRecord.at(built, at), person(id));
    offsets[id] = at;
  }
  heap.setRoot("people", table);
  built.close();
  const buildMs = now() - start;

  start = now();
  const opened = GrowingFile.open(file, { maxByteLength });
  const again = Heap.open(opened);
  const found = new Float64Array(opened.buffer, again.getRoot("people") as number, count);
  const openMs = now() - start;

  start = now();
  let checksum = 0;
  for (let turn = 0; turn < lookups; turn++) {
    const each = PersonRecord.at(opened, found[spread(turn, count)] as number);
    checksum += each.score + each.place.get(1) + each.name.length;
  }
  const lookupUs = ((now() - start) * 1e3) / lookups;

  start = now();
  PersonRecord.at(opened, found[spread(5, count)] as number).score++;
  const changeMs = now() - start;
  opened.close();
  const mib = fs.statSync(file).size / 2 ** 20;
  return { metrics: { buildMs, openMs, lookupUs, changeMs, mib }, checksum };
}
