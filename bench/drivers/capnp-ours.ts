// Builds or reads Cap'n Proto records with @tidemark/capnp, or by hand.

import type { StructBuilder, StructReader } from "@tidemark/capnp";
import { MessageBuilder, MessageReader, readMessages, type StructType } from "@tidemark/capnp";
import { timePerCall } from "../batches.js";
import { buildPersonByHand, writePerson } from "../capnp/by-hand.js";
import * as ours from "../capnp/ours.js";
import * as byHand from "../capnp/read-by-hand.js";
import * as records from "../capnp/records.js";
import { drive } from "../driver.js";
import type { Sample } from "../sample.js";

interface Job {
  readonly schema: "person" | "drawing" | "letter";
  readonly work: "build" | "build-anew" | "build-by-hand" | "traverse" | Reading;
  readonly count: number;
}

type Reading = "read" | "read-stream" | "read-by-hand";

interface Work<B extends StructBuilder, R extends StructReader, T> {
  readonly type: StructType<R, B>;
  readonly records: readonly T[];
  readonly build: (builder: B, record: T) => void;
  readonly weigh: (reader: R) => number;
  readonly weighByHand: (flat: Uint8Array) => number;
}

await drive((job: Job): Sample => {
  if (job.work === "traverse") return traverse(job.count);
  if (job.work === "build-by-hand") return buildByHand(job.count);
  const { Drawing, Letter, Person } = ours;
  const { personRecords, drawingRecords, letterRecords } = records;
  const { buildPerson, buildDrawing, buildLetter } = ours;
  const { weighPerson, weighDrawing, weighLetter } = ours;
  switch (job.schema) {
    case "person":
      return run(job, {
        type: Person,
        records: personRecords,
        build: buildPerson,
        weigh: weighPerson,
        weighByHand: byHand.weighPersonByHand,
      });
    case "drawing":
      return run(job, {
        type: Drawing,
        records: drawingRecords,
        build: buildDrawing,
        weigh: weighDrawing,
        weighByHand: byHand.weighDrawingByHand,
      });
    case "letter":
      return run(job, {
        type: Letter,
        records: letterRecords,
        build: buildLetter,
        weigh: weighLetter,
        weighByHand: byHand.weighLetterByHand,
      });
  }
});

function run<B extends StructBuilder, R extends StructReader, T>(
  job: Job,
  work: Work<B, R, T>,
): Sample {
  const { type, records: all, build } = work;
  const message = new MessageBuilder();
  const messages = all.map((record) => {
    message.reset();
    build(message.initRoot(type), record);
    return message.toFlat();
  });
  if (job.work.startsWith("read")) return read(job.work as Reading, job.count, messages, work);
  let used = 0;
  const ns = timePerCall(job.count, (turn) => {
    const target = job.work === "build" ? message : new MessageBuilder();
    if (target === message) message.reset();
    build(target.initRoot(type), all[turn % 64] as T);
    used += target.segments[0]?.byteLength ?? 0;
  });
  return { metrics: { ns, used }, checksum: checksumOf(messages.map((flat) => flat.subarray(8))) };
}

function read<B extends StructBuilder, R extends StructReader, T>(
  how: Reading,
  count: number,
  messages: readonly Uint8Array[],
  { type, weigh, weighByHand }: Work<B, R, T>,
): Sample {
  if (how === "read-stream") return readStream(count, messages, (one) => weigh(one.getRoot(type)));
  const weighFlat =
    how === "read-by-hand"
      ? weighByHand
      : (flat: Uint8Array): number => weigh(MessageReader.fromFlat(flat).getRoot(type));
  let checksum = 0;
  for (const flat of messages) checksum += weighFlat(flat);
  let sum = 0;
  const ns = timePerCall(count, (turn) => {
    sum += weighFlat(messages[turn % 64] as Uint8Array);
  });
  return { metrics: { ns, sum }, checksum };
}

/** The messages one after another in one array. */
function readStream(
  count: number,
  messages: readonly Uint8Array[],
  weigh: (message: MessageReader) => number,
): Sample {
  const stream = Buffer.concat(messages);
  let checksum = 0;
  const ns = timePerCall(count / 64, () => {
    checksum = 0;
    for (const message of readMessages(stream)) checksum += weigh(message);
  });
  return { metrics: { ns: ns / 64 }, checksum };
}

function buildByHand(count: number): Sample {
  const all = records.personRecords;
  const messages = all.map((record) => buildPersonByHand(record).slice());
  let used = 0;
  const ns = timePerCall(count, (turn) => {
    used += writePerson(all[turn % 64] as records.PersonRecord);
  });
  return { metrics: { ns, used }, checksum: checksumOf(messages) };
}

function traverse(count: number): Sample {
  const bytes = ours.outline();
  let checksum = 0;
  const ns = timePerCall(count, () => {
    checksum = ours.traverse(bytes);
  });
  return { metrics: { ns: ns / records.pointCount }, checksum };
}

function checksumOf(messages: readonly Uint8Array[]): number {
  let sum = records.hashStart;
  for (const message of messages) sum = records.hash(sum, message);
  return sum;
}
