// The people of the benchmarks about messages: the same in every language.

import type { PersonBuilder } from "@tidemark/testing/schemas/person.capnp.js";

/** Fills one record: 192 bytes with its texts and lists. bench/native/people.h does the same. */
export function fillPerson(person: PersonBuilder, index: number): void {
  fillFlatPerson(person, index);
  const phones = person.initPhones(2);
  const phone = phones.get(0);
  phone.number = "555-1212";
  phone.kind = 0;
  phones.get(1, phone);
  phone.number = "555-4321";
  phone.kind = 2;
  const scores = person.initScores(6);
  for (let at = 0; at < 6; at++) scores.set(at, index + at);
}

const names = [
  "Alice Archer-Thompson",
  "Bobby Baker-Thompson",
  "Carol Carter-Thompson",
  "David Dyer-Thompson",
  "Erika Ewing-Thompson",
  "Frank Fisher-Thompson",
  "Grace Glover-Thompson",
  "Henry Hunter-Thompson",
] as const;

const emails = names.map((name) => `${name.split(" ")[0]?.toLowerCase()}@mail.example.com`);

/** A person without lists, as a row of a table is one. */
export interface FlatPerson {
  readonly id: number;
  readonly heightMeters: number;
  readonly birthYear: number;
  readonly active: boolean;
  readonly name: string;
  readonly email: string;
}

export function flatPerson(index: number): FlatPerson {
  return {
    id: index,
    heightMeters: 1.5 + (index & 63) / 128,
    birthYear: 1900 + (index % 100),
    active: (index & 1) === 1,
    name: names[index & 7] ?? "",
    email: emails[index & 7] ?? "",
  };
}

export function fillFlatPerson(person: PersonBuilder, index: number): void {
  person.idNumber = index;
  person.heightMeters = 1.5 + (index & 63) / 128;
  person.birthYear = 1900 + (index % 100);
  person.active = (index & 1) === 1;
  person.name = names[index & 7] ?? "";
  person.email = emails[index & 7] ?? "";
}
