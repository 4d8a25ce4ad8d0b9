# A drawing: many small structs, numbers only.
@0xe3c1d0b8f5a94721;

struct Drawing {
  width @0 :Float64;
  height @1 :Float64;
  shapes @2 :List(Shape);
  outline @3 :List(Point);

  struct Shape {
    kind @0 :Kind;
    visible @1 :Bool;
    layer @2 :UInt16;
    center @3 :Point;
    size @4 :Point;
    color @5 :Color;
  }

  struct Point {
    x @0 :Float64;
    y @1 :Float64;
  }

  struct Color {
    red @0 :UInt8;
    green @1 :UInt8;
    blue @2 :UInt8;
    alpha @3 :UInt8 = 255;
  }

  enum Kind {
    rectangle @0;
    ellipse @1;
    line @2;
  }
}
