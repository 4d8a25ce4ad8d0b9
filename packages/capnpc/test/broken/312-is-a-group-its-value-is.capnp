@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :S = (u=5); struct S { u :union { c @0 :Int8; d @1 :Int8;}  }

struct After {
  first @0 :Text;
}
