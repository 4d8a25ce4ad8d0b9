@0xd4c8a5b3f0197e26;
# What all-types.capnp imports: a message whose classes live in two generated files.

enum Color {
  red @0;
  green @1;
  blue @2;
  # The last one, so that its value is not zero.
}

struct Point {
  x @0 :Int32;
  y @1 :Int32;
}

struct Shape {
  # A shape is one of several things: the union has no name.

  color @0 :Color = blue;

  union {
    circle :group {
      # Groups in a union share their memory.
      center @1 :Point;
      radius @2 :Float64;
    }
    polygon @3 :List(Point);
    nothing @4 :Void;
    area @5 :Float64;
  }

  label @6 :Text;
}

const origin :Point = (x = 0, y = 0);
const unit :Point = (x = 1, y = -1);

annotation note @0xb3f1d07c5a9e4682 (*) :Text;
annotation weight @0x9d20c6be813f57a4 (field, struct) :Int32;
annotation marked @0xa6e5d3c1b0f29874 (*) :Void;
annotation anchor @0xc9b8a7d6e5f41302 (struct) :Point;
