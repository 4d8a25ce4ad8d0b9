@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :group { b @1 :Int8; } }

struct After {
  first @0 :Text;
}
