@0xf1c2d3e4a5b69788;
# Everything that the schema language can say about data, once at least.

using Shapes = import "shapes.capnp";
using Shapes.Color;
using import "shapes.capnp".Point;

$Shapes.note("on a file");

struct Primitives {
  # Every type that lives in the data section, in an order that leaves holes to be filled.

  void @0 :Void;
  bool @1 :Bool;
  int8 @2 :Int8;
  int16 @3 :Int16;
  int32 @4 :Int32;
  int64 @5 :Int64;
  uint8 @6 :UInt8;
  uint16 @7 :UInt16;
  uint32 @8 :UInt32;
  uint64 @9 :UInt64;
  float32 @10 :Float32;
  float64 @11 :Float64;
  color @12 :Color;
  otherBool @13 :Bool;
}

struct AllTypes $Shapes.marked {
  # A struct that holds each kind of field, so that a message of it exercises every accessor.

  primitives @0 :Primitives;
  text @1 :Text;
  data @2 :Data;
  child @3 :AllTypes;
  point @4 :Point;
  lists @5 :Lists;
  union @6 :Unions;
  groups @7 :Groups;
  defaults @8 :Defaults;
  pointers @9 :Pointers;
  shape @10 :Shapes.Shape;
}

struct Lists {
  voids @0 :List(Void);
  bools @1 :List(Bool);
  int8s @2 :List(Int8);
  int16s @3 :List(Int16);
  int32s @4 :List(Int32);
  int64s @5 :List(Int64);
  uint8s @6 :List(UInt8);
  uint16s @7 :List(UInt16);
  uint32s @8 :List(UInt32);
  uint64s @9 :List(UInt64);
  float32s @10 :List(Float32);
  float64s @11 :List(Float64);
  colors @12 :List(Color);
  texts @13 :List(Text);
  datas @14 :List(Data);
  points @15 :List(Point);
  structs @16 :List(Primitives);
  nested @17 :List(List(Int32));
  nestedTexts @18 :List(List(Text));
  nestedStructs @19 :List(List(Point));
  deep @20 :List(List(List(UInt8)));
  nestedColors @21 :List(List(Color));
  nestedBools @22 :List(List(Bool));
}

struct Unions {
  # A struct with an unnamed union, a named one, and one in a group.

  before @0 :UInt16;

  union {
    nothing @1 :Void;
    flag @2 :Bool;
    tiny @3 :Int8 = -7;
    number @4 :Int64;
    real @5 :Float64;
    text @6 :Text;
    points @7 :List(Point);
    point @8 :Point;
    color @9 :Color = green;
    pair :group {
      left @10 :UInt32;
      right @11 :Text;
    }
  }

  named :union {
    a @12 :UInt8;
    b @13 :UInt32 = 5;
    c @14 :Text;
    d :group {
      first @15 :Bool;
      second @16 :Data;
      inner :union {
        one @17 :Int16;
        two @18 :Float32;
      }
    }
  }

  after @19 :UInt16;
}

struct Groups {
  outer :group {
    number @0 :Int32 = -1;
    text @1 :Text = "in a group";
    inner :group {
      flag @2 :Bool = true;
      point @3 :Point;
    }
  }
  last @4 :UInt8;
}

struct Defaults {
  # Every default there can be; the negative ones are what other implementations read wrong.

  bool @0 :Bool = true;
  int8 @1 :Int8 = -128;
  int16 @2 :Int16 = -32768;
  int32 @3 :Int32 = -2147483648;
  int64 @4 :Int64 = -9223372036854775808;
  uint8 @5 :UInt8 = 255;
  uint16 @6 :UInt16 = 65535;
  uint32 @7 :UInt32 = 4294967295;
  uint64 @8 :UInt64 = 18446744073709551615;
  float32 @9 :Float32 = -1.5;
  float64 @10 :Float64 = 1e-300;
  infinite @11 :Float64 = -inf;
  notANumber @12 :Float32 = nan;
  color @13 :Color = blue;
  text @14 :Text = "quoted \"text\" \\ \n ☃";
  data @15 :Data = 0x"00 ff 80 7f";
  point @16 :Point = (x = -3, y = 4);
  int32s @17 :List(Int32) = [-1, 0, 1];
  texts @18 :List(Text) = ["a", "", "ccc"];
  points @19 :List(Point) = [(x = 1, y = 2), (x = -1)];
  bools @20 :List(Bool) = [true, false, true, true];
  nested @21 :List(List(Int32)) = [[1], [], [2, 3]];
  voids @22 :List(Void) = [void, void, void];
  shape @23 :Shapes.Shape = (color = red, polygon = [(x = 5, y = 6)], label = "three");
  emptyText @24 :Text = "";
  colors @25 :List(Color) = [green, red];
  plain @26 :Int32;
  fromConstant @27 :UInt32 = .answer;
  pointFromConstant @28 :Point = Shapes.unit;
}

struct Pointers {
  # What can point to anything.

  any @0 :AnyPointer;
  anyStruct @1 :AnyStruct;
  anyList @2 :AnyList;
  capability @3 :Capability;
  service @4 :Service;
  services @5 :List(Service);
  anyWithDefault @6 :AnyPointer;
}

interface Service {
  # A method is only known by its structs: there is no RPC here.

  call @0 (number :Int32, text :Text = "none") -> (result :Data);
  # Calls it.
  nothing @1 ();
  struct Inside { value @0 :Int32; }
  twice @2 Point -> Inside;
}

interface Better extends(Service) {
  generic @0 [T] (value :T) -> (same :T);
}

const answer :UInt32 = 42;
const yes :Bool = true;
const negative :Int64 = -5000000000;
const huge :UInt64 = 0xfedcba9876543210;
const ratio :Float32 = 0.25;
const notNumber :Float64 = nan;
const motto :Text = "wie gewöhnlich";
const magic :Data = 0x"de ad be ef";
const favourite :Color = blue;
const emptiness :Void = void;
const corner :Point = (x = -7, y = 8);
const numbers :List(Int16) = [-1, 2, -3];
const names :List(Text) = ["one", "two"];
const corners :List(Point) = [(x = 1), .corner];
const primitives :Primitives = (bool = true, int8 = -1, uint64 = .huge, color = blue);
const matrix :List(List(Float64)) = [[1, 0], [0, 1]];
const held :AllTypes = (
  text = .motto,
  point = .corner,
  child = (data = .magic, lists = (int32s = [1, -2], nested = [[3], [4, 5]])),
  union = (pair = (left = 3, right = "r"), named = (d = (first = true, inner = (two = 2.5)))),
  groups = (outer = (number = 9, inner = (flag = false))));

struct Empty {}

struct OnlyUnion {
  union {
    empty @0 :Void;
    full @1 :Empty;
  }
}

struct Bits {
  # Eight booleans that fill one byte, one that starts the next, and a hole for a later byte.

  b0 @0 :Bool;
  b1 @1 :Bool = true;
  b2 @2 :Bool;
  b3 @3 :Bool;
  b4 @4 :Bool;
  b5 @5 :Bool;
  b6 @6 :Bool;
  b7 @7 :Bool = true;
  b8 @8 :Bool;
  number @9 :UInt64;
  late @10 :UInt8;
}

struct Outer {
  # Names that nest three levels deep.
  struct Middle {
    struct Inner {
      value @0 :Int32;
      const depth :UInt8 = 3;
      enum Level { low @0; high @1; }
      level @1 :Level = high;
    }
    inner @0 :Inner;
  }
  middle @0 :Middle;
  inner @1 :Middle.Inner;
}
