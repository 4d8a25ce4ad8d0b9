@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A {
  b_c @0 :Int8;
}

struct After {
  first @0 :Text;
}
