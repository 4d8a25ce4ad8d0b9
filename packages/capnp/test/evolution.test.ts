// Messages of older and newer schemas: read by either, and built on by the newer one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AnyPointer, AnyStruct, listOf, MessageBuilder, MessageReader } from "@tidemark/capnp";
import {
  BoolList,
  TextList,
  Uint16List,
  Uint32List,
  Uint64List,
  VoidList,
} from "@tidemark/capnp/generated";
import { Person, Person_Employment_Which } from "./schemas/person.js";
import { shape } from "./trees.js";

const small = shape(1, 1);

function reread(message: MessageBuilder): MessageReader {
  return MessageReader.fromFlat(message.toFlat());
}

test("fields that an old message lacks read as their defaults", () => {
  const message = new MessageBuilder();
  message.initRoot(small).data[0] = 7;
  const person = reread(message).getRoot(Person);
  assert.equal(person.id, 7);
  assert.equal(person.age, 0);
  assert.equal(person.height, 1.75);
  assert.equal(person.email, "");
  assert.equal(person.hasEmail(), false);
  assert.equal(person.phones.length, 0);
  assert.equal(person.scores.length, 0);
  assert.equal(person.employment.which(), Person_Employment_Which.unemployed);
});

test("a builder makes an old struct as large as its type, and keeps what it held", () => {
  for (const arena of [undefined, { addSegment: (least: number) => new Uint8Array(least) }]) {
    const message = new MessageBuilder(arena);
    const old = message.initRoot(small);
    old.data[0] = 7;
    old.pointers.get(0).setText("Ada");
    const person = message.getRoot(Person);
    assert.equal(person.id, 7);
    assert.equal(person.name, "Ada");
    person.email = "ada@example.com";
    person.height = 2;
    const read = reread(message).getRoot(Person);
    assert.deepEqual([read.name, read.email, read.height], ["Ada", "ada@example.com", 2]);
    // Of the old struct nothing is left.
    assert.deepEqual([...old.data], new Array(8).fill(0));
    assert.ok(old.pointers.get(0).isNull());
  }
});

test("a newer struct keeps what an older type does not know", () => {
  const message = new MessageBuilder();
  const person = message.initRoot(Person);
  person.name = "Ada";
  person.email = "ada@example.com";
  assert.equal(message.getRoot(small).pointers.length, 5);
  const copy = new MessageBuilder();
  copy.setRoot(reread(message).getRoot(small));
  assert.equal(reread(copy).getRoot(Person).email, "ada@example.com");
});

test("a list of numbers reads as one of structs, and the other way round", () => {
  const message = new MessageBuilder();
  message.root.initList(Uint32List, 3).setAll([1, 2, 3]);
  const structs = reread(message).getRoot(Person.list);
  assert.deepEqual(
    structs.toArray().map(({ id, age, name }) => [id, age, name]),
    [
      [1, 0, ""],
      [2, 0, ""],
      [3, 0, ""],
    ],
  );
  const people = message.root.initList(Person.list, 2);
  people.get(0).id = 5;
  people.get(1).id = 70_000;
  people.get(1).name = "Ada";
  assert.deepEqual(reread(message).getRoot(Uint32List).toArray(), [5, 70_000]);
  assert.deepEqual(reread(message).getRoot(Uint16List).toArray(), [5, 70_000 % 65_536]);
  assert.deepEqual(reread(message).getRoot(TextList).toArray(), ["", "Ada"]);
  assert.equal(reread(message).getRoot(VoidList).length, 2);
  assert.equal(reread(message).getRoot(Uint32List).typedArray(), undefined);
  assert.throws(() => reread(message).getRoot(BoolList), {
    code: "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
  });
});

test("a list of texts reads as one of structs that begin with one", () => {
  const message = new MessageBuilder();
  message.root.initList(TextList, 2).setAll(["Ada", "Alan"]);
  const people = reread(message).getRoot(Person.list);
  assert.deepEqual(
    people.toArray().map(({ name, id, email }) => [name, id, email]),
    [
      ["Ada", 0, ""],
      ["Alan", 0, ""],
    ],
  );
});

test("a builder makes lists of old elements lists of structs", () => {
  for (const arena of [undefined, { addSegment: (least: number) => new Uint8Array(least) }]) {
    const message = new MessageBuilder(arena);
    message.root.initList(Uint32List, 2).setAll([8, 9]);
    const people = message.getRoot(Person.list);
    people.get(1).name = "Ada";
    assert.deepEqual(
      reread(message)
        .getRoot(Person.list)
        .toArray()
        .map(({ id, name }) => [id, name]),
      [
        [8, ""],
        [9, "Ada"],
      ],
    );
    message.root.initList(TextList, 2).setAll(["x", "y"]);
    message.getRoot(Person.list).get(0).id = 3;
    const read = reread(message).getRoot(Person.list);
    assert.deepEqual(
      read.toArray().map(({ id, name }) => [id, name]),
      [
        [3, "x"],
        [0, "y"],
      ],
    );
    const short = message.root.initList(small.list, 2);
    short.get(0).pointers.get(0).setText("short");
    message.getRoot(Person.list).get(0).email = "e";
    assert.equal(reread(message).getRoot(Person.list).get(0).name, "short");
  }
});

test("a list keeps its kind when it is copied as another", () => {
  const message = new MessageBuilder();
  const people = message.root.initList(Person.list, 2);
  people.get(1).name = "Ada";
  const target = new MessageBuilder();
  const list = target.root.initList(listOf(listOf(AnyPointer)), 1);
  list.set(0, reread(message).getRoot(TextList));
  const copy = reread(target).getRoot(listOf(Person.list)).get(0);
  assert.equal(copy.get(1).name, "Ada");
});

test("an element of a list of numbers is copied as a struct of one word", () => {
  const message = new MessageBuilder();
  message.root.initList(Uint16List, 3).setAll([1, 2, 3]);
  const target = new MessageBuilder();
  target.setRoot(reread(message).getRoot(AnyStruct.list).get(1));
  assert.deepEqual([...reread(target).getRoot(AnyStruct).data], [2, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(reread(message).getRoot(Uint16List).toArray().length, 3);
  assert.throws(() => reread(message).getRoot(Uint64List), {
    code: "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE",
  });
});
