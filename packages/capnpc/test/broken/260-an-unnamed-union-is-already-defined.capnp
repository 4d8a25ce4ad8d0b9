@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { union { a @0 :Void; union {b @1 :Void; c @2 :Void;} } }

struct After {
  first @0 :Text;
}
