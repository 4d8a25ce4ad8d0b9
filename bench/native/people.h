// The people of the benchmarks about messages: what bench/people.ts fills in.
#pragma once

#include "person.capnp.h"

inline void fill_person(Person::Builder person, uint64_t index)
{
  static const char *const names[] = {"Alice Archer-Thompson", "Bobby Baker-Thompson",
                                      "Carol Carter-Thompson", "David Dyer-Thompson",
                                      "Erika Ewing-Thompson",  "Frank Fisher-Thompson",
                                      "Grace Glover-Thompson", "Henry Hunter-Thompson"};
  static const char *const emails[] = {"alice@mail.example.com", "bobby@mail.example.com",
                                       "carol@mail.example.com", "david@mail.example.com",
                                       "erika@mail.example.com", "frank@mail.example.com",
                                       "grace@mail.example.com", "henry@mail.example.com"};
  person.setId(index);
  person.setHeightMeters(1.5f + static_cast<float>(index & 63) / 128);
  person.setBirthYear(static_cast<uint16_t>(1900 + index % 100));
  person.setActive((index & 1) == 1);
  person.setName(names[index & 7]);
  person.setEmail(emails[index & 7]);
  auto phones = person.initPhones(2);
  phones[0].setNumber("555-1212");
  phones[0].setKind(Person::Phone::Kind::MOBILE);
  phones[1].setNumber("555-4321");
  phones[1].setKind(Person::Phone::Kind::WORK);
  auto scores = person.initScores(6);
  for (uint32_t at = 0; at < 6; at++) scores.set(at, static_cast<uint32_t>(index) + at);
}
