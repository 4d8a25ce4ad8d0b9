@0xd2a6f1b84e093c75;
# Links of which each is added to the front, by a builder that may be killed at any moment.

struct Chain {
  first @0 :Link;
  blobs @1 :List(Data);

  struct Link {
    index @0 :UInt32;
    check @1 :UInt32;
    name @2 :Text;
    payload @3 :Data;
    next @4 :Link;
  }
}
