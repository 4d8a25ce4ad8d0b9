// The ways to keep many people in a file, and to read them again.

import fs from "node:fs";
import { createInterface } from "node:readline";
import { MessageFile } from "@tidemark/capnp/file";
import { People } from "@tidemark/testing/schemas/person.capnp.js";
import { type FlatPerson, fillFlatPerson, flatPerson } from "./people.js";
import { openLmdbDatabase } from "./stores/lmdb.js";
import { openSqliteDatabase } from "./stores/sqlite.js";

export interface BulkWay {
  /** Builds the file, all of it on the device; false where the peer is missing. */
  build(file: string, count: number): Promise<boolean>;
  /** Opens the file and reads one person, or all of them; gives the sum of what it saw. */
  read(file: string, index: number, all: boolean): Promise<number>;
}

const message: BulkWay = {
  build: async (file, count) => {
    const built = MessageFile.create(file, { maxSegments: 1 });
    const people = built.initRoot(People).initPeople(count);
    const person = people.cursor();
    for (let index = 0; index < count; index++) fillFlatPerson(people.get(index, person), index);
    built.closeSync();
    return true;
  },
  read: async (file, index, all) => {
    const opened = MessageFile.open(file, { traversalLimitWords: Number.MAX_SAFE_INTEGER });
    const people = opened.getRoot(People).people;
    const person = people.cursor();
    let sum = 0;
    const end = all ? people.length : index + 1;
    for (let at = index; at < end; at++) sum += sumOf(people.get(at, person));
    opened.close();
    return sum;
  },
};

const sqlite: BulkWay = {
  build: async (file, count) => {
    const database = openSqliteDatabase(file);
    if (database === undefined) return false;
    database.exec(
      "CREATE TABLE people (id INTEGER PRIMARY KEY, heightMeters REAL, birthYear INTEGER, " +
        "active INTEGER, name TEXT, email TEXT)",
    );
    const insert = database.prepare("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)");
    database.exec("BEGIN");
    for (let index = 0; index < count; index++) {
      const { id, heightMeters, birthYear, active, name, email } = flatPerson(index);
      insert.run(id, heightMeters, birthYear, active ? 1 : 0, name, email);
    }
    database.exec("COMMIT");
    database.close();
    return true;
  },
  read: async (file, index, all) => {
    const database = openSqliteDatabase(file);
    if (database === undefined) return 0;
    const where = all ? "id >= ?" : "id = ?";
    const rows = database.prepare(`SELECT * FROM people WHERE ${where} ORDER BY id`);
    let sum = 0;
    for (const row of rows.iterate(index)) sum += sumOf(row as FlatPerson);
    database.close();
    return sum;
  },
};

const lmdb: BulkWay = {
  build: async (file, count) => {
    const database = openLmdbDatabase(file, "msgpack");
    if (database === undefined) return false;
    database.transactionSync(() => {
      for (let index = 0; index < count; index++) database.putSync(index, flatPerson(index));
    });
    await database.close();
    return true;
  },
  read: async (file, index, all) => {
    const database = openLmdbDatabase(file, "msgpack");
    if (database === undefined) return 0;
    let sum = 0;
    if (!all) sum = sumOf(database.get(index) as FlatPerson);
    else for (const { value } of database.getRange()) sum += sumOf(value as FlatPerson);
    await database.close();
    return sum;
  },
};

const json: BulkWay = {
  build: async (file, count) => {
    const fd = fs.openSync(file, "w");
    let lines: string[] = [];
    for (let index = 0; index < count; index++) {
      lines.push(JSON.stringify(flatPerson(index)), "\n");
      if (lines.length < 2_000 && index < count - 1) continue;
      fs.writeSync(fd, lines.join(""));
      lines = [];
    }
    fs.fdatasyncSync(fd);
    fs.closeSync(fd);
    return true;
  },
  read: async (file, index, all) => {
    let [sum, at] = [0, 0];
    for await (const line of createInterface({ input: fs.createReadStream(file) })) {
      if (all || at === index) sum += sumOf(JSON.parse(line));
      if (!all && at === index) break;
      at++;
    }
    return sum;
  },
};

export const bulkWays = { message, "better-sqlite3": sqlite, lmdb, json } satisfies Record<
  string,
  BulkWay
>;

/** Of every field, exactly: halves and 128ths are sums of powers of two. */
function sumOf(person: FlatPerson | PersonFields): number {
  const id = "idNumber" in person ? person.idNumber : person.id;
  const { heightMeters, birthYear, active, name, email } = person;
  return id + heightMeters + birthYear + (active ? 1 : 0) + name.length + email.length;
}

interface PersonFields extends Omit<FlatPerson, "id"> {
  readonly idNumber: number;
}
