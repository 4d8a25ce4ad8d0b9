// Builds or reads Cap'n Proto person records with capnp-ts or capnp-es.

import { createRequire } from "node:module";
import path from "node:path";
import { frame } from "@tidemark/capnp";
import { timePerCall } from "../batches.js";
import * as records from "../capnp/records.js";
import { weighText } from "../capnp/weigh-text.js";
import { drive } from "../driver.js";
import { sourceFolder } from "../locations.js";
import type { Sample } from "../sample.js";

interface Job {
  readonly package: "capnp-ts" | "capnp-es";
  readonly work: "build" | "read";
  readonly count: number;
}

// Neither package's types say what its generated code needs: they are taken as they come.
interface Message {
  initRoot(type: unknown): object;
  getRoot(type: unknown): object;
  getSegment(id: number): { readonly buffer: ArrayBuffer; byteLength: number };
  readonly _capnp: { readonly arena: { readonly constructor: unknown } };
}

type Arena = new (buffer: ArrayBuffer) => object;

interface Work<T> {
  readonly type: unknown;
  readonly records: readonly T[];
  readonly build: (builder: never, record: T) => void;
  readonly weigh: (reader: never) => number;
}

await drive(async (job: Job): Promise<Sample> => {
  const runtime = await load(job.package);
  const file = path.join(sourceFolder, "capnp", "others", "classes.js");
  const { personClasses } = await import(file);
  return run(job, runtime.Message, {
    type: personClasses(runtime),
    records: records.personRecords,
    build: buildPerson,
    weigh: weighPerson,
  });
});

interface Runtime {
  readonly Message: new (source?: object, packed?: boolean, singleSegment?: boolean) => Message;
}

async function load(name: Job["package"]): Promise<Runtime> {
  if (name === "capnp-es") return (await import(name)) as unknown as Runtime;
  const loaded = createRequire(import.meta.url)(name);
  return { ...loaded, utils: loaded.Struct };
}

function run<T>(job: Job, Message: Runtime["Message"], work: Work<T>): Sample {
  const { type, records: all, build, weigh } = work;
  // An arena that is large enough from the start, which neither package exports: by default it
  // grows by copying, and building takes thirty times longer.
  const Arena = new Message()._capnp.arena.constructor as Arena;
  const memory = new Uint8Array(16384);
  const make = (record: T): Message => {
    memory.fill(0);
    const message = new Message(new Arena(memory.buffer));
    // capnp-es takes what is in an arena for a message already.
    message.getSegment(0).byteLength = 8;
    build(message.initRoot(type) as never, record);
    return message;
  };
  const messages = all.map((record) => {
    const { buffer, byteLength } = make(record).getSegment(0);
    return new Uint8Array(buffer.slice(0, byteLength));
  });
  if (job.work === "build") {
    const ns = timePerCall(job.count, (turn) => void make(all[turn % 64] as T));
    let checksum = records.hashStart;
    for (const message of messages) checksum = records.hash(checksum, message);
    return { metrics: { ns }, checksum };
  }
  const flats = messages.map((bytes) => frame([bytes]).buffer);
  const read = (turn: number): number => {
    const message = new Message(flats[turn % 64] as ArrayBuffer, false);
    return weigh(message.getRoot(type) as never);
  };
  let checksum = 0;
  for (let index = 0; index < 64; index++) checksum += read(index);
  return { metrics: { ns: timePerCall(job.count, (turn) => void read(turn)) }, checksum };
}

function buildPerson(person: Person, record: records.PersonRecord): void {
  person.id = record.id;
  person.name = record.name;
  person.email = record.email;
  const phones = person.initPhones(2);
  const first = phones.get(0);
  first.number = record.firstNumber;
  first.type = 1;
  const second = phones.get(1);
  second.number = record.secondNumber;
  second.type = 2;
  person.age = record.age;
  person.height = record.height;
  const scores = person.initScores(6);
  for (let index = 0; index < 6; index++) scores.set(index, record.scores[index] as number);
  person.employment.selfEmployed = true;
}

function weighPerson(person: Person): number {
  let sum = person.id + person.age + person.height;
  sum += weighText(person.name) + weighText(person.email);
  const { phones, scores } = person;
  for (let index = 0; index < lengthOf(phones); index++) {
    const phone = phones.get(index);
    sum += weighText(phone.number) + phone.type;
  }
  for (let index = 0; index < lengthOf(scores); index++) sum += scores.get(index);
  return sum + person.employment.which();
}

function lengthOf(list: List<unknown>): number {
  return list.length ?? list.getLength();
}

interface List<T> {
  /** Of capnp-es. */
  readonly length?: number;
  /** Of capnp-ts. */
  getLength(): number;
  get(index: number): T;
}

interface Person {
  id: number;
  name: string;
  email: string;
  initPhones(length: number): List<{ number: string; type: number }>;
  readonly phones: List<{ number: string; type: number }>;
  age: number;
  height: number;
  initScores(length: number): { set(index: number, value: number): void };
  readonly scores: List<number>;
  readonly employment: { selfEmployed: boolean; which(): number };
}
