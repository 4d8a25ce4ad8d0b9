@0xa0b1c2d3e4f50617;
# Types with parameters, and what they are bound to.

using import "shapes.capnp".Point;

struct Box(T) {
  value @0 :T;
  label @1 :Text;
}

struct Pair(First, Second) {
  first @0 :First;
  second @1 :Second;
  swapped @2 :Pair(Second, First);
}

struct Tree(T) {
  # A tree of whatever pointer type one likes.

  leaf @0 :T;
  children @1 :List(Tree(T));
  boxed @2 :Box(T);
  all @3 :List(Box(T));

  struct Walk(U) {
    # Has a parameter of its own beside its scope's.
    here @0 :T;
    with @1 :U;
    tree @2 :Tree(T);
    next @3 :Walk(U);
  }

  node :group {
    inGroup @4 :T;
    list @5 :List(Box(T));
  }

  union {
    none @6 :Void;
    some @7 :T;
  }
}

interface Store(Key, Value) {
  get @0 (key :Key) -> (value :Value);
  put @1 (key :Key, value :Value);
  map @2 [Result] (with :Box(Result)) -> (results :Box(Result));
}

struct Uses {
  text @0 :Box(Text);
  data @1 :Box(Data);
  point @2 :Box(Point);
  list @3 :Box(List(Int32));
  nested @4 :Box(Box(Text));
  pair @5 :Pair(Text, Box(Point));
  tree @6 :Tree(Text);
  walk @7 :Tree(Text).Walk(Point);
  unbound @8 :Box;
  store @9 :Store(Text, Data);
  boxedStore @10 :Box(Store(Text, Point));
  boxes @11 :List(Box(List(Text)));
  anything @12 :Box(AnyPointer);
  shared @13 :Pair(Text, Text) = (first = "a", second = "b");
}

const boxed :Box(Text) = (value = "inside", label = "box");
