@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a: group { b @0 :Int8; } b:union { c @1 :Int8; d @2 :Int8;} c @3 :group; }

struct After {
  first @0 :Text;
}
