@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :S = (a=1, b=2, c=5); struct S { union { a @0 :Int8; b @1 :Int8; } u :union { c @2 :Int8; d @3 :Int8;}  }

struct After {
  first @0 :Text;
}
