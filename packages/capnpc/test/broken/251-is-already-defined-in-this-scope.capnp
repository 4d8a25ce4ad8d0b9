@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :Int8; union { a @1 :Int8; b @2: Int8; } union { d @3 :Int8; e @4: Int8; } }

struct After {
  first @0 :Text;
}
