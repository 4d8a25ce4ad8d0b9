// The messages that are damaged, and all that damaged messages go through.

import assert from "node:assert/strict";
import {
  type Arena,
  CapnpError,
  CapnpTypeError,
  canonicalize,
  MessageBuilder,
  MessageReader,
  pack,
  unpack,
} from "@tidemark/capnp";
import { formatText, JsonCodec, parseText, type StructSchema } from "@tidemark/capnp/dynamic";
import { fillStruct, Random } from "../dynamic/random-struct.js";
import { loadSchemas } from "../dynamic/schemas.js";
import { damage, damageByte, damageText } from "./mutations.js";

/** A message to be damaged, with what it is in every form. */
interface Subject {
  readonly schema: StructSchema;
  readonly flat: Uint8Array;
  readonly packed: Uint8Array;
  readonly json: string;
  readonly text: string;
}

// Small messages: damage hits something that matters, and many of them take little time.
const largestByteLength = 320;
const limits = { traversalLimitWords: 200, nestingLimit: 16, maxByteLength: 2 ** 16 };
const json = new JsonCodec();

/** Segments as small as can be: nearly every pointer is a far one. */
const tinyArena: Arena = { addSegment: (least) => new Uint8Array(least) };

/** Messages of several schemas, in one segment and in many. */
export function makeSubjects(random: Random): Subject[] {
  const schemas = [
    loadSchemas("all-types").struct("AllTypes"),
    loadSchemas("all-types").struct("Lists"),
    loadSchemas("generics").struct("Uses"),
    loadSchemas("annotated").struct("Annotated"),
    loadSchemas("person").struct("People"),
  ];
  const subjects: Subject[] = [];
  while (subjects.length < 200) {
    const schema = random.pick(schemas);
    const message = random.chance(30) ? new MessageBuilder(tinyArena) : new MessageBuilder();
    fillStruct(message.initRoot(schema), random, 2);
    const flat = message.toFlat();
    if (flat.byteLength > largestByteLength) continue;
    const struct = message.getRoot(schema).asReader();
    const text = formatText(struct);
    subjects.push({ schema, flat, packed: pack(flat), json: json.encode(struct), text });
  }
  return subjects;
}

/** Reads everything there is in a message, in every way; only typed errors may come out. */
export function readAll(flat: Uint8Array, schema: StructSchema): void {
  survive(() => json.encode(MessageReader.fromFlat(flat, limits).getRoot(schema)));
  survive(() => formatText(MessageReader.fromFlat(flat, limits).getRoot(schema)));
  survive(() => canonicalize(MessageReader.fromFlat(flat, limits)));
}

/** One round: a message, its packed form, and now and then its texts are damaged and read. */
export function attack(subject: Subject, random: Random): void {
  const { schema } = subject;
  const flat = damage(subject.flat, random);
  const before = random.chance(5) ? flat.slice() : undefined;
  readAll(flat, schema);
  if (before !== undefined) assert.ok(Buffer.from(flat).equals(before), "a reader has written");
  const packed = subject.packed.slice();
  damageByte(packed, random);
  survive(() => {
    const unpacked = unpack(packed, limits);
    formatText(MessageReader.fromFlat(unpacked, limits).getRoot(schema));
  });
  if (random.chance(4)) {
    survive(() => json.decode(damageText(subject.json, random), newRoot(schema)));
    survive(() => parseText(damageText(subject.text, random), newRoot(schema)));
    survive(() => MessageReader.fromFlat(flat, limits).getRoot(schema).toObject());
    survive(() => new MessageBuilder().root.set(MessageReader.fromFlat(flat, limits).root));
  }
}

function newRoot(schema: StructSchema): ReturnType<StructSchema["init"]> {
  return new MessageBuilder().initRoot(schema);
}

function survive(work: () => void): void {
  try {
    work();
  } catch (error) {
    // JSON cannot say pointers of any kind.
    if (!(error instanceof CapnpError) && !(error instanceof CapnpTypeError)) throw error;
  }
}

/** Runs so many rounds; what fails is told with all that it takes to see it again. */
export function attackAll(count: number, seed: number): void {
  // Most rounds end in errors that nobody reads: a stack trace takes longer than all the rest.
  Error.stackTraceLimit = 0;
  const subjects = makeSubjects(new Random(seed));
  for (let round = 0; round < count; round++) {
    const random = new Random(Math.imul(seed + round, 0x9e3779b1));
    const subject = random.pick(subjects);
    try {
      attack(subject, random);
    } catch (cause) {
      const again = new Random(Math.imul(seed + round, 0x9e3779b1));
      again.pick(subjects);
      const flat = damage(subject.flat, again);
      const hex = Buffer.from(flat).toString("hex");
      throw new Error(`seed ${seed}, round ${round}, ${subject.schema.name}: ${hex}`, { cause });
    }
  }
}
