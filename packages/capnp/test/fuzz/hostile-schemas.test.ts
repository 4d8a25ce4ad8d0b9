// Damaged schemas: loaded, and used for all that schemas are for.

import fs from "node:fs";
import { test } from "node:test";
import { CapnpError, CapnpRangeError, CapnpTypeError, MessageBuilder } from "@tidemark/capnp";
import { formatText, JsonCodec, SchemaSet, type StructSchema } from "@tidemark/capnp/dynamic";
import { rounds } from "@tidemark/testing/torture.js";
import { Random } from "../dynamic/random-struct.js";
import { requestPath } from "../dynamic/schemas.js";
import { damage } from "./mutations.js";

const count = rounds({ short: 100, long: 5_000 });
const json = new JsonCodec();

test(`${count} damaged schemas give typed errors, or schemas that hold`, () => {
  for (const name of ["annotated", "person", "generics"] as const) {
    const request = Uint8Array.from(fs.readFileSync(requestPath(name)));
    for (let round = 1; round <= count; round++) {
      const damaged = damage(request, new Random(round * 7919));
      survive(() => {
        const schemas = SchemaSet.fromRequest(damaged);
        for (const struct of schemas.structNames) survive(() => use(schemas.struct(struct)));
      });
    }
  }
});

function use(schema: StructSchema): void {
  const message = new MessageBuilder();
  const struct = message.initRoot(schema);
  for (const field of schema.fields) {
    survive(() => field.get(struct.asReader()));
    survive(() => field.init(struct, 2));
    survive(() => field.clear(struct));
    survive(() => field.annotations.map((annotation) => annotation.value));
  }
  formatText(struct.asReader());
  struct.asReader().toObject();
  json.decode(json.encode(struct.asReader()), new MessageBuilder().initRoot(schema));
}

function survive(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    const isOurs =
      error instanceof CapnpError ||
      error instanceof CapnpTypeError ||
      error instanceof CapnpRangeError;
    if (!isOurs) throw error;
  }
}
