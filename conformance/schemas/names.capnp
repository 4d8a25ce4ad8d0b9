@0xb7a6c5d4e3f20189;
# Names that mean something in JavaScript, or that meet one another in generated code.

using Shapes = import "shapes.capnp";

struct Words {
  # Fields that are reserved words, or names that every object has.

  constructor @0 :Int32;
  prototype @1 :Int32;
  toString @2 :Text;
  valueOf @3 :Int32;
  hasOwnProperty @4 :Bool;
  class @5 :Text;
  function @6 :Int32;
  new @7 :Int32;
  delete @8 :Int32;
  default @9 :Int32 = 3;
  return @10 :Text;
  this @11 :Text;
  null @12 :Text;
  undefined @13 :Text;
  arguments @14 :List(Text);
  eval @15 :Int32;
  await @16 :Int32;
  yield @17 :Int32;
  static @18 :Int32;
  length @19 :UInt32;
  name @20 :Text;
  then @21 :Int32;
  proto @22 :Int32;
  enum @23 :Int32;
  union :union {
    which @24 :Text;
    what @25 :Text;
  }
}

struct Accessors {
  # Each of these could be what a generator calls the accessor of another.

  name @0 :Text;
  getName @1 :Text;
  setName @2 :Text;
  hasName @3 :Bool;
  initName @4 :Text;
  adoptName @5 :Text;
  disownName @6 :Text;
  nameBytes @7 :Data;
  list @8 :List(Int32);
  getList @9 :List(Int32);
  initList @10 :List(Text);
  hasList @11 :Bool;
  isSet @12 :Bool;
  big @13 :UInt64;
  bigNumber @14 :UInt64;
  bigAsNumber @15 :Int64;
  getBig @16 :UInt64;
  which @17 :Text;
  segment @18 :Text;
  byteOffset @19 :UInt32;
  view @20 :Data;
  message @21 :Text;
  pointer @22 :AnyPointer;
  reader @23 :Text;
  builder @24 :Text;
  dataBytes @25 :UInt32;
  at @26 :Int32;
  get @27 :Int32;
  set @28 :Int32;
  copy @29 :Int32;
  asReader @30 :Int32;
  toObject @31 :Int32;
  union {
    isA @32 :Void;
    a @33 :Void;
    initA @34 :Text;
    setA @35 :Text;
  }
}

struct Object { value @0 :Int32; }
struct Array { value @0 :Int32; items @1 :List(Object); }
struct String { text @0 :Text; }
struct Number { number @0 :Float64; big @1 :BigInt; }
struct BigInt { low @0 :UInt64; high @1 :UInt64; }
struct Uint8Array { bytes @0 :Data; }
struct DataView { data @0 :Data; }
struct Error { message @0 :Text; }
struct Symbol { iterator @0 :Text; }
struct Map { entries @0 :List(Entry); struct Entry { key @0 :Text; value @1 :AnyPointer; } }
struct Promise { then @0 :Text; }
struct Reader { value @0 :Object; }
struct Builder { value @0 :Reader; }
struct StructReader { value @0 :Text; }
struct StructBuilder { value @0 :List(ListReader); }
struct ListReader { value @0 :List(Text); }
struct MessageBuilder { root @0 :AnyPointer; }
struct Hidden {
  struct Text { text @0 :Int32; }
  text @0 :Text;
  # Of the struct beside it, not of the language.
}

struct Foo {
  # The scoped and the flat name of a nested type are the same word.
  struct Reader { value @0 :Int32; }
  struct Builder { value @0 :Int32; }
  struct Bar { value @0 :Int32; }
  reader @0 :Reader;
  builder @1 :Builder;
  bar @2 :Bar;
  barReader @3 :FooBar;
  fooBar :group { value @4 :Int32; }
  bars :union { value @5 :Int32; none @6 :Void; }
}
struct FooBar { value @0 :Int32; }
struct FooReader { value @0 :Int32; }
struct FooBuilder { value @0 :Int32; }

enum Kind {
  default @0;
  class @1;
  constructor @2;
  toString @3;
  names @4;
  length @5;
}

enum Which { which @0; none @1; }

const class :Text = "a constant named by a reserved word";
const shapes :Shapes.Point = (x = 1);

struct Shapes2 { kind @0 :Kind = constructor; which @1 :Which; }

annotation delete @0xd0e1f2a3b4c59687 (*) :Kind;
