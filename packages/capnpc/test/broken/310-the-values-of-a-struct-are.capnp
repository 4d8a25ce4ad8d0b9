@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :S = (a=1, b=2, u=(c=1), 5); struct S { a @0 :Int8; b @1 :Int8; u :group { c @2 :Int8; } }

struct After {
  first @0 :Text;
}
