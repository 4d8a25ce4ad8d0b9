@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct S {
  u :union;
}

struct After {
  first @0 :Text;
}
