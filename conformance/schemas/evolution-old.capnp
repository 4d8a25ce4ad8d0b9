@0xc1d2e3f4a5b60718;
# The first version of a schema whose later one is evolution-new.capnp.

struct Account {
  id @0 :UInt32;
  name @1 :Text;
  points @2 :List(UInt32);
  tags @3 :List(Text);
  places @4 :List(Place);
  level @5 :Level;
  kind :union {
    plain @6 :Void;
    limit @7 :UInt16;
  }
  place @8 :Place;
  blobs @9 :List(Data);
  flags @10 :List(Void);
}

struct Place {
  x @0 :UInt16;
}

enum Level {
  low @0;
  high @1;
}
