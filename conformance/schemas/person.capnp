@0xe2b1f6a0c94d7385;
# People as an address book keeps them: the record that the benchmarks build and read.

struct Person {
  # Three structs, four texts and two lists: 192 bytes as the benchmarks fill it.

  id @0 :UInt64;
  # Never given to another person.

  heightMeters @1 :Float32;
  birthYear @2 :UInt16;
  active @3 :Bool;

  name @4 :Text;
  email @5 :Text;

  phones @6 :List(Phone);
  # In the order in which they are to be tried.

  scores @7 :List(UInt32);

  struct Phone {
    number @0 :Text;
    kind @1 :Kind;

    enum Kind {
      mobile @0;
      home @1;
      work @2;
    }
  }
}

struct People {
  people @0 :List(Person);
}
