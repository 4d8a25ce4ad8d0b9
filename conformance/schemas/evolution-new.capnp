@0xd8c7b6a5f4e30192;
# What evolution-old.capnp became: each may read the other's messages.

struct Account {
  id @0 :UInt32;
  name @1 :Text;
  points @2 :List(Points);
  # Was List(UInt32): a list of numbers may become one of structs that begin with the number.
  tags @3 :List(Tag);
  # Was List(Text).
  places @4 :List(Place);
  level @5 :Level;
  kind :union {
    plain @6 :Void;
    limit @7 :UInt16;
    text @11 :Text;
  }
  place @8 :Place;
  blobs @9 :List(Blob);
  # Was List(Data).
  flags @10 :List(Flag);
  # Was List(Void).

  added @12 :Int32 = -12;
  addedText @13 :Text = "was not there";
  addedList @14 :List(UInt8) = [1, 2, 3];
}

struct Points {
  value @0 :UInt32;
  reason @1 :Text;
  factor @2 :Float64 = 1.5;
}

struct Tag {
  text @0 :Text;
  weight @1 :Int16 = -1;
}

struct Blob {
  bytes @0 :Data;
  next @1 :Blob;
}

struct Flag {
  value @0 :UInt8 = 7;
}

struct Place {
  x @0 :UInt16;
  y @1 :UInt16 = 65535;
  label @2 :Text;
}

enum Level {
  low @0;
  high @1;
  highest @2;
}
