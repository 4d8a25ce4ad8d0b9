// The whole way once: a record is built, framed and read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBuilder, MessageReader } from "@tidemark/capnp";
import { Person, Person_Employment_Which, Person_PhoneNumber_Type } from "./schemas/person.js";

test("a person is built and read", () => {
  const message = new MessageBuilder();
  const person = message.initRoot(Person);
  person.id = 4_000_000_000;
  person.name = "Ada Lovelace";
  person.email = "ada@example.com";
  const phones = person.initPhones(2);
  phones.get(0).number = "555-1212";
  phones.get(1).number = "555-3434";
  phones.get(1).type = Person_PhoneNumber_Type.work;
  person.age = 36;
  person.height = 1.65;
  person.initScores(6).setAll([1, 2, 3, 4, 5, 6]);
  person.employment.setSelfEmployed();
  const bytes = message.toFlat();
  assert.equal(bytes.byteLength, 8 + 192);

  const read = MessageReader.fromFlat(bytes).getRoot(Person);
  assert.equal(read.id, 4_000_000_000);
  assert.equal(read.name, "Ada Lovelace");
  assert.equal(read.email, "ada@example.com");
  assert.equal(read.age, 36);
  assert.equal(read.height, 1.65);
  assert.deepEqual(read.scores.toArray(), [1, 2, 3, 4, 5, 6]);
  const numbers = read.phones.toArray().map((phone) => [phone.number, phone.type]);
  assert.deepEqual(numbers, [
    ["555-1212", Person_PhoneNumber_Type.mobile],
    ["555-3434", Person_PhoneNumber_Type.work],
  ]);
  assert.equal(read.employment.which(), Person_Employment_Which.selfEmployed);
  assert.throws(() => read.employment.school, { code: "ERR_TIDEMARK_CAPNP_UNION_MEMBER" });
});
