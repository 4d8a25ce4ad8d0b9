@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I(T) { a @0 T -> (); }

struct After {
  first @0 :Text;
}
